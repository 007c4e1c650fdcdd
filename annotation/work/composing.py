"""The Korean text that follows from a draft and what a person chose for its proposed edits.

One card stands for everything that is one question to a person: the same name in every place of the
conversation, so that it is one name in all of them, and the particles behind it, which follow.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from bllossom_data.examples import Edit, Message, apply_edits
from bllossom_data.korean.josa import repair_josa

CHOICES = ("accept", "change", "reject")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a person chose for one card.

    Attributes:
        verdict: `accept`, `change` or `reject`.
        after: the person's own wording of `change`.
    """

    verdict: str = "accept"
    after: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """Edits that are one question.

    Attributes:
        numbers: of the edits, by their place in the draft; the first one names the card.
        followers: numbers of the particles that belong to them.
        edit: the first of the edits.
    """

    numbers: tuple[int, ...]
    followers: tuple[int, ...]
    edit: Edit

    @property
    def number(self) -> int:
        """What choices for the card are kept under."""
        return self.numbers[0]

    @property
    def must_choose(self) -> bool:
        """Whether a person must say something: the whole answer depends on it."""
        return self.edit.dependency == "whole_answer"


def edits_of(payload: Mapping[str, Any]) -> tuple[Edit, ...]:
    """Proposed edits of a waiting draft, in order."""
    return tuple(Edit(**edit) for edit in payload["draft"]["edits"])


def cards_of(payload: Mapping[str, Any]) -> list[Card]:
    """The questions that a waiting draft asks, in the order of their first places."""
    edits = edits_of(payload)
    leader = _leaders(edits)
    groups: dict[tuple[str, ...], list[int]] = {}
    for number, edit in enumerate(edits):
        if number in leader:
            continue
        same_name = edit.kind == "entity"
        place = () if same_name else (str(number),)
        groups.setdefault((edit.kind, edit.source, edit.before, edit.after, *place), []).append(
            number
        )
    return [
        Card(
            tuple(numbers),
            tuple(one for one, led_by in leader.items() if led_by in numbers),
            edits[numbers[0]],
        )
        for numbers in groups.values()
    ]


def _leaders(edits: Sequence[Edit]) -> dict[int, int]:
    """For each particle that was changed with the word before it, that word's edit."""
    ends = {(edit.turn, edit.end): number for number, edit in enumerate(edits)}
    return {
        number: ends[edit.turn, edit.start]
        for number, edit in enumerate(edits)
        if edit.source.startswith("josa:") and (edit.turn, edit.start) in ends
    }


def read_choices(given: Mapping[str, Any]) -> dict[int, Choice]:
    """Choices as they are kept, by number of the card; what is not understood is left out."""
    return {
        int(number): Choice(str(one["verdict"]), str(one.get("after", "")))
        for number, one in given.items()
        if str(number).isdecimal() and one.get("verdict") in CHOICES
    }


def compose(payload: Mapping[str, Any], choices: Mapping[int, Choice]) -> tuple[Message, ...]:
    """Korean turns of a waiting draft with the chosen edits carried out.

    Args:
        payload: the draft's line of ``waiting.jsonl``.
        choices: by number of the card; one that is not there is accepted.

    Returns:
        One message for every turn; the content of an untranslated turn is empty.
    """
    edits = edits_of(payload)
    wanted: dict[int, Edit] = {}
    own_words: list[tuple[int, int]] = []
    for card in cards_of(payload):
        choice = choices.get(card.number, Choice())
        if choice.verdict == "reject":
            continue
        for number in card.numbers:
            changed = choice.verdict == "change"
            wanted[number] = (
                replace(edits[number], after=choice.after) if changed else edits[number]
            )
            if changed:
                own_words.append((edits[number].turn, number))
        if choice.verdict == "accept":
            wanted |= {number: edits[number] for number in card.followers}
    draft = payload["draft"]
    return tuple(
        Message(
            message["role"],
            _carried_out(
                draft["translations"][turn] or "",
                {number: edit for number, edit in wanted.items() if edit.turn == turn},
                [number for where, number in own_words if where == turn],
            ),
        )
        for turn, message in enumerate(draft["messages"])
    )


def _carried_out(text: str, edits: Mapping[int, Edit], own_words: Sequence[int]) -> str:
    """The text with the edits, and with the particles that a person's own words need."""
    result = apply_edits(text, list(edits.values()))
    # From the end, so that places before stay where they are.
    for number in sorted(own_words, key=lambda one: edits[one].start, reverse=True):
        edit = edits[number]
        if not edit.after:
            continue
        moved = sum(
            len(other.after) - (other.end - other.start)
            for other in edits.values()
            if other.end <= edit.start and other is not edit
        )
        repair = repair_josa(result, edit.start + moved + len(edit.after))
        if repair is not None:
            start, end, right = repair
            result = result[:start] + right + result[end:]
    return result
