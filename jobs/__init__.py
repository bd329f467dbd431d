"""What a job is and where it lives; shared by the API and the worker."""
