"""The site of a reading club, which shows who is online. ``python -m example_site`` runs it."""
