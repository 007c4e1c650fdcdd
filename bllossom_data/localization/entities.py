"""Names in a conversation: which are kept, and which are moved to Korea.

The plan is made on the English of the whole conversation, so that one name becomes one thing in all
its turns. A wrong substitution is worse than none: a name is only substituted where the catalogue's
own words say that it is a backdrop, and never where it is what is being asked about.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from bllossom_data.examples import Edit, Finding, Message
from bllossom_data.localization.catalogue import Catalogue, Entity, Policy, load_catalogue

__all__ = [
    "EntityPlan",
    "Mention",
    "PlannedEntity",
    "entity_edits",
    "entity_glossary",
    "plan_entities",
]

_PROTECTED = re.compile(
    r"^(?P<fence>`{3,}|~{3,}).*?(?:^(?P=fence)|\Z)|(?P<tick>`+).+?(?P=tick)"
    r"|https?://\S+|www\.\S+|\S+@\S+\.\w+|\]\([^)\s]*\)|\$\$.+?\$\$",
    re.DOTALL | re.MULTILINE,
)
_AFTER = re.compile(r"(?:['’]s|s['’]|s|es)?(?![A-Za-z0-9])")
_SURNAME = re.compile(r" (?:[A-Z]\.? )?[A-Z][a-z]+")
_TITLE = re.compile(r"(?:Mr|Mrs|Ms|Dr|Prof|President|Senator|King|Queen|Saint|St|Sir)\.? $")
# Particles and forms of 이다 that stand right behind a name.
_FOLLOWS = (
    "으로부터|에서는|에서도|에게서|으로는|이라고|이라는|입니다|이에요|이라도|로부터|이지만|에는|에도|에서|에게|으로|로는|부터"
    "|까지|처럼|보다|이나|이라|라고|라는|이란|이며|이고|이다|예요|이었|인데|이랑|하고|한테|조차|마저|밖에|이든|라도|이죠"
    "|지만|이면|은|는|이|가|을|를|의|에|께|와|과|도|만|로|나|라|란|며|고|다|였|인|랑|들|든|죠|일|면"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """One place where a name stands in the English: turn, first character, one past the last."""

    turn: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PlannedEntity:
    """What becomes of one name in one conversation.

    Attributes:
        entity: its entry in the catalogue.
        policy: what is done here; never more than the entry allows.
        reason: why the entry's own policy is not followed, or empty.
        mentions: where it stands in the English, in order.
    """

    entity: Entity
    policy: Policy
    reason: str
    mentions: tuple[Mention, ...]


@dataclass(frozen=True, slots=True)
class EntityPlan:
    """All names of one conversation, in the order in which they appear."""

    messages: tuple[Message, ...]
    entities: tuple[PlannedEntity, ...]

    @property
    def needs_person(self) -> bool:
        """Whether a substitution in it must not pass by itself."""
        return any(
            one.policy == "substitute"
            and (one.entity.review == "required" or one.entity.dependency == "whole_answer")
            for one in self.entities
        )


@cache
def _automaton(catalogue: Catalogue) -> Any:
    import ahocorasick

    automaton = ahocorasick.Automaton()
    for place, entity in enumerate(catalogue.entities):
        for spelling in entity.spellings:
            automaton.add_word(spelling, (place, len(spelling)))
    automaton.make_automaton()
    return automaton


def _blanked(text: str) -> str:
    """The text with code and addresses as spaces, every other character in its place."""
    return _PROTECTED.sub(lambda found: re.sub(r"[^\n]", " ", found[0]), text)


def _found(text: str, catalogue: Catalogue) -> list[tuple[int, int, int]]:
    """Start, end and entry of every name in a text; of those that overlap the longest."""
    hits = []
    for last, (place, length) in _automaton(catalogue).iter(text):
        start, end = last + 1 - length, last + 1
        if start and text[start - 1].isalnum():
            continue
        if _AFTER.match(text, end):
            hits.append((start, end, place))
    chosen: list[tuple[int, int, int]] = []
    for start, end, place in sorted(hits, key=lambda hit: (hit[0] - hit[1], hit[0])):
        if all(end <= first or start >= last for first, last, _ in chosen):
            chosen.append((start, end, place))
    return sorted(chosen)


def plan_entities(messages: Sequence[Message], catalogue: Catalogue | None = None) -> EntityPlan:
    """Finds the names of a conversation and decides what becomes of each.

    Args:
        messages: the English conversation.
        catalogue: entries; those that come with the package if not given.
    """
    catalogue = catalogue or load_catalogue()
    entries = catalogue.entities
    texts = [_blanked(message.content) for message in messages]
    mentions: dict[int, list[Mention]] = {}
    for turn, text in enumerate(texts):
        for start, end, place in _found(text, catalogue):
            if _is_full_name(entries[place], text, start, end):
                continue
            mentions.setdefault(place, []).append(Mention(turn, start, end))
    planned: list[PlannedEntity] = []
    taken: dict[str, str] = {}
    for place, where in mentions.items():
        entity = entries[place]
        policy, reason = _policy(entity, where, messages, texts)
        if policy == "substitute":
            other = taken.setdefault(str(entity.counterpart), entity.id)
            if other != entity.id:
                policy, reason = "keep", f"{entity.counterpart}: {other}에 이미 쓰임"
        planned.append(PlannedEntity(entity, policy, reason, tuple(where)))
    return EntityPlan(tuple(messages), tuple(planned))


def _is_full_name(entity: Entity, text: str, start: int, end: int) -> bool:
    """Whether a given name is part of somebody's full name, which the entry is not about."""
    if not entity.id.startswith("person-") or " " in text[start:end]:
        return False
    return bool(_SURNAME.match(text, end) or _TITLE.search(text, max(0, start - 12), start))


