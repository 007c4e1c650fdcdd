"""The decisions about entities as edits of the Korean translation, for people to accept or reject.

A substitution is one edit; where the particle behind it must change, a second one of kind `josa`
goes with it. Every edit can be rejected without breaking another: spans never overlap.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bllossom_data.examples import Edit, Finding, apply_edits
from bllossom_data.localization.entity_plans import (
    Decision,
    EntityPlan,
    entity_glossary,
    plan_entities,
)
from bllossom_data.localization.korean_forms import forms_dropped, forms_found

__all__ = ["EntityPlan", "entity_edits", "entity_glossary", "names_left", "plan_entities"]

_CHECK = "entities"


def entity_edits(
    plan: EntityPlan, translations: Sequence[str | None]
) -> tuple[list[Edit], list[Finding]]:
    """Proposes the substitutions and glosses of a plan as edits of a plain Korean translation.

    Args:
        plan: made from the English of the same messages.
        translations: the Korean of each message in NFC, None where there is none yet.

    Returns:
        The edits, ordered by place, and a warning for each turn in which an entity that must be
        replaced is not found, or is found more often than the English names it.

    Raises:
        MissingPackageError: a package for finding code or choosing particles is not installed.
    """
    edits: list[Edit] = []
    findings: list[Finding] = []
    # Entities that stay are looked for as well: 뉴욕 in 뉴욕 타임스 belongs to the newspaper.
    forms = [(form, one.entity.id) for one in plan.decisions for form in _forms(one)]
    found = [forms_found(text, forms) if text is not None else [] for text in translations]
    glossed: set[str] = set()
    for turn, text in enumerate(translations):
        if text is None:
            continue
        page = _Page(turn, text)
        for one in plan.decisions:
            here = _joined(text, [place[:2] for place in found[turn] if place[2] == one.entity.id])
            if one.policy == "gloss" and here and one.entity.id not in glossed:
                glossed.add(one.entity.id)
                page.gloss(one, here[0][1])
            elif one.policy == "substitute":
                for start, end in here:
                    page.substitute(one, start, end)
                findings += _missed(one, turn, here)
                findings += _half_replaced(one, turn, text, _replaced(one, translations, found))
        edits += sorted(page.edits, key=lambda edit: (edit.start, edit.end))
    return edits, findings


def names_left(
    plan: EntityPlan, translations: Sequence[str | None], edits: Sequence[Edit]
) -> list[Finding]:
    """Names that some edit of an example replaces and that still stand in what comes out.

    Another proposal, such as a subject that a model wrote anew, may have brought a name back.

    Args:
        plan: made from the English of the same messages.
        translations: the Korean of each message in NFC, None where there is none yet.
        edits: all edits that are proposed for the example.

    Raises:
        MissingPackageError: a package for finding code is not installed.
    """
    replaced = {edit.source for edit in edits if edit.kind == "entity"}
    decisions = {
        one.entity.id: one
        for one in plan.decisions
        if one.counterpart and f"entity:{one.entity.id}" in replaced
    }
    # What holds such a name and stays is none that is left: 뉴욕 in 뉴욕 타임스, 현충일 for itself.
    targets = [(one.counterpart.text, "") for one in decisions.values() if one.counterpart]
    forms = [
        (form, one.entity.id if one.entity.id in decisions else "")
        for one in plan.decisions
        for form in _forms(one)
    ]
    findings = []
    for turn, text in enumerate(translations):
        if text is None or not decisions:
            continue
        came_out = apply_edits(text, [one for one in edits if one.turn == turn])
        for start, end, key in forms_found(came_out, [*targets, *forms]):
            if key and (target := decisions[key].counterpart):
                message = (
                    f"‘{came_out[start:end]}’: 이 예제의 다른 곳에서는 ‘{target.text}’(으)로 "
                    "바꾸는데 여기서는 남습니다. 같은 이름이라면 여기도 바꾸세요."
                )
                findings.append(Finding(_CHECK, "warning", message, turn))
    return findings


def _forms(one: Decision) -> tuple[str, ...]:
    """How a translation may write an entity; what is replaced may have stayed in Latin letters."""
    names = one.entity.names if one.policy == "substitute" else ()
    return (*one.entity.korean, *names)


def _replaced(
    one: Decision,
    translations: Sequence[str | None],
    found: Sequence[Sequence[tuple[int, int, str]]],
) -> set[str]:
    """The forms of an entity that are replaced in any turn."""
    return {
        text[start:end]
        for text, places in zip(translations, found, strict=True)
        if text is not None
        for start, end, key in places
        if key == one.entity.id
    }


@dataclass
class _Page:
    """The Korean of one message and the edits proposed for it so far."""

    turn: int
    text: str
    edits: list[Edit] = field(default_factory=list)

    def substitute(self, one: Decision, start: int, end: int) -> None:
        target = one.counterpart
        before = self.text[start:end]
        if target is None or _unspaced(before) == _unspaced(target.text):
            return
        self.edits.append(
            Edit(
                "entity",
                self.turn,
                start,
                end,
                before,
                target.text,
                _reason(one, before),
                f"entity:{one.entity.id}",
                one.dependency,
            )
        )
        self._agree(one, start, end)

    def _agree(self, one: Decision, start: int, end: int) -> None:
        from bllossom_data.korean.josa import repair_josa

        target = one.counterpart
        assert target is not None
        changed = self.text[:start] + target.text + self.text[end:]
        repair = repair_josa(changed, start + len(target.text), target.reading)
        if repair is None:
            return
        shift = len(target.text) - (end - start)
        first, last = repair[0] - shift, repair[1] - shift
        before = self.text[first:last]
        if first < end or any(first < edit.end and edit.start < last for edit in self.edits):
            return
        reason = f"{before} → {repair[2]}: 앞말 '{target.text}'에 맞춘 조사입니다."
        self.edits.append(
            Edit(
                "josa",
                self.turn,
                first,
                last,
                before,
                repair[2],
                reason,
                f"josa:entity:{one.entity.id}",
            )
        )

    def gloss(self, one: Decision, end: int) -> None:
        # Inside bold text a closing bracket would keep the bold from ending before a particle.
        place = end
        while self.text[place : place + 1] in ("*", "_", "~"):
            place += 1
        if self.text[place : place + 2].lstrip(" ")[:1] == "(":
            return
        gloss = one.entity.gloss or ""
        reason = f"{one.entity.source}: {one.entity.why}"
        source = f"entity:{one.entity.id}"
        self.edits.append(Edit("entity", self.turn, place, place, "", f"({gloss})", reason, source))


def _joined(text: str, places: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The places, a name with its other form in brackets behind it as one: 국세청(IRS)."""
    joined: list[tuple[int, int]] = []
    for start, end in places:
        if joined and text[end : end + 1] == ")":
            first, last = joined[-1]
            if text[last:start] in ("(", " ("):
                joined[-1] = (first, end + 1)
                continue
        joined.append((start, end))
    return joined


