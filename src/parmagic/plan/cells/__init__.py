"""Reads %%parallel cells: which statements, elements and turns may run at the same time."""