def _policy(
    entity: Entity, mentions: Sequence[Mention], messages: Sequence[Message], texts: Sequence[str]
) -> tuple[Policy, str]:
    if entity.policy not in ("substitute", "gloss"):
        return entity.policy, ""
    around = "\n".join(
        _without(text, [one for one in mentions if one.turn == turn])
        for turn, text in enumerate(texts)
    ).lower()
    if word := _first_word(entity.excludes, around):
        return "keep", f"‘{word}’이(가) 있음"
    if entity.applies and not _first_word(entity.applies, around):
        return "keep", "배경으로 쓰였다는 말이 없음"
    if entity.policy == "substitute" and _is_asked_about(entity, messages):
        return "keep", "묻는 대상"
    return entity.policy, ""


def _without(text: str, mentions: Sequence[Mention]) -> str:
    for one in mentions:
        text = text[: one.start] + " " * (one.end - one.start) + text[one.end :]
    return text


def _first_word(words: Sequence[str], text: str) -> str | None:
    return next(
        (word for word in words if re.search(rf"(?<!\w){re.escape(word)}(?:s|es)?(?!\w)", text)),
        None,
    )


def _is_asked_about(entity: Entity, messages: Sequence[Message]) -> bool:
    names = "|".join(re.escape(spelling) for spelling in entity.spellings)
    name = rf"(?:the |a |an )?(?:{names})\b"
    asked = re.compile(
        rf"\b(?:what(?:['’]s| is| are| was| were| does| do| did)|who(?:['’]s| is| was| were)"
        rf"|why (?:is|are|was|were|do|does|did)|when (?:is|was|did)|where (?:is|was)"
        rf"|how (?:did|does|was|is|were)|history of|origins? of|meaning of|story of|founder of"
        rf"|tell me about|about the history of|explain|define|describe|compare|review of"
        rf"|difference between|versus|vs\.?|essay (?:on|about)|article (?:on|about)) {name}"
        rf"|{name} (?:vs\.?|versus|was founded|compared|stock|shares)",
        re.IGNORECASE,
    )
    return any(asked.search(one.content) for one in messages if one.role == "user")


