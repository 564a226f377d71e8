"""An app with a user model as unlike Django's as possible."""
