"""Who is on the site right now."""
