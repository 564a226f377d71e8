"""From a cache alias to one connection per process, which all threads share and which never makes them queue."""
