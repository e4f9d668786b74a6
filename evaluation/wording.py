"""Numbers as people read them."""


def count_text(number: int, noun: str) -> str:
    """Return how many there are of something: "1 picture", "1,200 pictures"."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
