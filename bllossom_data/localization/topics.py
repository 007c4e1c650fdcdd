"""Which topic rules apply to a conversation: subjects of American life that it is about.

A subject that is merely mentioned must not match, so a rule is scored by focus, from 0 to 1:

- question: 1 where the subject stands in the focus of a user's turn, 0.5 where it only stands
  elsewhere in it. A short turn is all focus; of a long one the focus is its first two sentences,
  its questions and its last sentence. Without a hit in a user's turn the rule does not match.
- confirmation: how many different words of the subject the rest of the conversation uses,
  `CONFIRMATIONS` of them being full confirmation. A mention ("before Thanksgiving") has none.

The score is the mean of both. Without an answer (test prompts) the question alone decides; where
all answers together are too short to confirm anything, a hit in a sentence that asks is enough.
Code is left out, and a question about history, origin or meaning matches nothing: it is about the
thing itself.

What only the question shows is told as well, for a person to look at: a rule that its focus hits,
and words that `hints` of a rule names.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache

from bllossom_data.examples import Message
from bllossom_data.localization.passages import FENCE
from bllossom_data.localization.topic_rules import TopicRule, TopicRules, load_topic_rules

__all__ = ["TopicHint", "TopicMatch", "focus", "match_topics", "residence", "topic_hints"]

MIN_SCORE = 0.7
CONFIRMATIONS = 5
LEAST_ANSWER_WORDS = 40
FOCUSED_CHARS = 400
SENTENCE = re.compile(r"[^.?!\n]+[.?!]*\s*")


@dataclass(frozen=True, slots=True)
class TopicMatch:
    """A rule that applies to a conversation.

    Attributes:
        rule: the rule.
        score: focus, 0-1.
        turns: numbers of the user's turns that show the subject, from 0.
        terms: what showed it, as it is written.
    """

    rule: TopicRule
    score: float
    turns: tuple[int, ...]
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TopicHint:
    """A rule whose subject a question seems to have, though the conversation does not confirm it.

    Attributes:
        rule: the rule.
        turn: number of the user's turn that shows it, from 0.
        term: what shows it, as it is written.
    """

    rule: TopicRule
    turn: int
    term: str


# Told apart by identity: `_hits` is asked for the same ones again and again.
@dataclass(frozen=True, slots=True, eq=False)
class _Compiled:
    rule: TopicRule
    any: tuple[re.Pattern[str], ...]
    all: tuple[tuple[re.Pattern[str], ...], ...]
    not_: tuple[re.Pattern[str], ...]
    hint: re.Pattern[str] | None
    support: tuple[re.Pattern[str], ...]


@cache
def _compiled_pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)", re.IGNORECASE)


def _compiled_patterns(patterns: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(map(_compiled_pattern, patterns))


def _compiled(rules: TopicRules) -> tuple[_Compiled, ...]:
    return tuple(
        _Compiled(
            rule,
            _compiled_patterns(rule.match.any),
            tuple(map(_compiled_patterns, rule.match.all)),
            _compiled_patterns(rule.match.not_),
            _compiled_pattern("|".join(rule.match.hints)) if rule.match.hints else None,
            _compiled_patterns(rule.match.support),
        )
        for rule in rules.rules
    )


# Asked for twice in every example; a hash of the rules would take longer than a search.
@cache
def _own_rules() -> tuple[TopicRules, tuple[_Compiled, ...]]:
    rules = load_topic_rules()
    return rules, _compiled(rules)


def _prose(text: str) -> str:
    return FENCE.sub("", text).replace("’", "'")


def focus(text: str) -> str:
    """The part of a user's turn that says what it is about."""
    if len(text) <= FOCUSED_CHARS:
        return text
    sentences = [found[0].strip() for found in SENTENCE.finditer(text) if found[0].strip()]
    chosen = [
        sentence
        for index, sentence in enumerate(sentences)
        if index < 2 or index == len(sentences) - 1 or sentence.endswith("?")
    ]
    return "\n".join(chosen)


def _asking(text: str) -> str:
    """The sentences of a user's turn that ask; all of its focus where none does."""
    chosen = focus(text)
    asking = [one[0] for one in SENTENCE.finditer(chosen) if one[0].rstrip().endswith("?")]
    return "".join(asking) or chosen


# A turn is asked about as a whole, by its focus, and once more for hints.
@lru_cache(maxsize=32)
def _hits(rules: tuple[_Compiled, ...], text: str) -> tuple[tuple[re.Match[str], ...], ...]:
    """What shows each rule's subject in one user's turn, in the order of the rules."""
    return tuple(tuple(_hits_of(rule, text)) for rule in rules)


