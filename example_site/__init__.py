"""The site of a reading club, with a page that shows who is online. ``python -m example_site`` runs it."""
