"""Pages of the front end."""
