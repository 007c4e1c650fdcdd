"""What becomes of the culture-bound entities of an example, decided on the English.

One decision for each entity holds for the whole example, prompt and answers: a source always takes
the same target, and no two sources take one. In doubt an entity stays, because a wrong substitution
is worse than none.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bllossom_data.examples import Dependency, Message
from bllossom_data.localization.catalogue import (
    Catalogue,
    Counterpart,
    Entity,
    Policy,
    Veto,
    built_in,
)
from bllossom_data.localization.contexts import found_word, mask
from bllossom_data.localization.mentions import Candidate, Mention, find_mentions, unknown_names
from bllossom_data.localization.passages import Reading
from bllossom_data.localization.subjects import asked_about, defined

__all__ = ["Decision", "EntityPlan", "entity_glossary", "plan_entities"]

# A prompt up to this length is one thought: all of it is near every entity.
_SHORT_PROMPT_CHARS = 1_200
# Where the writer lives is where Korean readers live; any other place is the stage of the text.
_AT_HOME = re.compile(
    r"\b(?:live|lives|lived|living|moved|moving|move|relocated|based|grew up|from|job|"
    r"work|working|apartment|house|school|college) (?:\w+ )?(?:in|to|near|from|at)?\s*(?:the )?$",
    re.IGNORECASE,
)
_SELF = re.compile(r"\b(?:I(?:'\w+)?|me|my|we(?:'\w+)?|our)\b", re.IGNORECASE)
_NOTHING_NEAR = "바꿀 만한 문맥이 가까이에 없어 그대로 둡니다."
_TOLD_ABOUT = frozenset({"holiday", "sport", "institution", "school"})
_FIGURE = re.compile(r"[*_]{0,3}(?: \(|,? (?:is|are|has|have|was|lies|rises) )[^.?!\n]{0,40}?\d")
_EVENTS = frozenset({"holiday", "sport"})
_PLACELESS = frozenset({"person", "product", "school"})


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of one entity in one example.

    Attributes:
        entity: the entry of the catalogue.
        mentions: where the English names it, in order.
        policy: what is done; `keep` where the context forbids the entry's own policy.
        reason: why, in Korean.
        word: the English words that decided, `{}` for the entity; empty if none was needed.
        counterpart: what stands in its place; None unless `policy` is `substitute`.
        dependency: whether the answer depends on it.
    """

    entity: Entity
    mentions: tuple[Mention, ...]
    policy: Policy
    reason: str
    word: str = ""
    counterpart: Counterpart | None = None
    dependency: Dependency = "none"


@dataclass(frozen=True, slots=True)
class EntityPlan:
    """The decisions for one example.

    Attributes:
        decisions: one for each entity named, in the order of first mention.
        unknown: names that the catalogue does not know, for a person to look at.
        vetoes: names of what keeps entities of the example whatever is near them.
    """

    decisions: tuple[Decision, ...]
    unknown: tuple[Candidate, ...] = ()
    vetoes: tuple[str, ...] = ()

    @property
    def needs_person(self) -> bool:
        """Whether a substitution makes the answer wrong as a whole, or only a person may decide."""
        return any(
            one.policy == "substitute" and (one.entity.review or one.dependency == "whole_answer")
            for one in self.decisions
        )


def plan_entities(messages: Sequence[Message], catalogue: Catalogue | None = None) -> EntityPlan:
    """Finds the entities of an English conversation and decides what becomes of each.

    Args:
        messages: the English conversation.
        catalogue: the project's own if None.

    Raises:
        LocalizationError: the catalogue is wrong.
        MissingPackageError: pyahocorasick or markdown-it-py is not installed.
    """
    catalogue = catalogue or built_in()
    readings = [Reading(one.content) for one in messages]
    mentions = find_mentions(messages, readings, catalogue)
    conversation = _Conversation(messages, readings, catalogue)
    vetoes = conversation.vetoes(mentions)
    grouped: dict[str, list[Mention]] = {}
    for mention in mentions:
        grouped.setdefault(mention.entity.id, []).append(mention)
    decisions = [conversation.decide(found, vetoes) for found in grouped.values()]
    decisions = list(_apart(list(conversation.placed(_people_together(decisions)))))
    unknown = unknown_names(messages, readings, mentions)
    decisions = [
        replace(one, dependency=_dependency(one, messages, catalogue)) for one in decisions
    ]
    return EntityPlan(tuple(decisions), tuple(unknown), tuple(one.name for one, _ in vetoes))


