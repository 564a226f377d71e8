"""An app with a proxy of Django's user model."""
