"""Decided texts that belong to another example, as a tool makes them that is off by one line.

Nothing inside such a text is wrong; but its words are those of another example's draft. Texts are
compared by the beginnings of their words, the rarer the more telling. To stay fast with many
drafts, a text is compared only with those that have some of their own rarest words in it.
"""

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple, TypeAlias

from bllossom_data.examples import Finding, Review, Role
from bllossom_data.korean.word_beginnings import word_beginnings
from pipelines.drafts import Draft

__all__ = ["ForeignTexts"]

_Words: TypeAlias = frozenset[str]

_LEAST_WORDS = 8
_RAREST_WORDS = 12
_MOST_TURNS_WITH_A_WORD = 100
_CANDIDATES = 5
# In the sample, texts of other subjects share up to 0.21, and three of four corrections more than
# 0.4 with the draft that they correct.
_NEAR = 0.45
_FAR = 0.5 * _NEAR
_SAME_ENGLISH = 0.5


class _Text(NamedTuple):
    """Words of a whole conversation or of one turn of it.

    Attributes:
        role: who says it; None for a whole conversation.
        korean: words of the draft; none where it is untranslated.
        english: words of what it translates.
    """

    role: Role | None
    korean: _Words
    english: _Words


_NOTHING = _Text(None, frozenset(), frozenset())


class ForeignTexts:
    """What decided texts have in common with the drafts of other examples.

    Args:
        drafts: all drafts, by example; they are not read before there is a corrected text.
    """

    def __init__(self, drafts: Mapping[str, Draft]) -> None:
        self._drafts = drafts

    def findings(self, review: Review) -> list[Finding]:
        """Errors for texts that are clearly nearer to another example's draft than to their own.

        A text that is like no draft was written anew, and one that is like its own draft too is
        about something that several examples are about: nothing is said of them, nor of very short
        texts.

        Args:
            review: a decision about one of the drafts.

        Returns:
            One error for the whole conversation, else one for each such turn.
        """
        if not review.messages:
            return []
        draft = self._drafts[review.example_id]
        whole = word_beginnings("\n".join(one.content for one in review.messages))
        if owner := self._owner(whole, None, draft):
            return [_finding(owner, None)]
        owners = (
            (turn, self._owner(word_beginnings(one.content), one.role, draft))
            for turn, one in enumerate(review.messages)
        )
        return [_finding(owner, turn) for turn, owner in owners if owner]

    def _owner(self, words: _Words, role: Role | None, draft: Draft) -> str | None:
        """The other example that a text clearly belongs to."""
        own = [text for text in _texts(draft) if (text.role is None) == (role is None)]
        if len(words) < _LEAST_WORDS or any(
            self._shared(words, text.korean) > _FAR for text in own
        ):
            return None
        others = [
            (self._shared(words, text.korean), name, text)
            for name in self._candidates(words, draft.id)
            for text in _texts(self._drafts[name])
            if text.role == role
        ]
        near, name, nearest = max(others, key=lambda one: one[0], default=(0.0, "", _NOTHING))
        if near < _NEAR or any(_alike(text.english, nearest.english) for text in own):
            return None
        return name

    def _candidates(self, words: _Words, own: str) -> list[str]:
        hits = Counter(name for word in words for name in self._examples.get(word, ()))
        hits.pop(own, None)
        return sorted(hits, key=lambda name: (-hits[name], name))[:_CANDIDATES]

    def _shared(self, one: _Words, other: _Words) -> float:
        """What two texts have in common, from 0 to 1."""
        both, all_of_both = (self._weight(words) for words in (one & other, one | other))
        return 2 * both / (both + all_of_both) if all_of_both else 0.0

    def _weight(self, words: _Words) -> float:
        """How much words tell together; the sum does not depend on their order."""
        times, most = self._turns_with_word, self._n_turns + 1
        return math.fsum(math.log(most / (times[word] + 0.5)) for word in words)

    @cached_property
    def _n_turns(self) -> int:
        return sum(len(draft.messages) for draft in self._drafts.values())

    @cached_property
    def _turns_with_word(self) -> Counter[str]:
        times: Counter[str] = Counter()
        for _, words in self._turns():
            times.update(words)
        return times

    @cached_property
    def _examples(self) -> dict[str, list[str]]:
        """Of each word, the examples that have it among the rarest words of a turn."""
        found: defaultdict[str, list[str]] = defaultdict(list)
        times = self._turns_with_word
        for name, words in self._turns():
            for word in sorted(words, key=lambda word: (times[word], word))[:_RAREST_WORDS]:
                # What so many turns share does not tell them apart.
                if times[word] <= _MOST_TURNS_WITH_A_WORD:
                    found[word].append(name)
        return dict(found)

    def _turns(self) -> Iterator[tuple[str, _Words]]:
        for draft in self._drafts.values():
            for turn in range(len(draft.messages)):
                yield draft.id, word_beginnings(draft.rewritten(turn) or "")


def _texts(draft: Draft) -> list[_Text]:
    """The whole conversation, then its turns."""
    turns = [
        _Text(one.role, word_beginnings(draft.rewritten(turn) or ""), word_beginnings(one.content))
        for turn, one in enumerate(draft.messages)
    ]
    korean = frozenset[str]().union(*(text.korean for text in turns))
    english = frozenset[str]().union(*(text.english for text in turns))
    return [_Text(None, korean, english), *turns]


def _alike(one: _Words, other: _Words) -> bool:
    return 2 * len(one & other) > _SAME_ENGLISH * (len(one) + len(other))


def _finding(owner: str, turn: int | None) -> Finding:
    said = f"이 예시의 초안과는 거의 겹치지 않고 다른 예시 ‘{owner}’의 번역문과 겹칩니다."
    return Finding("unrelated", "error", f"{said} 예시가 서로 바뀌지 않았는지 확인하세요.", turn)
