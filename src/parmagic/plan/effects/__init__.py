"""Reads in its source what a call of a function changes outside itself."""
