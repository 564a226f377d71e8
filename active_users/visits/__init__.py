"""From a request to a note: whether it counts as activity, and who made it."""
