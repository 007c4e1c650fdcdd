"""A question on its way to its text: what was tried, what is kept, who is asked next and how."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from bllossom_data.examples import Finding
from bllossom_data.translation.provider import Ask, Fault, Usage

__all__ = ["Attempt", "Job", "Judged", "State"]

State: TypeAlias = Literal["translated", "untranslated", "stopped"]
"""Accepted; nothing acceptable came from anyone; not asked to the end, and to be gone on with."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try whose text was not taken.

    Attributes:
        provider: who was asked.
        problem: the fault, or the name of the check that found something in the answer.
        detail: what the provider or the check said.
    """

    provider: str
    problem: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Judged:
    """An answer with what the checks say of it.

    Attributes:
        text: Korean with the slots of the English.
        provider: who gave it.
        findings: what the checks say; an error rejects it.
        cached: whether it was known before this run.
    """

    text: str
    provider: str
    findings: tuple[Finding, ...]
    cached: bool = False

    def is_acceptable(self) -> bool:
        """Whether no check calls it unusable."""
        return all(one.level != "error" for one in self.findings)

    def problems(self, doubted: Collection[str]) -> list[Finding]:
        """What a corrected answer has to put right: errors, then what is doubted."""
        errors = [one for one in self.findings if one.level == "error"]
        return errors + [
            one for one in self.findings if one.level != "error" and one.check in doubted
        ]

    def rank(self, doubted: Collection[str]) -> tuple[int, int, int]:
        """The less, the better: errors, then what is doubted, then whatever else is said."""
        errors = sum(one.level == "error" for one in self.findings)
        doubts = len(self.problems(doubted)) - errors
        return errors, doubts, len(self.findings) - errors - doubts

    def is_better(self, other: "Judged", doubted: Collection[str]) -> bool:
        """Whether it has less wrong; a doubt, which may be false, is not paid with warnings."""
        own, others = self.rank(doubted), other.rank(doubted)
        return own < others and (own[0] < others[0] or own[2] <= others[2])


@dataclass(slots=True)
class Job:
    """A question and where it stands: each provider is asked as it is, then corrected.

    Attributes:
        ask: the question.
        correction: what goes along with the question at this stage.
        times: how many segments say the same.
        stage: two for each provider, the second one with a correction.
        kept: an acceptable answer with a doubt, about which is asked once again.
        attempts: tries whose text was not taken.
        findings: what the checks say of the text, or of the last one that was rejected.
        usage: what this run used for it.
        text: what is taken in the end, by `provider`.
        provider: who gave the text.
        state: how it ended; None while it is under way.
        cached: whether the text was known before this run.
    """

    ask: Ask
    correction: str | None = None
    times: int = 0
    stage: int = 0
    kept: Judged | None = None
    attempts: list[Attempt] = field(default_factory=list)
    findings: tuple[Finding, ...] = ()
    usage: Usage = field(default_factory=Usage)
    text: str | None = None
    provider: str = ""
    state: State | None = None
    cached: bool = False
    _back: tuple[int, str | None, int, tuple[Finding, ...]] | None = None

    def question(self) -> Ask:
        """What is asked at this stage."""
        return replace(self.ask, correction=self.correction)

    def accept(self, answer: Judged) -> None:
        """Take an answer for good."""
        self.text, self.provider, self.cached = answer.text, answer.provider, answer.cached
        self.findings, self.state = answer.findings, "translated"

    def answered(self, answer: Judged, doubted: Collection[str]) -> None:
        """Accept an answer, go on because of an error, or ask once again because of a doubt.

        Args:
            answer: what the provider of this stage said.
            doubted: names of checks whose warnings are worth a second question.
        """
        problems = answer.problems(doubted)
        is_first = self.stage % 2 == 0
        if self.kept is not None:
            self._choose(self.kept, answer, doubted)
        elif not problems or (answer.is_acceptable() and not is_first):
            self.accept(answer)
        elif answer.is_acceptable():
            # Whoever was to be asked again before has been made up for.
            self.kept, self._back = answer, None
            self.stage += 1
            self.correction = _said(problems)
        else:
            self.attempts.append(Attempt(answer.provider, problems[0].check, _said(problems)))
            self.findings = answer.findings
            self.stage += 1
            self.correction = _said(problems) if is_first else self.ask.correction

    def _choose(self, first: Judged, second: Judged, doubted: Collection[str]) -> None:
        """Take the better of two answers, the first one where neither is."""
        better, other = first, second
        if second.is_better(first, doubted):
            better, other = second, first
        # A second answer without a doubt is left for its warnings.
        problems = other.problems(doubted) or other.findings
        self.attempts.append(Attempt(other.provider, problems[0].check, _said(problems)))
        self.accept(better)

    def fail(self, provider: str, fault: Fault, detail: str) -> None:
        """Go on to the next provider, or take what is kept."""
        self.attempts.append(Attempt(provider, fault, detail))
        if self.kept is not None:
            self.accept(self.kept)
            return
        self.stage += 2 - self.stage % 2
        self.correction = self.ask.correction

    def mark_way_back(self) -> None:
        """Remember the first failure that may end otherwise another day."""
        if self._back is None:
            self._back = self.stage, self.correction, len(self.attempts), self.findings

    def go_back(self) -> None:
        """Return to the first failure, which is no answer and may end otherwise today."""
        if self._back is not None:
            self.stage, self.correction, n_attempts, self.findings = self._back
            del self.attempts[n_attempts:]
            self._back = None

    def end(self, stages: int) -> None:
        """Say how it ended, if nothing more is asked: a text that is kept is never lost."""
        if self.state is None and self.kept is not None:
            self.accept(self.kept)
        elif self.state is None:
            self.state = "untranslated" if self.stage >= stages else "stopped"


def _said(problems: Collection[Finding]) -> str:
    return "; ".join(dict.fromkeys(one.message for one in problems))
