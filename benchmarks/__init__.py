"""The figures that django-active-users promises, measured side by side with 0.4.1 and with the floor."""
