"""Who is active: the keys and scripts in Redis, and whom this process noted a moment ago."""
