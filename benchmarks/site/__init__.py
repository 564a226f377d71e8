"""A site in a process of its own, ours or the peer's, which does what the benchmark tells it."""
