"""A small Django site with our package or the peer's. It runs in its own process and executes the benchmark's calls."""