def _dependency(one: Decision, messages: Sequence[Message], catalogue: Catalogue) -> Dependency:
    """What the catalogue says, or all of an answer that tells about the event or institution.

    A day that is only mentioned can be another; what is said about it is not true of the other.
    """
    entity = one.entity
    if entity.type == "place" and entity.dependency == "local" and _has_figures(one, messages):
        return "whole_answer"
    if entity.type not in _TOLD_ABOUT or entity.dependency != "local":
        return entity.dependency
    told = any(messages[mention.turn].role == "assistant" for mention in one.mentions)
    # What forbids a substitution beside the name is a property of the thing; of groups, which are
    # about any subject, only dates are.
    own = [word for word in entity.excludes if not word.startswith("@")]
    words = [*own, *(["@dates"] if entity.type in _EVENTS else [])]
    answers = "\n".join(message.content for message in messages if message.role == "assistant")
    told = told or found_word(words, catalogue.groups, answers) is not None
    return "whole_answer" if told else "local"


def _has_figures(one: Decision, messages: Sequence[Message]) -> bool:
    """Whether an answer gives a figure directly behind the name: its height, how far it is."""
    return any(
        _FIGURE.match(messages[mention.turn].content, mention.end)
        for mention in one.mentions
        if messages[mention.turn].role == "assistant"
    )


def _people_together(decisions: Sequence[Decision]) -> list[Decision]:
    """Substitutes people who only lack a context where another of the example has one.

    Somebody called 서연 does not share apples with somebody called Kevin.
    """
    people = [one for one in decisions if one.entity.type == "person"]
    leader = next((one for one in people if one.policy == "substitute"), None)
    if leader is None:
        return list(decisions)
    return [
        replace(one, policy="substitute", word=leader.word, counterpart=one.entity.counterpart)
        if one.entity.type == "person" and one.reason == _NOTHING_NEAR
        else one
        for one in decisions
    ]


def _apart(decisions: Sequence[Decision]) -> Iterator[Decision]:
    """Keeps every source whose target another source of the example would take as well.

    Numbers to call are left out: one Korean number serves what several serve elsewhere.
    """
    sources: dict[str, list[str]] = {}
    for one in decisions:
        if one.counterpart:
            sources.setdefault(one.counterpart.text, []).append(one.entity.source)
    for one in decisions:
        names = sources[one.counterpart.text] if one.counterpart else []
        if len(names) < 2 or one.entity.type == "contact":
            yield one
        else:
            reason = "서로 다른 이름이 같은 한국 이름이 되므로 그대로 둡니다."
            yield replace(
                one, policy="keep", reason=reason, word=", ".join(names), counterpart=None
            )


def entity_glossary(plan: EntityPlan) -> tuple[tuple[str, str], ...]:
    """English names and the plain Korean that an engine should write for them, each name once.

    Names that stay are left out: engines know them, and each needs its own form in the sentence.
    """
    pairs: dict[str, str] = {}
    for one in plan.decisions:
        if one.policy == "keep":
            continue
        for mention in one.mentions:
            pairs.setdefault(mention.text, one.entity.korean[0])
    return tuple(pairs.items())


