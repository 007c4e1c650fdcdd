"""What the screen of a pair shows: two answers without their makers."""

from collections.abc import Mapping
from typing import Any

from annotation.comparing.markdown_html import markdown_html
from annotation.comparing.masking import mask_identity
from annotation.models import Answer, Item, Person
from annotation.numbers.order import first_shown
from annotation.views.rewrite_screen import fields_of


def pair_context(
    item: Item, person: Person, sent: Mapping[str, Any] | None, standing: Answer | None
) -> dict[str, Any]:
    """Prompt and answers of a pair, in this person's order.

    The names of the systems are not part of what is returned.
    """
    if sent is None:
        sent = fields_of(item, standing) if standing and standing.undoes_id is None else {}
    left = left_answer(item, person)
    sides = [left, "second" if left == "first" else "first"]
    return {
        "prompt": [
            {"role": one["role"], "html": markdown_html(one["content"])}
            for one in item.payload["prompt"]
        ],
        "sides": [
            {
                "side": side,
                "letter": letter,
                "html": markdown_html(mask_identity(item.payload[side]["text"])),
                "acceptable": sent.get(f"{side}_acceptable", ""),
            }
            for side, letter in zip(sides, "AB", strict=True)
        ],
        "category": item.payload["category"],
        "fields": sent,
    }


def left_answer(item: Item, person: Person) -> str:
    """Which answer stands on the left for a person; it follows from the project's seed."""
    return first_shown(item.project.seed, person.pk, item.pk)
