"""Runs tasks: the backends, one a file, and the worker processes they use."""
