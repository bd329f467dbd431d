"""The model ``photos``: a network that tells sixteen kinds of photographs apart, and a generator that inverts it."""
