"""What is remembered of texts is no more than a long notebook has."""

from __future__ import annotations

from parmagic.modules.remembered import MOST, remembered


def test_what_was_asked_for_last_is_remembered() -> None:
    """As long as all of it is not too long: what nobody has asked for again is made anew."""
    made = []

    @remembered
    def letters(text: str) -> list[str]:
        made.append(text[0])
        return list(text[:1])

    texts = [letter * (MOST // 4) for letter in "abcd"]
    first = [letters(text) for text in texts]
    assert letters(texts[0]) is first[0]
    letters("e" * (MOST // 4))

    assert letters(texts[0]) is first[0]
    assert letters(texts[1]) is not first[1]
    assert made == ["a", "b", "c", "d", "e", "b"]


def test_a_text_that_is_too_long_by_itself_is_remembered() -> None:
    """Until the next: it is asked for several times in a run."""
    made = []

    @remembered
    def size(text: str) -> int:
        made.append(text[0])
        return len(text)

    assert size("a" * 2 * MOST) == size("a" * 2 * MOST) == 2 * MOST
    assert size("b") == size("b") == 1
    size("a" * 2 * MOST)

    assert made == ["a", "b", "a"]