def _missed(one: Decision, turn: int, here: Sequence[tuple[int, int]]) -> Iterator[Finding]:
    named = [mention for mention in one.mentions if mention.turn == turn]
    source = one.entity.source
    target = one.counterpart.text if one.counterpart else ""
    if named and not here:
        forms = ", ".join(one.entity.korean[:3])
        message = (
            f"바꿀 이름이 번역문에 없습니다: {source} → {target}. 찾아본 표기는 {forms}입니다."
        )
        yield Finding(_CHECK, "warning", message, turn)
    elif len(here) > len(named):
        start, end = here[-1]
        message = (
            f"바꿀 이름이 원문에는 {len(named)}번, 번역문에는 {len(here)}번 나옵니다: "
            f"{source} → {target}. 다른 것을 가리키는 곳이 없는지 확인하세요."
        )
        yield Finding(_CHECK, "warning", message, turn, start, end)


def _half_replaced(one: Decision, turn: int, text: str, replaced: set[str]) -> Iterator[Finding]:
    """A form that is replaced somewhere in the example and taken for another word here."""
    forms = [(form, one.entity.id) for form in one.entity.korean if form in replaced]
    for start, end, _ in forms_dropped(text, forms):
        message = (
            f"‘{text[start:end]}’: 같은 말을 다른 곳에서는 이름으로 보아 바꾸고, 여기서는 다른 "
            "낱말로 보아 그대로 두었습니다. 같은 이름이라면 여기도 바꾸세요."
        )
        yield Finding(_CHECK, "warning", message, turn, start, end)


def _reason(one: Decision, before: str) -> str:
    target = one.counterpart.text if one.counterpart else ""
    reason = f"{before} → {target}: {one.entity.why}"
    if one.entity.facts:
        reason += f" 답에서 함께 살필 것: {', '.join(one.entity.facts)}."
    if one.word:
        reason += f" (문맥: {one.word.replace('{}', one.entity.source)})"
    return reason


def _unspaced(text: str) -> str:
    return "".join(text.split())
