"""A small real site that shows who is there: a reading club's. ``python -m example_site`` runs it."""
