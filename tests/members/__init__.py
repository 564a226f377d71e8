"""An app whose user model differs from Django's as much as possible."""
