"""Wrong particles in a text: those that do not agree with the word before them.

Precision comes first. A form that cannot follow the sound before it is a fault where Kiwi reads it
as a particle; where Kiwi makes something else of it (제주은 as 제주 and silver), only where the
sentence becomes much likelier with the right form in its place.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

from bllossom_data.korean.josa import DOUBLED, WRITTEN, is_particle, may_stay, particle
from bllossom_data.korean.morphemes import likelihood, morphemes
from bllossom_data.korean.prose import protected_spans, without_marks
from bllossom_data.korean.sentence_spans import sentence_spans

__all__ = ["josa_problems"]

_STRICT = frozenset(
    [
        *("은", "는", "이", "가", "을", "를", "과", "와", "이나", "이랑", "랑", "으로", "로"),
        *("으로서", "로서", "으로써", "로써", "으로부터", "로부터"),
        *("라는", "라고", "라면", "라도", "라서", "라며", "라든지", "라든가", "야말로", "든지"),
        *("였", "였던", "여서", "예요"),
    ]
)
"""Forms with so few other uses that one after the wrong sound is looked at."""
_SIGNS = "%％℃°"
_FIRST_LETTER = re.compile(f"[{''.join(sorted({form[0] for form in _STRICT}))}]")
_WRITTEN = re.compile(f"(?:{'|'.join(WRITTEN)})(?![가-힣])|였(?=[가-힣])")
_PARTICLES = ("JKS", "JKC", "JKO", "JKB", "JC", "JX")
_NOUNS = ("NN", "NP", "NR", "SL", "SN", "SH", "XSN", "XR", "ETN", "SSC", "SW", "W_", "JK", "JX")
_MISREAD = ("NN", "NR", "XSN", "XSM", "VV", "VA", "MM", "IC", "VCP", "XPN", "NP", "ETM", "EC", "EF")
_ENDS = re.compile(
    r"(?:으?로(?:부터|서|써)?|이?랑|[은는이가을를과와]|라(?:[는고면도서며]|든[지가])|야말로|든지"
    r"|여서|예요)(?=[\s,.!?)]|$)|였(?=[가-힣])"
)
# A line is read as its sentences are for their speech levels, so that Kiwi reads it once.
_LINE = re.compile(r"[ \t>]*(?:[-*+•] |\d+[.)] |#+ )?(?P<said>[^\n]*[^\s])")
_MARGIN_AGAINST_NOTHING, _MARGIN, _MARGIN_AGAINST_A_WORD = 3.0, 5.0, 10.0
_MARGIN_AGAINST_A_NAME = 4.0
"""How much likelier, in natural logarithms, a sentence must be with the particle put right."""
_WINDOW_CHARS = 40
_FINALS = 28
_FINALS_OF_STEMS = frozenset((5, 6, 15, 18, 20))
"""Final consonants ㄵ, ㄶ, ㅀ, ㅄ and ㅆ by their number in Unicode: 값 alone is a noun."""


def josa_problems(text: str) -> list[tuple[int, int, str]]:
    """The particles of a text that do not agree with the word before them.

    Args:
        text: Korean Markdown. Code, addresses, maths and slots are left alone.

    Returns:
        Start and end of each wrong particle and what it should be, in order. Both forms at once,
        as machines write them (은(는), (으)로), are among them where the right one is certain.
    """
    return list(_problems(text))


# 은행로 24 is an address.
_HOUSE_NUMBER = re.compile(r" \d{1,4}(?:-\d{1,3})?(?![\d가-힣])|(?: ?\d+번)?길")


# A draft is looked at before its edits and after them, and most have none.
@lru_cache(maxsize=8)
def _problems(text: str) -> tuple[tuple[int, int, str], ...]:
    bare, places = without_marks(text)
    covered = bytearray(len(text))
    for start, end in protected_spans(text):
        covered[start:end] = b"\x01" * (end - start)
    found = dict(_doubled(text))
    for line in _LINE.finditer(bare):
        if not re.search("[가-힣]", line["said"]):
            continue
        first, last = line.span("said")
        for start, form, right in _in_line(line["said"], text, places[first:last]):
            if not any(begin <= start < end for begin, (end, _) in found.items()):
                found[start] = (start + len(form), right)
    return tuple(
        (start, end, right)
        for start, (end, right) in sorted(found.items())
        if not any(covered[start:end])
    )


def _doubled(text: str) -> list[tuple[int, tuple[int, str]]]:
    """은(는) and its like, after a word whose reading is certain."""
    found = []
    for match in DOUBLED.finditer(text):
        before = text[text.rfind("\n", 0, match.start()) + 1 : match.start()]
        if not before or before[-1].isspace():
            continue
        right = particle(before, match[0])
        if right is not None:
            found.append((match.start(), (match.end(), right)))
    return found


def _in_line(line: str, text: str, places: list[int]) -> list[tuple[int, str, str]]:
    """Faults in one line without marks: place in the text, form, right form."""
    suspects = list(_suspects(line, text, places))
    if not suspects:
        return []
    faults = []
    for start, end in sentence_spans(line):
        inside = [
            (place - start, form, right) for place, form, right in suspects if start <= place < end
        ]
        if inside:
            faults += _in_sentence(line[start:end], inside, text, places[start:end])
    return faults


def _in_sentence(
    said: str, suspects: list[tuple[int, str, str]], text: str, places: list[int]
) -> list[tuple[int, str, str]]:
    """Faults among the suspects of one sentence: place in the text, form, right form."""
    faults = []
    tokens = morphemes(said)
    looked_at = {one.start for one in tokens} | {match.start() for match in _ENDS.finditer(said)}
    for place, form, right in suspects:
        if place not in looked_at:
            continue
        # A mark between the two says where the word ends, whatever Kiwi makes of them.
        apart = places[place] - places[place - 1] > 1
        if (
            is_particle(text, places[place], form)
            if apart
            else _is_fault(said, tokens, place, form, right)
        ):
            faults.append((places[place], form, right))
    return faults


def _suspects(line: str, text: str, places: list[int]) -> Iterator[tuple[int, str, str]]:
    """What would be wrong if it were a particle: a line without any needs no Kiwi."""
    for match in _FIRST_LETTER.finditer(line):
        place = match.start()
        form = _form_at(line, place)
        if not form or text[places[place] : places[place] + len(form)] != form:
            continue
        if form == "는" and _ends_a_stem(line[place - 1]):
            continue
        if form == "로" and _HOUSE_NUMBER.match(line, place + 1):
            continue
        before = text[text.rfind("\n", 0, places[place]) + 1 : places[place]]
        right = particle(before, form)
        if right is not None and not may_stay(form, right):
            yield place, form, right


def _ends_a_stem(syllable: str) -> bool:
    """Whether only verbs and adjectives end so: 있는, 없는, 않는, 갔는(지)."""
    if not "가" <= syllable <= "힣" or syllable == "값":
        return False
    return (ord(syllable) - ord("가")) % _FINALS in _FINALS_OF_STEMS


def _form_at(line: str, place: int) -> str:
    """The particle that may be written at a place directly after a word."""
    if place == 0 or not (line[place - 1].isalnum() or line[place - 1] in f"{_SIGNS})]"):
        return ""
    # Particles that go on are forms of their own (과는, 로도): 이 in 데이터 is a part of its word.
    written = _WRITTEN.match(line, place)
    return written[0] if written and written[0] in _STRICT else ""


def _is_fault(line: str, tokens: Sequence[Any], place: int, form: str, right: str) -> bool:
    here = next((one for one in tokens if one.start == place), None)
    before = next((one for one in reversed(tokens) if one.start < place), None)
    if before is None:
        return False
    if line[place - 1] in _SIGNS and _ENDS.match(line, place):
        return True
    margin = _MARGIN
    if here is None or before.end > place:
        # One word runs across the place: one that Kiwi made up, or one of its dictionary.
        made_up = before.oov and before.end == place + len(form)
        margin = _MARGIN if before.oov else _MARGIN_AGAINST_A_WORD
        # Foreign names end in these two, as in 듀바이 and 엔가.
        unlikely = _MARGIN_AGAINST_A_NAME if form in ("이", "가") else _MARGIN_AGAINST_NOTHING
        margin = unlikely if made_up else margin
    # 제 for 저의 takes no particle: 제이 is a name.
    elif not before.tag.startswith(_NOUNS) or before.tag == "JKG":
        return False
    elif here.tag in _PARTICLES and here.form == form:
        return True
    elif not here.tag.startswith(_MISREAD):
        return False
    return bool(_ENDS.match(line, place)) and _gain(line, place, form, right) > margin


def _gain(line: str, place: int, form: str, right: str) -> float:
    """How much likelier Kiwi finds the words around a place with the other form in it."""
    start = max(line.rfind(" ", 0, max(0, place - _WINDOW_CHARS // 2)), 0)
    stop = line.find(" ", place + _WINDOW_CHARS // 2)
    head, tail = line[start:place], line[place + len(form) : stop if stop > 0 else None]
    corrected = head + right + tail
    if not any(_is_right(one, len(head), right) for one in morphemes(corrected)):
        return 0.0
    return likelihood(corrected) - likelihood(head + form + tail)


def _is_right(token: Any, place: int, form: str) -> bool:
    """Whether Kiwi reads the right form as a particle or as the copula, or 지훈이 as a name."""
    if token.start == place:
        return token.tag in _PARTICLES or (token.tag == "VCP" and len(form) > 1)
    return bool(form == "이" and token.tag == "NNP" and token.start < place == token.end - 1)
