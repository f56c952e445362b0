"""Longer cells as people write them, and what %%parallel makes of them."""
