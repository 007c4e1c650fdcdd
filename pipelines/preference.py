"""Preferences: what people said is better, from their corrections and their judgements of pairs.

A person who corrected a draft has said which of two texts is better: the correction is chosen, the
machine's draft rejected, where they differ in more than a trifle. A judged pair says it directly;
of several people the majority counts, whichever answer was the first one for each of them, so that
no source has a pair in both directions.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from rapidfuzz.distance import Levenshtein

from bllossom_data.examples import Message, Split
from pipelines.reviewing import Settled, State

__all__ = [
    "Judgement",
    "Preference",
    "judged_pairs",
    "preferences_of_judgements",
    "preferences_of_reviews",
    "questions_of",
]

Side: TypeAlias = Literal["first", "second"]
Verdict: TypeAlias = Literal["first", "second", "tie"]
PERSON = "person"
UNCORRECTED: Mapping[State, str] = {
    "approved": "accepted as drafted",
    "passed": "passed without a person",
    "removed": "removed",
    "waiting": "waits for a decision",
}
_TURNED: Mapping[Verdict, Verdict] = {"first": "second", "second": "first", "tie": "tie"}


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one person said of two answers to one prompt.

    Attributes:
        id: of the pair.
        prompt: turns up to and with the last user turn.
        first: one answer.
        second: the other.
        verdict: which is better; a tie says nothing about preference.
        both_unacceptable: neither is good enough to be chosen.
        judge: a pseudonym.
        license: licence of prompt and answers.
        first_system: who wrote the first answer.
        second_system: who wrote the second one.
        first_acceptable: whether the first answer is good enough; None where nobody was asked.
        second_acceptable: the same of the second one.
        category: what the pair is about.
        settles: the judge is an adjudicator, whose word counts over the votes.
    """

    id: str
    prompt: tuple[Message, ...]
    first: str
    second: str
    verdict: Verdict
    both_unacceptable: bool
    judge: str
    license: str
    first_system: str = ""
    second_system: str = ""
    first_acceptable: bool | None = None
    second_acceptable: bool | None = None
    category: str = ""
    settles: bool = False

    def problem(self) -> str | None:
        """What is wrong with it, beyond the kinds of its fields."""
        if not self.prompt or self.prompt[-1].role != "user":
            return "prompt: must end with what a user asks"
        for name in ("id", "judge", "license", "first", "second"):
            if not getattr(self, name).strip():
                return f"{name}: must not be empty"
        return None

    def upright(self) -> "Judgement":
        """The same with the answers in the order of their text."""
        if self.first <= self.second:
            return self
        return replace(
            self,
            first=self.second,
            second=self.first,
            verdict=_TURNED[self.verdict],
            first_system=self.second_system,
            second_system=self.first_system,
            first_acceptable=self.second_acceptable,
            second_acceptable=self.first_acceptable,
        )

    def accepts(self, side: Side) -> bool | None:
        """Whether this person finds an answer good enough to be chosen; None if nobody asked."""
        if self.both_unacceptable:
            return False
        return self.first_acceptable if side == "first" else self.second_acceptable


@dataclass(frozen=True, slots=True)
class Preference:
    """The same prompt, a better and a worse answer, and who preferred it.

    Attributes:
        id: of the source and the pair, or of the example and the turn.
        split: where it belongs.
        source: name of the source in the recipe.
        prompt: turns before the answer.
        chosen: the better answer.
        rejected: the worse one.
        origin: whether a correction says so or a judgement.
        chosen_by: who preferred it, pseudonyms, sorted.
        judges: how many people said something of the pair.
        chosen_system: who wrote the better answer.
        rejected_system: who wrote the worse one.
        license: licence of all texts.
        category: what it is about; empty where nobody said.
    """

    id: str
    split: Split
    source: str
    prompt: tuple[Message, ...]
    chosen: str
    rejected: str
    origin: Literal["review", "judgement"]
    chosen_by: tuple[str, ...]
    judges: int
    chosen_system: str
    rejected_system: str
    license: str
    category: str


Found: TypeAlias = tuple[list[Preference], Mapping[str, int]]
"""Preferences, and how many answers or pairs gave none, by reason."""


