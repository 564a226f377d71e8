"""The command ``manage.py active_users``: for somebody at a terminal, who may see everything."""
