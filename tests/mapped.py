"""What tests map in this process: every kind of worker imports it, so it imports nothing."""

from __future__ import annotations


def fail_at_two(number: int) -> int:
    """Raise an exception for 2, and return any other number."""
    if number == 2:
        raise LookupError("two", number)
    return number


def mark(path: str) -> None:
    """Write a letter to the end of a file."""
    with open(path, "a", encoding="utf-8") as file:  # noqa: PTH123 - nothing is imported
        file.write("x")


class Shape:
    """Something with a method, to be called in a task."""

    def __init__(self, sides: int) -> None:
        self.sides = sides

    def more(self, by: int) -> int:
        """Add to the number of sides."""
        return self.sides + by
