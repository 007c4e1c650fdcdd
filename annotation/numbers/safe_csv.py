"""Tables for spreadsheets, in which no cell can be a formula."""

import csv
import io
from collections.abc import Iterable, Sequence

# A spreadsheet takes what begins like this for a formula (OWASP, "CSV Injection").
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
BYTE_ORDER_MARK = "\ufeff"
# No white space to Python, and nothing to a reader.
_UNSEEN = "\ufeff\u200b\u2060"


def safe_cell(value: object) -> object:
    """A value as a cell: numbers as they are, what looks like a formula behind an apostrophe."""
    if isinstance(value, (int, float)) or value is None:
        return value
    text = str(value)
    seen = text.lstrip(_UNSEEN).lstrip().lstrip(_UNSEEN)
    return f"'{text}" if text.startswith(_FORMULA) or seen.startswith(_FORMULA) else text


def safe_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table; with a byte order mark, without which Excel misreads Korean."""
    target = io.StringIO()
    target.write(BYTE_ORDER_MARK)
    writer = csv.writer(target)
    writer.writerow([safe_cell(one) for one in header])
    writer.writerows([safe_cell(one) for one in row] for row in rows)
    return target.getvalue()
