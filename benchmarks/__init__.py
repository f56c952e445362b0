"""Measures parmagic and its peers side by side, in notebooks: `python -m benchmarks`."""
