"""What a build of preference data says on the terminal."""

from collections.abc import Mapping
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

__all__ = ["print_preference_summary"]


def print_preference_summary(summary: Mapping[str, Any]) -> None:
    """Prints what each source gave, and where the result is."""
    console = Console(emoji=False)
    table = Table(title="Preferences · 선호", title_justify="left")
    for column in ("source · 출처", "read · 읽음", "preferences · 선호", "without · 제외"):
        table.add_column(column, overflow="fold")
    for name, counts in summary["sources"].items():
        without = ", ".join(f"{reason} {count:,}" for reason, count in counts["without"].items())
        read, found = (f"{counts[key]:,}" for key in ("read", "preferences"))
        table.add_row(escape(name), read, found, escape(without) or "none")
    console.print(table)
    rows = ", ".join(f"{split} {count:,}" for split, count in summary["rows"].items())
    console.print(
        f"rows: {rows}\ndataset: {summary['dataset']}\ncard: {summary['card']}",
        highlight=False,
        soft_wrap=True,
    )
