"""What only all answers together show: Korean that does not belong to its English."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from bllossom_data.examples import Finding
from bllossom_data.translation.check_context import excerpt
from bllossom_data.translation.provider import Ask
from bllossom_data.translation.relatedness import UNRELATED_BELOW, relatedness
from bllossom_data.translation.same_answers import same_answers
from bllossom_data.translation.translator import Outcome

__all__ = ["compared_answers"]


def compared_answers(asks: Sequence[Ask], outcomes: Sequence[Outcome]) -> list[Outcome]:
    """The outcomes, with a warning for each text that seems to translate something else.

    Such a text repeats itself under other segments of its conversation, or its words are not those
    which stand for this English in the rest of the data.

    Args:
        asks: all segments of the data; the key of each begins with its example's id and ``#``.
        outcomes: what became of them, in the same order.
    """
    places = [place for place, one in enumerate(outcomes) if one.text is not None]
    pairs = {place: (asks[place].text, outcomes[place].text or "") for place in places}
    told: dict[int, str] = {}
    scores = relatedness(list(pairs.values()))
    for place, score in zip(places, scores, strict=True):
        if score < UNRELATED_BELOW:
            told[place] = "원문과 이어지지 않습니다. 다른 글의 번역이거나 대답일 수 있습니다"
    conversations: dict[str, list[int]] = defaultdict(list)
    for place in places:
        conversations[asks[place].key.rpartition("#")[0]].append(place)
    for members in conversations.values():
        for group in same_answers([pairs[place] for place in members]):
            said = f"서로 다른 글 {len(group)}곳의 번역문이 같습니다"
            told |= {members[number]: said for number in group}
    return [
        one if place not in told else _with_warning(one, told[place])
        for place, one in enumerate(outcomes)
    ]


def _with_warning(outcome: Outcome, said: str) -> Outcome:
    finding = Finding("unrelated", "warning", f"{said}: ‘{excerpt(outcome.text or '')}’")
    return replace(outcome, findings=(*outcome.findings, finding))
