"""Reads what was typed: the code of a %pmap line, and the statements of a %%parallel cell."""
