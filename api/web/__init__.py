"""Pages to look at: made here on the server, of templates, for the same origin; no other host is asked for anything."""