def entity_glossary(plan: EntityPlan) -> tuple[tuple[str, str], ...]:
    """English names as they stand and the Korean that engines are asked to write for them.

    Only of names with which something is done: so the plain Korean can be found again.
    """
    pairs: dict[str, str] = {}
    for one in plan.entities:
        if one.policy in ("substitute", "gloss"):
            for mention in one.mentions:
                text = plan.messages[mention.turn].content[mention.start : mention.end]
                pairs.setdefault(text, one.entity.korean[0])
    return tuple(pairs.items())


def entity_edits(
    plan: EntityPlan, translations: Sequence[str | None]
) -> tuple[list[Edit], list[Finding]]:
    """What becomes of the names in a plain translation.

    Args:
        plan: made from the English.
        translations: Korean of each message, None where there is none.

    Returns:
        Edits by turn and place, with those of the particles behind them, and warnings about names
        that were not found.
    """
    edits: list[Edit] = []
    findings: list[Finding] = []
    for one in plan.entities:
        if one.policy not in ("substitute", "gloss"):
            continue
        found = False
        for turn, text in enumerate(translations):
            if text is None or (one.policy == "gloss" and found):
                continue
            for start, end in _places(one.entity, text):
                if any(
                    edit.turn == turn and start < edit.end and edit.start < end for edit in edits
                ):
                    continue
                found = True
                if one.policy == "gloss":
                    edits += _gloss(one.entity, turn, text, end)
                    break
                edits += _substitution(one.entity, turn, text, start, end)
        expected = {mention.turn for mention in one.mentions}
        if not found and any(translations[turn] is not None for turn in expected):
            findings.append(_not_found(one.entity, min(expected)))
    return sorted(edits, key=lambda edit: (edit.turn, edit.start, edit.end)), findings


@cache
def _pattern(entity: Entity) -> re.Pattern[str]:
    forms = sorted(entity.korean, key=len, reverse=True)
    # Spaces inside a name are a matter of taste in Korean.
    loose = "|".join(r" ?".join(map(re.escape, form.split())) for form in forms)
    return re.compile(
        rf"(?<![가-힣A-Za-z0-9])(?:{loose})(?![A-Za-z0-9])(?=[^가-힣]|$|(?:{_FOLLOWS})(?![가-힣])|"
        rf"(?:{_FOLLOWS})(?:{_FOLLOWS}))"
    )


def _places(entity: Entity, text: str) -> Iterator[tuple[int, int]]:
    for found in _pattern(entity).finditer(_blanked(text)):
        yield found.span()


def _reason(entity: Entity) -> str:
    checks = f" 확인할 사실: {', '.join(entity.facts)}." if entity.facts else ""
    return f"{entity.why}.{checks}" if not entity.why.endswith(".") else f"{entity.why}{checks}"


def _substitution(entity: Entity, turn: int, text: str, start: int, end: int) -> Iterator[Edit]:
    from bllossom_data.korean.josa import repair_josa

    after = str(entity.counterpart)
    source = f"entity:{entity.id}"
    yield Edit(
        "entity", turn, start, end, text[start:end], after, _reason(entity), source,
        entity.dependency,
    )  # fmt: skip
    rewritten = text[:start] + after + text[end:]
    repair = repair_josa(rewritten, start + len(after), entity.reading)
    if repair is None:
        return
    moved = len(after) - (end - start)
    first, last, form = repair[0] - moved, repair[1] - moved, repair[2]
    if first >= end and text[first:last] != form:
        yield Edit(
            "josa", turn, first, last, text[first:last], form, "앞말의 받침에 맞춤",
            f"josa:{source}",
        )  # fmt: skip


def _gloss(entity: Entity, turn: int, text: str, end: int) -> Iterator[Edit]:
    gloss = f"({entity.counterpart})"
    if not text[end:].lstrip().startswith("("):
        source = f"entity:{entity.id}"
        yield Edit("entity", turn, end, end, "", gloss, _reason(entity), source, entity.dependency)


def _not_found(entity: Entity, turn: int) -> Finding:
    said = f"‘{entity.name}’을(를) 바꾸어야 하는데 번역문에서 찾지 못했습니다."
    return Finding("entity", "warning", said, turn)
