"""A small Django site that has our package or the peer's. It runs in a process of its own, and does what it is told."""
