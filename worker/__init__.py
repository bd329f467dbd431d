"""The worker, which runs the networks."""
