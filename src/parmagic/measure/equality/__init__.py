"""Compares the values of a parallel run with the serial ones."""
