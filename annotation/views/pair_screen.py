"""What the screen of a pair shows: two answers without their makers, and without their order."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from annotation.comparing.markdown_html import markdown_html
from annotation.comparing.masking import mask_identity
from annotation.forms.submissions import TIE, sides
from annotation.models import Answer, Item, Person
from annotation.numbers.order import first_shown


def pair_context(
    item: Item, person: Person, sent: Mapping[str, Any] | None, standing: Answer | None
) -> dict[str, Any]:
    """Prompt and answers of a pair, in this person's order.

    Neither the names of the systems nor which answer is the first of the file is part of what is
    returned.
    """
    left = left_answer(item, person)
    if sent is None:
        sent = verdict_fields(standing, left) if standing else {}
    return {
        "prompt": [
            {"role": one["role"], "html": markdown_html(one["content"])}
            for one in item.payload["prompt"]
        ],
        "sides": [
            {
                "letter": letter,
                "html": markdown_html(mask_identity(item.payload[side]["text"])),
                "acceptable": sent.get(f"{letter}_acceptable", ""),
            }
            for letter, side in sides(left).items()
        ],
        "category": item.payload["category"],
        "fields": sent,
    }


def verdict_fields(answer: Answer, left: str) -> dict[str, str]:
    """An answer as the fields of a page on which `left` stands on the left."""
    fields = {"comment": answer.comment}
    for letter, side in sides(left).items():
        if answer.decision == side:
            fields["verdict"] = letter
        said = getattr(answer, f"{side}_acceptable")
        if said is not None:
            fields[f"{letter}_acceptable"] = "yes" if said else "no"
    if answer.decision == TIE:
        fields["verdict"] = TIE
    return fields


def verdict_in_words(answer: Answer, left: str) -> str:
    """A verdict as somebody reads it who sees `left` on the left."""
    fields = verdict_fields(answer, left)
    names = {"a": _("A is better"), "b": _("B is better"), TIE: _("The same")}
    said = names.get(fields.get("verdict", ""), _("taken back"))
    acceptable = [
        letter.upper() for letter in ("a", "b") if fields.get(f"{letter}_acceptable") == "yes"
    ]
    if "a_acceptable" not in fields:
        return str(said)
    which = ", ".join(acceptable) or _("neither")
    return _("%(said)s (acceptable: %(which)s)") % {"said": said, "which": which}


def left_answer(item: Item, person: Person) -> str:
    """Which answer stands on the left for a person; it follows from the project's seed."""
    return first_shown(item.project.seed, person.pk, item.pk)
