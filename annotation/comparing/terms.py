"""Names of the catalogue in both texts, underlined, with what the catalogue says of them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from html import escape

from django.utils.safestring import SafeString, mark_safe

from bllossom_data.examples import Message
from bllossom_data.localization.catalogue import Entity
from bllossom_data.localization.entity_plans import EntityPlan, plan_entities
from bllossom_data.localization.korean_forms import forms_found


@dataclass(frozen=True, slots=True)
class Term:
    """One name of a conversation and what is to become of it.

    Attributes:
        english: the name as the catalogue has it.
        policy: `substitute`, `gloss`, `transliterate` or `keep`, as decided for this conversation.
        korean: what it is in Korean, or becomes.
        reason: why, one Korean sentence.
    """

    english: str
    policy: str
    korean: str
    reason: str


class TermPage:
    """The names of one conversation."""

    def __init__(self, messages: Sequence[Message]) -> None:
        """Finds them in the English turns."""
        self._plan: EntityPlan = plan_entities(messages)
        self._forms = [
            (form, one.entity.source)
            for one in self._plan.decisions
            for form in _korean_forms(one.entity)
        ]

    def terms(self) -> list[Term]:
        """Every name once, in the order of the catalogue's decisions."""
        return [
            Term(
                one.entity.source,
                one.policy,
                one.counterpart.text if one.counterpart else one.entity.korean[0],
                one.reason,
            )
            for one in self._plan.decisions
        ]

    def english_html(self, turn: int, text: str) -> SafeString:
        """The English text of one turn with its names underlined."""
        places = [
            (mention.start, mention.end)
            for one in self._plan.decisions
            for mention in one.mentions
            if mention.turn == turn
        ]
        return _underlined(text, places)

    def korean_html(self, text: str) -> SafeString:
        """A Korean text with the names underlined, whatever particle stands behind them."""
        found = forms_found(text, self._forms)
        return _underlined(text, [(start, end) for start, end, _ in found])


def _korean_forms(entity: Entity) -> Iterable[str]:
    yield from entity.korean
    for target in entity.targets:
        yield target.text


def _underlined(text: str, places: Iterable[tuple[int, int]]) -> SafeString:
    parts, done = [], 0
    for start, end in sorted(places):
        if start < done:
            continue
        parts += [
            escape(text[done:start]),
            f'<span class="term">{escape(text[start:end])}</span>',
        ]
        done = end
    return mark_safe("".join([*parts, escape(text[done:])]))
