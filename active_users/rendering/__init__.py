"""The count and the list as a page shows them, also while they are unknown."""
