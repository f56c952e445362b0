"""What is worth knowing of code before workers run it."""
