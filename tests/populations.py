"""How many people the database of a served site has."""

PEOPLE = 12  # in most tests
CROWD = 240
