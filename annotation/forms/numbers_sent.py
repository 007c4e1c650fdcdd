"""Whole numbers that a request brings, never larger than what a database keeps."""

from django.core.exceptions import BadRequest

# PostgreSQL's bigint, and SQLite's integer.
MAX_NUMBER = 2**63 - 1
_MAX_DIGITS = len(str(MAX_NUMBER))


def number_sent(text: str) -> int | None:
    """A number from 0 to `MAX_NUMBER`; None where the text is none."""
    if not (text.isascii() and text.isdecimal() and len(text) <= _MAX_DIGITS):
        return None
    number = int(text)
    return number if number <= MAX_NUMBER else None


def required_number(text: str) -> int:
    """A number that the page itself has put into its form.

    Raises:
        BadRequest: it is none; the answer is 400, with a message.
    """
    number = number_sent(text)
    if number is None:
        raise BadRequest("a number of the form cannot be read")
    return number
