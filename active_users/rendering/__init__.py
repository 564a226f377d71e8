"""The number and the people as a page shows them."""
