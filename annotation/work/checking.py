"""The checks of the pipelines, run on what a person has typed."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from annotation.work.composing import compose, edits_of
from bllossom_data.examples import Finding, Message
from bllossom_data.localization.rewritten import check_rewritten, eased_where_anew

_OF_ENGINES = frozenset(("answer", "commentary", "letters", "refusal", "repetition"))
"""Names of the checks that look for what engines do: Hanja, for one, may belong into a text."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A finding, and the name by which a person's reason for it is kept.

    Attributes:
        key: follows from what is said and not from where it stands, so that typing elsewhere does
            not lose the reason.
    """

    key: str
    finding: Finding

    @property
    def blocks(self) -> bool:
        """Whether the text cannot be approved as it is."""
        return self.finding.level == "error"


def check_texts(payload: Mapping[str, Any], texts: Sequence[str], label: str = "") -> list[Checked]:
    """What the checks say of the Korean turns of a draft.

    Args:
        payload: the draft's line of ``waiting.jsonl``.
        texts: Korean of every turn.
        label: what the person says became of its culture; as proposed if empty.

    Returns:
        Errors first, then by turn.
    """
    english = [Message(**message) for message in payload["draft"]["messages"]]
    levels = payload.get("levels") or {"user": "해요체", "assistant": "합쇼체"}
    edits = edits_of(payload)
    findings: list[Finding] = []
    for turn, (message, text) in enumerate(zip(english, texts, strict=True)):
        level = levels.get(message.role, "합쇼체")
        korean = (text.strip() and text) or None
        findings += check_rewritten(message, korean, turn, level, edits)
    drafted = tuple(message.content for message in compose(payload, {}))
    if tuple(texts) == drafted:
        findings = list(eased_where_anew(findings, edits))
    else:
        label = label or payload["draft"]["label"]
        findings = [_eased(one) for one in eased_where_anew(findings, edits, label)]
    findings.sort(key=lambda one: (one.level, one.turn if one.turn is not None else -1))
    return _named(findings)


def _eased(finding: Finding) -> Finding:
    """What a person wrote is no engine's remark, whatever its words; they say why it is right."""
    return replace(finding, level="warning") if finding.check in _OF_ENGINES else finding


def _named(findings: Sequence[Finding]) -> list[Checked]:
    named: dict[str, Checked] = {}
    for finding in findings:
        said = f"{finding.check}|{finding.turn}|{finding.message}"
        key = f"{finding.check}-{hashlib.sha256(said.encode()).hexdigest()[:10]}"
        named.setdefault(key, Checked(key, finding))
    return list(named.values())
