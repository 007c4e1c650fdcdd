"""What a question seems to be about in America, where no rule and no edit proposes a change.

Rules and substitutions are proposed only where they are nearly always right, so they miss what a
short item hardly tells. Nothing is changed here: each finding only keeps an item from being
published before a person has looked at it.
"""

from collections.abc import Iterator, Sequence

from bllossom_data.examples import Finding, Message
from bllossom_data.localization.entity_plans import EntityPlan
from bllossom_data.localization.topics import TopicMatch, focus, residence, topic_hints

__all__ = ["kept_name_findings", "topic_findings"]

# Food, goods, works and people stay in an item without making it one about America.
_PLACES_AND_SYSTEMS = frozenset(
    (
        *("place", "institution", "school", "contact", "organisation", "holiday", "sport"),
        *("retailer", "service", "transport", "housing", "money"),
    )
)
# In these an American name is a word, a value, or part of a text that somebody gave or invented.
_NO_SUBJECT = frozenset(("language", "programming", "fiction", "passage"))


def topic_findings(messages: Sequence[Message], matched: Sequence[TopicMatch]) -> Iterator[Finding]:
    """Subjects of topic rules that only the question shows, or else an American reader.

    Args:
        messages: the English conversation.
        matched: the rules that apply to it for sure.
    """
    known = {one.rule.id for one in matched}
    hints = topic_hints(messages)
    if not hints and not known and (told := residence(messages)):
        said = (
            f"미국의 어느 주에 사는 독자에게 하는 말로 보입니다(원문 ‘{told[1]}’). 한국의 법과 "
            "관청에 맞는 내용인지 살펴보세요."
        )
        yield Finding("topics", "warning", said, told[0])
    for one in hints:
        if one.rule.id not in known:
            said = (
                f"미국 생활의 소재일 수 있습니다({one.rule.subject}, 원문 ‘{one.term}’). "
                f"한국 독자에게 맞는지 살펴보세요. 한국에서는: {one.rule.counterpart}"
            )
            yield Finding("topics", "warning", said, one.turn)


def kept_name_findings(messages: Sequence[Message], plan: EntityPlan) -> Iterator[Finding]:
    """American places and systems that a question names and that stay, each once.

    Args:
        messages: the English conversation.
        plan: the decisions about its names.
    """
    if _NO_SUBJECT.intersection(plan.vetoes):
        return
    for one in plan.decisions:
        # Only what has a counterpart or a gloss is American or British; the rest is the world's.
        if one.policy != "keep" or one.entity.policy not in ("substitute", "gloss"):
            continue
        if one.entity.type not in _PLACES_AND_SYSTEMS:
            continue
        for mention in one.mentions:
            message = messages[mention.turn]
            if mention.within or mention.doubtful or message.role != "user":
                continue
            if mention.text in focus(message.content):
                said = (
                    f"질문에 다른 사회의 이름이 그대로 남습니다: {mention.text}. {one.reason} "
                    "한국 독자에게 맞는 질문인지 살펴보세요."
                )
                yield Finding("entities", "warning", said, mention.turn)
                break
