"""Module files: what a task needs, found and written as a real file that any worker can import."""
