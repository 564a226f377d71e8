"""Measures what django-active-users promises, side by side with 0.4.1."""
