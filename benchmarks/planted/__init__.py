"""Planted truth: networks with shortcuts that we planted, and whether samples show them (Casper et al. 2023)."""
