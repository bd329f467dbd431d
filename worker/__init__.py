"""Where the networks run."""
