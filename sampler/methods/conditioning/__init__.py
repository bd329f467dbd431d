"""Draws of the prior, restricted to a band: screened by a surrogate, or guided where the band is too rare to wait for."""
