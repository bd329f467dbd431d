"""Teaches a generator to invert a layer: from what the network says of an image, back to the image."""
