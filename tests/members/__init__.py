"""An app with a user model that is as unlike Django's as can be."""