def preferences_of_reviews(
    settled: Iterable[Settled], source: str, min_changed_ratio: float
) -> Found:
    """Corrected answers, with the machine's draft as the worse one.

    Each assistant turn that was changed gives a row; its prompt is the final text before it, so
    that chosen and rejected answer the same question.

    Args:
        settled: drafts and what became of them.
        source: name of the source.
        min_changed_ratio: least share of characters by which a correction must differ from the
            draft (edit distance over the longer text), 0-1. Spacing and single particles teach a
            model nothing about answers.
    """
    found: list[Preference] = []
    without: Counter[str] = Counter()
    for one in settled:
        review = one.review
        if one.state != "approved" or review is None or review.decision != "correct":
            without[UNCORRECTED[one.state]] += sum(
                message.role == "assistant" for message in one.draft.messages
            )
            continue
        for turn, message in enumerate(one.messages):
            draft = one.draft.rewritten(turn) if turn < len(one.draft.translations) else None
            if message.role != "assistant":
                continue
            if not turn or one.messages[turn - 1].role != "user":
                without["no question before it"] += 1
            elif draft is None:
                without["no draft"] += 1
            elif draft == message.content:
                without["not corrected"] += 1
            elif Levenshtein.normalized_distance(draft, message.content) < min_changed_ratio:
                without["changed too little"] += 1
            else:
                found.append(
                    Preference(
                        f"{one.draft.id}#{turn}", one.draft.split, source, one.messages[:turn],
                        message.content, draft, "review", (review.reviewer,), 1, PERSON,
                        "+".join(one.draft.providers), one.draft.license, one.draft.category or "",
                    )
                )  # fmt: skip
    return found, +without


def questions_of(settled: Iterable[Settled]) -> frozenset[str]:
    """What the users of test examples ask, in both languages, for `preferences_of_judgements`."""
    return frozenset(
        _folded(message.content)
        for one in settled
        if one.draft.split == "test"
        for messages in (one.draft.messages, one.messages or _drafted(one))
        for message in messages
        if message.role == "user"
    )


def _drafted(one: Settled) -> tuple[Message, ...]:
    return one.draft.korean() if one.draft.is_complete() else ()


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def preferences_of_judgements(
    judgements: Iterable[Judgement], source: str, split: Split, tested: frozenset[str]
) -> Found:
    """Judged pairs of which most people prefer the same, acceptable answer.

    Args:
        judgements: one for each pair and person.
        source: name of the source.
        split: where its pairs belong.
        tested: what test examples ask (`questions_of`); a pair about that is never training data.
    """
    found: list[Preference] = []
    without: Counter[str] = Counter()
    for said in judged_pairs(judgements):
        votes = [one for one in said if one.settles] or said
        better, reason = _majority(votes)
        if better is None:
            without[reason] += 1
            continue
        one, worse = votes[0], "second" if better == "first" else "first"
        about_test = any(
            _folded(turn.content) in tested for turn in one.prompt if turn.role == "user"
        )
        found.append(
            Preference(
                f"{source}-{one.id}", "test" if about_test else split, source, one.prompt,
                getattr(one, better), getattr(one, worse), "judgement",
                tuple(sorted(vote.judge for vote in votes if vote.verdict == better)),
                len({one.judge for one in said}), getattr(one, f"{better}_system"),
                getattr(one, f"{worse}_system"), one.license, one.category,
            )
        )  # fmt: skip
    return found, without


def judged_pairs(judgements: Iterable[Judgement]) -> list[list[Judgement]]:
    """What was said of each pair, once for each person, with the answers in the same order.

    Of somebody who judged twice, the last word counts; to settle a pair is not to vote again.
    """
    pairs: dict[tuple[object, ...], dict[tuple[str, bool], Judgement]] = {}
    for one in judgements:
        vote = one.upright()
        pairs.setdefault((one.prompt, vote.first, vote.second), {})[one.judge, one.settles] = vote
    return [list(votes.values()) for votes in pairs.values()]


def _majority(votes: list[Judgement]) -> tuple[Side | None, str]:
    """The better answer of a pair, or None and why there is none; one vote for each person."""
    if votes[0].first == votes[0].second:
        return None, "same answer twice"
    counts = Counter(vote.verdict for vote in votes)
    better: Side = "first" if counts["first"] > counts["second"] else "second"
    if counts[better] * 2 <= len(votes):
        return None, "tie" if counts["tie"] * 2 >= len(votes) else "no majority"
    asked = [said for vote in votes if (said := vote.accepts(better)) is not None]
    if asked and sum(asked) * 2 <= len(asked):
        return None, "better answer not acceptable"
    return better, ""
