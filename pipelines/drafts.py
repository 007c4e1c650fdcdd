"""Drafts: translated and localised examples as people get to see them."""

from dataclasses import dataclass

from bllossom_data.examples import Edit, Finding, Label, Message, Split, apply_edits

__all__ = ["Draft", "TranslatedSegment", "Translation"]


@dataclass(frozen=True, slots=True)
class TranslatedSegment:
    """One segment of a message and what became of it.

    Attributes:
        turn: number of the message, from 0.
        start: first character of the segment in the English message.
        end: one past its last character.
        english: what was asked for, slots filled.
        korean: what came back, slots filled; None where it is untranslated.
        provider: who translated it; empty where nobody did.
        attempts: providers that failed before, each with what was wrong.
    """

    turn: int
    start: int
    end: int
    english: str
    korean: str | None
    provider: str
    attempts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Translation:
    """The plain translation of one example.

    Attributes:
        id: the example's id.
        texts: Korean of every turn, None where a segment of it is untranslated.
        segments: segments of all turns, in order.
        findings: what checks said of the segments that were taken.
    """

    id: str
    texts: tuple[str | None, ...]
    segments: tuple[TranslatedSegment, ...]
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """An example with its translation, the rewrites proposed and what checks say of the result.

    Attributes:
        id: the example's id.
        split: where it belongs.
        source: name of the source.
        license: licence of the source.
        category: what the source calls its own origin.
        messages: the English turns.
        translations: the plain translation of every turn, None where it is untranslated.
        edits: proposed rewrites; spans refer to `translations`.
        findings: what checks say of the text after the edits.
        topics: ids of the topic rules that matched, with what a reviewer must check.
        label: what becomes of the example's culture, as proposed.
        providers: who translated it.
        risk: 0-1; orders the queue.
    """

    id: str
    split: Split
    source: str
    license: str
    category: str | None
    messages: tuple[Message, ...]
    translations: tuple[str | None, ...]
    edits: tuple[Edit, ...]
    findings: tuple[Finding, ...]
    topics: tuple[tuple[str, tuple[str, ...]], ...]
    label: Label
    providers: tuple[str, ...]
    risk: float

    def is_complete(self) -> bool:
        """Whether every turn is translated."""
        return None not in self.translations

    def korean(self) -> tuple[Message, ...]:
        """The Korean turns with all edits carried out; only of a complete draft."""
        return tuple(
            Message(message.role, self.rewritten(turn) or "")
            for turn, message in enumerate(self.messages)
        )

    def rewritten(self, turn: int) -> str | None:
        """One turn with its edits carried out; None where it is untranslated."""
        text = self.translations[turn]
        if text is None:
            return None
        return apply_edits(text, [edit for edit in self.edits if edit.turn == turn])

    def may_pass(self) -> bool:
        """Whether it may be published without a person having seen it.

        Only what was simply transferred, without a finding and without a change of substance, and
        never a test item: those are what models are measured by.
        """
        return (
            self.split != "test"
            and self.is_complete()
            and self.label == "simply_transferred"
            and not self.findings
            and not self.topics
            and all(edit.kind in ("style", "josa") for edit in self.edits)
            and all(edit.dependency != "whole_answer" for edit in self.edits)
        )

    def proposals(self) -> frozenset[str]:
        """Catalogue entries and rules that this draft rests on."""
        return frozenset(
            [edit.source for edit in self.edits if edit.kind in ("entity", "topic", "measure")]
            + [f"topic:{topic}" for topic, _ in self.topics]
        )
