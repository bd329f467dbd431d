"""What samples are worth: figures beside natural images, baselines, and what goes with the activation without being needed."""
