"""The embedded model: a classifier of small painted landscapes with its generator, whose training data are known exactly."""
