"""A second network for the world of `scenes`: it tells places, whatever stands there."""
