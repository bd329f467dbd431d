"""Jobs and their storage; shared by the API and the worker."""
