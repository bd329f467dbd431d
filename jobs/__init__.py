"""Jobs, neurons and accounts in the database; shared by the API and the worker."""
