"""The embedded model: a classifier of small painted landscapes, with its generator, all ours and all known."""
