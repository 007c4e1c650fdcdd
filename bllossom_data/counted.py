"""Numbers in sentences: `1 example waits`, `2 examples wait`."""

__all__ = ["counted"]


def counted(count: int, one: str, many: str = "") -> str:
    """A number and what is counted, in the form that goes with it.

    Args:
        count: how many there are.
        one: the words for one, such as `decision` or `example waits`.
        many: the words for none and several; with an s at the end of `one` if not given.
    """
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
