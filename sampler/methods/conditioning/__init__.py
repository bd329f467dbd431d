"""Draws of the prior, restricted to a band: screened by a surrogate; guided where a band is too rare to wait for it."""
