"""Where a Korean text writes a name, with what particles stand behind it.

A form counts only as a word of its own: 월마트 in 월마트로 and 월마트에서는, never in 월마트점, and
never 미 in 미국. Blanks inside a form are optional. Nothing is found in code, addresses and titles
of works.

Short names are also spelt like other words: 사라 (Sarah) in 사라지다 and 사라고, 던 (Dawn) in
던지다, 젤 (Zelle) for 제일. There Kiwi says what the word is in its line. In Korean handbooks and
film reviews (1.6 million lines) the short forms of what is replaced or explained were found 4,391
times, and in samples of these another word only in 사라, 던, 매기, 안나, 그린, 젤, 젤로, 질로,
이든, 한나, 존, 보이시 and 마이크. Put into 13 plain sentences, 15 of 4,338 names are mistaken for
other words.
"""

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from bllossom_data.korean.morphemes import morphemes
from bllossom_data.localization.passages import protected_spans

__all__ = ["forms_dropped", "forms_found"]

_PARTICLES = (
    "은 는 이 가 을 를 과 와 의 에 에서 에게 에게서 께 께서 한테 한테서 로 으로 로서 으로서 "
    "로써 으로써 로부터 으로부터 도 만 까지 부터 마저 조차 밖에 보다 처럼 같이 만큼 이나 나 "
    "이랑 랑 하고 이라도 라도 이라는 라는 이란 란 이라고 라고 이라면 라면 이라서 라서 이라 "
    "라 이며 며 이든 든 이든지 든지 이야 야 이여 여 뿐 쯤 마다 대로 치고 커녕 은커녕 는커녕 "
    "이라든지 라든지 이나마 나마 인가 인지 인데 이다 다 이고 고 이자 자 이지 지 이지만 지만 "
    "이죠 죠 이니 니 이니까 니까 이에요 예요 이어서 여서 입니다 입니까 인가요 일까요 이면 면 "
    "이거나 거나 이었다 였다 이었습니다 였습니다 이었던 였던 이었고 였고 이었지만 였지만 "
    "이었어요 였어요 이네요 네요 이군요 군요 들 측 "
    "이라니 라니 이라니요 라니요 이랍니다 랍니다 이래요 래요 이지요 지요 인데요 이거든요 거든요 "
    "이구나 구나 이므로 므로 이라도요 이라든가 라든가 이라기보다 라기보다 이었지요 였지요"
)
_TAIL = (
    rf"(?:{'|'.join(sorted(_PARTICLES.split(), key=len, reverse=True))}){{0,3}}(?:인(?=\s))?"
    r"(?![가-힣])"
)
_AFTER_WORD = re.compile(rf"{_TAIL}(?![A-Za-z0-9_])|[A-Za-z]?$")
# After a counted number such as 911 people say 911번; 911번 is still the call number.
_AFTER_NUMBER = re.compile(rf"(?:번)?{_TAIL}(?![A-Za-z0-9_])|[A-Za-z]?$")
_SHORT = re.compile(r"[가-힣]{1,3}")
_COPULAS = ("VCP", "VCN")
_TITLE = re.compile(
    r"『[^』\n]*』|「[^」\n]*」|《[^》\n]*》|〈[^〉\n]*〉|^ {0,3}>[^\n]*$", re.MULTILINE
)


def forms_found(text: str, forms: Iterable[tuple[str, str]]) -> list[tuple[int, int, str]]:
    """Start, end and key of every form in a text, in order; where forms overlap, the longest.

    Args:
        text: Korean, Markdown in NFC.
        forms: pairs of a form and the key it belongs to.

    Raises:
        MissingPackageError: kiwipiepy is not installed.
    """
    return _found(text, forms, dropped=False)


def forms_dropped(text: str, forms: Iterable[tuple[str, str]]) -> list[tuple[int, int, str]]:
    """Start, end and key of every form that `forms_found` leaves out, though it may be a name.

    What is part of a longer word, such as 사라 in 사라지다, is none for sure.

    Args:
        text: Korean, Markdown in NFC.
        forms: pairs of a form and the key it belongs to.

    Raises:
        MissingPackageError: kiwipiepy is not installed.
    """
    return _found(text, forms, dropped=True)


def _found(
    text: str, forms: Iterable[tuple[str, str]], *, dropped: bool
) -> list[tuple[int, int, str]]:
    keys: dict[str, str] = {}
    for form, key in forms:
        keys.setdefault(form, key)
    if not keys:
        return []
    protected = protected_spans(text) + [match.span() for match in _TITLE.finditer(text)]
    found: list[tuple[int, int, str]] = []
    free = 0
    for start, length, form in sorted(_places(text, keys)):
        end = start - length
        if start < free:
            continue
        free = end
        if any(start < other[1] and other[0] < end for other in protected):
            continue
        is_other = _SHORT.fullmatch(form) is not None and _is_another_word(text, start, end)
        if is_other == dropped and not (is_other and _is_longer_word(text, start, end)):
            found.append((start, end, keys[form]))
    return found


def _places(text: str, forms: Iterable[str]) -> Iterator[tuple[int, int, str]]:
    """Start, length below zero and form of every place where a form is a word of its own."""
    for form in forms:
        after = _AFTER_NUMBER if form[-1].isdigit() else _AFTER_WORD
        for match in _expression(form).finditer(text):
            if after.match(text, match.end()):
                yield match.start(), match.start() - match.end(), form


def _is_another_word(text: str, start: int, end: int) -> bool:
    """Whether a short form is, where it stands, a verb, an adverb or a particle, or part of one.

    A name that Kiwi does not know may come out in pieces, so only analyses count that names in
    plain sentences hardly get.
    """
    start, end, parts = _parts(text, start, end)
    if not parts:
        return False
    first, last = parts[0], parts[-1]
    if first.start == start:
        if _is_verb(first.tag) or first.tag.startswith("MA"):
            return True
        if first.tag.startswith("J") and first.start + first.len >= end:
            return True
    if len(parts) == 1:
        return False
    if last.start + last.len > end:
        return _is_verb(last.tag) or last.tag == "NNG"
    return (last.form, last.tag) == ("로", "JKB")


def _is_longer_word(text: str, start: int, end: int) -> bool:
    """Whether a short form is, where it stands, the beginning of a longer stem."""
    start, end, parts = _parts(text, start, end)
    return bool(parts) and parts[0].start == start and parts[0].start + parts[0].len > end


def _parts(text: str, start: int, end: int) -> tuple[int, int, list[Any]]:
    """A stretch as a place in its line, and the morphemes that touch it."""
    line_start = text.rfind("\n", 0, start) + 1
    line_end = text.find("\n", end)
    line = text[line_start : line_end if line_end >= 0 else len(text)]
    start, end = start - line_start, end - line_start
    parts = [one for one in morphemes(line) if one.start < end and start < one.start + one.len]
    return start, end, parts


def _is_verb(tag: str) -> bool:
    return tag.startswith("V") and tag not in _COPULAS


@lru_cache(maxsize=4096)
def _expression(form: str) -> re.Pattern[str]:
    pattern = r"[ \u00a0]?".join(re.escape(part) for part in form.split(" "))
    if re.match(r"[가-힣]", form):
        left = r"(?<![가-힣A-Za-z0-9])"
    elif form[0].isdigit():
        left = r"(?<![A-Za-z0-9.,$₩#/-])"
    else:
        left = r"(?<![A-Za-z0-9_@#/.-])"
    unjoined = "" if re.search(r"[가-힣]$", form) else r"(?![A-Za-z0-9_]|[./,-][A-Za-z0-9])"
    return re.compile(left + pattern + unjoined)
