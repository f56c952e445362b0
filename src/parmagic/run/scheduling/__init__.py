"""Which tasks a worker is given, when, and what becomes of what it gives back."""
