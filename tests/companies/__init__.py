"""Invented companies: each rolls out from audit to the last wave, and back, through the command line only."""
