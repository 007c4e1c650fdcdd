"""Parts that the cards of all kinds of dataset share."""

from collections.abc import Mapping, Sequence
from typing import Any

import yaml

__all__ = ["markdown_table", "size_category", "yaml_header"]

_SIZE_CATEGORIES = (
    (1_000, "n<1K"),
    (10_000, "1K<n<10K"),
    (100_000, "10K<n<100K"),
    (1_000_000, "100K<n<1M"),
    (10_000_000, "1M<n<10M"),
    (100_000_000, "10M<n<100M"),
    (1_000_000_000, "100M<n<1B"),
    (10_000_000_000, "1B<n<10B"),
    (100_000_000_000, "10B<n<100B"),
    (1_000_000_000_000, "100B<n<1T"),
)


def size_category(rows: int) -> str:
    """The Hub's size category of a number of rows."""
    return next((name for limit, name in _SIZE_CATEGORIES if rows < limit), "n>1T")


def yaml_header(content: Mapping[str, Any]) -> str:
    """The header that the Hub reads, between its two lines of dashes."""
    return "---\n" + yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False) + "---\n"


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]], numeric_from: int) -> str:
    """A Markdown table; columns from `numeric_from` on are set flush right."""
    rule = ["---" if place < numeric_from else "---:" for place in range(len(columns))]
    escaped = [[" ".join(cell.replace("|", r"\|").splitlines()) for cell in row] for row in rows]
    return "\n".join("| " + " | ".join(row) + " |" for row in [list(columns), rule, *escaped])
