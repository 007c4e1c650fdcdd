"""Whether a translation kept the slots and the lines of its segment."""

import re
from collections import Counter
from collections.abc import Iterable

from bllossom_data.translation.lines import line_breaks
from bllossom_data.translation.segments import SLOT, Segment, slot

__all__ = ["slot_problem"]

_TAG = re.compile(r"<(/?)([A-Za-z][\w-]*)\b[^<>]*?(/?)>")
_VOID_ELEMENT = re.compile(
    "area|base|br|col|embed|hr|img|input|link|meta|source|track|wbr", re.IGNORECASE
)
_ONE_LINE = frozenset(("heading", "table_cell"))


def slot_problem(segment: Segment, translated: str) -> str | None:
    """What is wrong with the slots and line breaks of a translation, if anything is.

    Slots may stand in another order than in the source, as Korean words do, but not change their
    class: an address stays between the brackets of its link, a closing tag after its opening one.

    Args:
        segment: the segment that was translated.
        translated: its translation, with slots.

    Returns:
        A Korean sentence for the reviewer (and for the translator's next try), or None.
    """
    return (
        _numbers_problem(segment, translated)
        or _link_problem(segment, translated)
        or _tag_problem(segment, translated)
        or _line_problem(segment, translated)
    )


def _named(numbers: Iterable[int]) -> str:
    return ", ".join(slot(number) for number in sorted(numbers))


def _numbers_problem(segment: Segment, translated: str) -> str | None:
    rest = SLOT.sub("", translated)
    if "⟦" in rest or "⟧" in rest:
        return "보호 표시의 괄호가 깨졌습니다. ⟦번호⟧ 모양을 그대로 두어야 합니다."
    found = Counter(int(number) for number in SLOT.findall(translated))
    expected = range(1, len(segment.slots) + 1)
    if invented := [number for number in found if number not in expected]:
        return f"원문에 없는 보호 표시가 있습니다: {_named(invented)}."
    if missing := [number for number in expected if number not in found]:
        return f"번역에서 보호 표시가 빠졌습니다: {_named(missing)}."
    if doubled := [number for number in expected if found[number] > 1]:
        return f"보호 표시가 두 번 이상 쓰였습니다: {_named(doubled)}."
    return None


def _link_problem(segment: Segment, translated: str) -> str | None:
    lost = [
        number
        for number in range(1, len(segment.slots) + 1)
        if f"]({slot(number)})" in segment.text and f"]({slot(number)})" not in translated
    ]
    if lost:
        return f"링크가 깨졌습니다. [글]({slot(lost[0])}) 모양을 그대로 두어야 합니다."
    return None


def _unbalanced_tag(text: str) -> str | None:
    """The first tag that is closed without being open, or is left open."""
    held: list[str] = []
    for closes, name, closes_itself in _TAG.findall(text):
        if closes_itself or _VOID_ELEMENT.fullmatch(name):
            continue
        if not closes:
            held.append(name)
        elif held and held[-1] == name:
            held.pop()
        else:
            return f"</{name}>"
    return f"<{held[-1]}>" if held else None


def _tag_problem(segment: Segment, translated: str) -> str | None:
    def tags(text: str) -> str:
        return "".join(segment.slots[int(number) - 1] for number in SLOT.findall(text))

    if not any("<" in one for one in segment.slots) or _unbalanced_tag(tags(segment.text)):
        return None
    if tag := _unbalanced_tag(tags(translated)):
        return f"태그의 순서가 어긋났습니다: {tag}. 여는 태그와 닫는 태그의 짝이 맞아야 합니다."
    return None


def _line_problem(segment: Segment, translated: str) -> str | None:
    expected, found = segment.text.count("\n"), translated.count("\n")
    if segment.kind in _ONE_LINE and found > expected:
        return "제목이나 표의 칸에 줄바꿈이 생겼습니다. 한 줄로 써야 합니다."
    if re.search(r"\n[ \t]*\n", translated) and not re.search(r"\n[ \t]*\n", segment.text):
        return "원문에 없는 빈 줄이 생겨 문단이 나뉘었습니다."
    full = SLOT.sub(lambda mark: segment.slots[int(mark[1]) - 1], segment.text)
    keeps_lines = segment.kind == "ambiguous_code" or "verse" in line_breaks(full.split("\n"))
    if keeps_lines and found != expected:
        return f"줄 수가 원문과 다릅니다(원문 {expected + 1}줄, 번역 {found + 1}줄)."
    return None
