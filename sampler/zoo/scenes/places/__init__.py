"""A second network for the world of `scenes`: it classifies places, whatever the subject."""