@dataclass(frozen=True)
class _Conversation:
    """The English conversation while its entities are decided."""

    messages: Sequence[Message]
    readings: Sequence[Reading]
    catalogue: Catalogue

    def vetoes(self, mentions: Sequence[Mention]) -> list[tuple[Veto, str]]:
        """The vetoes of the catalogue that hold, each with its word."""
        if not any(one.entity.policy in ("substitute", "gloss") for one in mentions):
            return []
        item = "\n".join(one.content for one in self.messages)
        prompt = "\n".join(one.content for one in self.messages if one.role != "assistant")
        found: list[tuple[Veto, str]] = []
        for veto in self.catalogue.vetoes:
            text = item if veto.scope == "item" else prompt
            word = found_word(veto.words, self.catalogue.groups, text)
            if word is not None:
                found.append((veto, word))
        return found

    def placed(self, decisions: Sequence[Decision]) -> Iterator[Decision]:
        """Keeps what belongs to a place that a user names and that stays, such as its shops."""
        stage = next(
            (
                mention
                for one in decisions
                if one.entity.type == "place" and one.policy == "keep"
                for mention in one.mentions
                if self.messages[mention.turn].role != "assistant"
                and not _AT_HOME.search(self.messages[mention.turn].content[: mention.start])
            ),
            None,
        )
        for one in decisions:
            if stage is None or one.policy != "substitute" or one.entity.type in _PLACELESS:
                yield one
            else:
                reason = "글의 무대인 곳이 그대로 남으므로 그곳의 것도 그대로 둡니다."
                yield replace(one, policy="keep", reason=reason, word=stage.text, counterpart=None)

    def decide(self, mentions: Sequence[Mention], vetoes: Sequence[tuple[Veto, str]]) -> Decision:
        """The decision for one entity."""
        entity = mentions[0].entity
        stay = Decision(entity, tuple(mentions), "keep", entity.why)
        if entity.policy == "keep":
            return stay
        if entity.policy == "transliterate":
            return replace(stay, policy="transliterate")
        texts = self._masked(mentions)
        kept = self._subject(entity, mentions, texts)
        if kept is not None:
            return replace(stay, reason=kept[0], word=kept[1])
        if entity.policy == "gloss":
            return self._glossed(stay, mentions, vetoes)
        for veto, word in vetoes:
            if not veto.types or entity.type in veto.types:
                return replace(stay, reason=veto.reason, word=word)
        return self._substituted(stay, mentions, texts)

    def _masked(self, mentions: Sequence[Mention]) -> list[str]:
        return [
            mask(one.content, [(m.start, m.end) for m in mentions if m.turn == turn])
            for turn, one in enumerate(self.messages)
        ]

    def _subject(
        self, entity: Entity, mentions: Sequence[Mention], texts: Sequence[str]
    ) -> tuple[str, str] | None:
        """Why the entity is more than a backdrop, and the words that show it."""
        for one in mentions:
            if one.within == "quotation":
                return "작품 제목이나 인용한 글 안에 있어 그대로 둡니다.", one.text
            if one.within == "name":
                return "더 긴 이름의 일부라서 그대로 둡니다.", one.text
        for message, text in zip(self.messages, texts, strict=True):
            if message.role != "assistant":
                asked = asked_about(text, entity.type)
                if asked is not None:
                    return "질문이 바로 이 이름에 대해 묻고 있어 그대로 둡니다.", asked
            told = defined(text)
            if told is not None:
                return "글이 이 이름이 무엇인지 설명하고 있어 그대로 둡니다.", told
        return None

    def _glossed(
        self, stay: Decision, mentions: Sequence[Mention], vetoes: Sequence[tuple[Veto, str]]
    ) -> Decision:
        first = mentions[0]
        behind = self.messages[first.turn].content[first.end : first.end + 3]
        if behind.lstrip("*_\"' ").startswith("("):
            return replace(stay, reason="원문이 이미 괄호로 풀어 주고 있습니다.", word="(")
        for veto, word in vetoes:
            if veto.name in ("language", "programming", "fiction"):
                return replace(stay, reason=veto.reason, word=word)
        return replace(stay, policy="gloss")

    def _substituted(
        self, stay: Decision, mentions: Sequence[Mention], texts: Sequence[str]
    ) -> Decision:
        entity, groups = stay.entity, self.catalogue.groups
        own, near = self._near(mentions, texts)
        forbidden = found_word(entity.excludes, groups, own)
        if forbidden is not None:
            reason = "배경이 아니라 사실로 다루는 문맥이라 그대로 둡니다."
            return replace(stay, reason=reason, word=forbidden)
        word = found_word(entity.applies, groups, near) if entity.applies else ""
        if word is None:
            return replace(stay, reason=_NOTHING_NEAR)
        if not word and all(one.doubtful for one in mentions):
            return replace(stay, reason="이름인지 보통 낱말인지 알 수 없어 그대로 둡니다.")
        for target in entity.targets:
            when = getattr(target, "when", ())
            if not when or found_word(when, groups, near) is not None:
                return replace(stay, policy="substitute", word=word, counterpart=target)
        return stay

    def _near(self, mentions: Sequence[Mention], texts: Sequence[str]) -> tuple[str, str]:
        """Text that may forbid a substitution, and the wider text that may call for one.

        The first is the sentences that name the entity and a short prompt, the second the
        neighbouring sentences as well. The entity is masked in both.
        """
        prompt = "\n".join(
            text for text, one in zip(texts, self.messages, strict=True) if one.role != "assistant"
        )
        prompt = prompt if len(prompt) <= _SHORT_PROMPT_CHARS else ""
        own: list[str] = [prompt]
        near: list[str] = [prompt]
        for turn, reading in enumerate(self.readings):
            here = [one for one in mentions if one.turn == turn]
            numbers = sorted({reading.sentence(one.start) for one in here})
            own += [self._sentence(turn, number, here) for number in numbers]
            around = sorted({n + step for n in numbers for step in (-1, 0, 1)})
            near += [
                self._sentence(turn, number, here)
                for number in around
                if 0 <= number < len(reading.sentences)
            ]
        return "\n".join(own), "\n".join(near)

    def _sentence(self, turn: int, number: int, mentions: Sequence[Mention]) -> str:
        sentences = self.readings[turn].sentences
        if not sentences:
            return ""
        start, end = sentences[number]
        inside = [(m.start - start, m.end - start) for m in mentions if start <= m.start < end]
        text = mask(self.messages[turn].content[start:end], inside)
        # Whether something is personal is told by the user, never by an assistant's "I think".
        return _SELF.sub("", text) if self.messages[turn].role == "assistant" else text