def _hits_of(rule: _Compiled, text: str) -> list[re.Match[str]]:
    """What shows the subject in one user's turn, nothing if it is another subject."""
    found = [hit for pattern in rule.any if (hit := pattern.search(text))]
    groups = [[hit for pattern in group if (hit := pattern.search(text))] for group in rule.all]
    if groups and all(groups):
        found += [group[0] for group in groups]
    return [] if found and any(pattern.search(text) for pattern in rule.not_) else found


def _confirmations(
    rule: _Compiled, texts: Sequence[str], shown: Mapping[int, Sequence[re.Match[str]]]
) -> int:
    """How many different words of the subject stand outside what showed it."""
    rest = list(texts)
    for index, hits in shown.items():
        for hit in hits:
            rest[index] = rest[index].replace(hit[0], " ")
    whole = "\n".join(rest)
    return sum(pattern.search(whole) is not None for pattern in (*rule.any, *rule.support))


def match_topics(messages: Sequence[Message], rules: TopicRules | None = None) -> list[TopicMatch]:
    """Rules that apply to a conversation, best first; most conversations have none.

    Args:
        messages: the English conversation.
        rules: what to match; the package's own rules if not given.
    """
    known, compiled = (rules, _compiled(rules)) if rules else _own_rules()
    texts = [_prose(message.content) for message in messages]
    asked = [index for index, message in enumerate(messages) if message.role == "user"]
    first = focus(texts[asked[0]]) if asked else ""
    if any(pattern.search(first) for pattern in _compiled_patterns(known.about_itself)):
        return []
    answers = [message.content for message in messages if message.role == "assistant"]
    brief = sum(len(answer.split()) for answer in answers) < LEAST_ANSWER_WORDS
    whole = {index: _hits(compiled, texts[index]) for index in asked}
    focused = {index: _hits(compiled, focus(texts[index])) for index in asked}
    asking = {index: _hits(compiled, _asking(texts[index])) for index in asked if brief}
    found = []
    for number, rule in enumerate(compiled):
        shown = {index: hits[number] for index, hits in whole.items() if hits[number]}
        if not shown:
            continue
        question = 1.0 if any(focused[index][number] for index in shown) else 0.5
        confirmed = min(1.0, _confirmations(rule, texts, shown) / CONFIRMATIONS)
        score = (question + confirmed) / 2 if answers else question
        if brief and any(asking[index][number] for index in shown):
            score = max(score, question)
        if score >= MIN_SCORE:
            terms = tuple(dict.fromkeys(hit[0] for hits in shown.values() for hit in hits))
            found.append(TopicMatch(rule.rule, score, tuple(shown), terms))
    return sorted(found, key=lambda one: (-one.score, one.rule.id))


def topic_hints(messages: Sequence[Message], rules: TopicRules | None = None) -> list[TopicHint]:
    """Rules whose subject stands in the focus of a question, whatever the answer says of it.

    Args:
        messages: the English conversation.
        rules: what to look for; the package's own rules if not given.
    """
    asked = [
        (turn, focus(_prose(message.content)))
        for turn, message in enumerate(messages)
        if message.role == "user"
    ]
    compiled = _compiled(rules) if rules else _own_rules()[1]
    found = []
    for number, rule in enumerate(compiled):
        for turn, text in asked:
            hit = next(iter(_hits(compiled, text)[number]), None) or _hint(rule, text)
            if hit:
                found.append(TopicHint(rule.rule, turn, hit[0]))
                break
    return found


def residence(messages: Sequence[Message]) -> tuple[int, str] | None:
    """Where a conversation speaks to somebody who lives in an American state, if it does.

    Args:
        messages: the English conversation.

    Returns:
        The turn, from 0, and what shows it.
    """
    known = _own_rules()[0]
    texts = [_prose(message.content) for message in messages]
    others = _compiled_patterns(known.other_states)
    if any(pattern.search(text) for pattern in others for text in texts):
        return None
    shown = _compiled_pattern("|".join(known.residence))
    hits = ((turn, shown.search(text)) for turn, text in enumerate(texts))
    return next(((turn, hit[0]) for turn, hit in hits if hit), None)


def _hint(rule: _Compiled, text: str) -> re.Match[str] | None:
    hit = rule.hint.search(text) if rule.hint else None
    return None if hit is None or any(pattern.search(text) for pattern in rule.not_) else hit
