"""The fault matrix and the kill matrix in full: ``scripts/faultmatrix``."""
