"""Trains a generator that inverts a layer: from the layer's output for an image back to the image."""
