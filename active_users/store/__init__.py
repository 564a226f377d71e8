"""Who is active, as Redis holds it: the keys, the scripts, and what this process remembers of its own notes."""
