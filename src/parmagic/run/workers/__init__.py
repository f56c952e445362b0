"""What a worker imports, and nothing else: its end of the way of a task."""
