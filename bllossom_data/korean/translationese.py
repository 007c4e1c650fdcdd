"""Marks of translated Korean: wordings that are no faults, but that a Korean would seldom choose.

They are shown to the person who reviews a translation, with what to write instead; nothing is
rewritten. They are those that Korean editors call 번역 투. What is good Korean now and then is
marked only where it crowds: 및, ~에 대한, ~할 수 있다. Authors differ: their number says little
of one text, and something of many.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from bllossom_data.korean.prose import masked

__all__ = ["MARKS", "Mark", "translationese"]

MARKS = {
    "second_person": "‘당신/귀하’는 주어를 생략하거나 ‘여러분’, 이름, 직함으로 바꿔 보세요.",
    "dummy_it": "가리키는 말이 없는 ‘그것은/이것은’은 생략하거나 가리키는 말을 직접 쓰세요.",
    "third_person": "‘그녀/그들’은 이름이나 ‘그 사람’으로 바꾸거나 생략해 보세요.",
    "by_agent": "‘~에 의해’ 대신 행위자를 주어로 삼아 능동문으로 써 보세요.",
    "about": "‘~에 대한/대하여’가 잇달아 나옵니다. ‘~을/를’이나 ‘~의’로 바꿔 보세요.",
    "have": "‘~을 가지고 있다’는 ‘~이 있다’로 바꿔 보세요.",
    "possible": "‘~하는 것이 가능하다’는 ‘~할 수 있다’로 바꿔 보세요.",
    "from_of": "‘~로부터의’는 ‘~에서 온’, ‘~의’로 풀어 보세요.",
    "plural": "셀 수 있는 뜻이 이미 드러나므로 ‘들’을 빼 보세요.",
    "double_passive": "이중 피동입니다. ‘되다’, ‘보이다’처럼 한 번만 피동으로 쓰세요.",
    "and_list": "‘및’이 잇달아 나옵니다. ‘와/과’나 쉼표로 바꿔 보세요.",
    "can_chain": "‘~할 수 있다’가 잇달아 나옵니다. 일부는 단정하는 말로 바꿔 보세요.",
    "dash": "줄표(—) 대신 쉼표, 괄호, 쌍점을 쓰거나 문장을 나누세요.",
    "of_chain": "‘~의’가 겹칩니다. 하나는 빼거나 풀어 쓰세요.",
    "one_of_most": "‘가장 ~한 것 중 하나’는 ‘손꼽히는 ~’, ‘매우 ~한 ~’로 바꿔 보세요.",
    "split_word": "한 낱말이 띄어져 있습니다. 붙여 쓰세요.",
    "heading_stop": "제목 끝에는 마침표를 찍지 않습니다.",
}
"""Name of each mark and what is suggested, in Korean."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A wording that reads like a translation.

    Attributes:
        start: its first character in the text.
        end: one past its last character.
        name: which kind, one of `MARKS`.
        suggestion: what to try instead, in Korean.
    """

    start: int
    end: int
    name: str
    suggestion: str


_END = (
    r"(?=[은는이가을를의께에도만과와로,.!?\s]|들|에게|보다|처럼|같|까지|마저|조차|입니|이[다라며])"
)
_SIMPLE = (
    ("second_person", re.compile(rf"(?<![가-힣])(?:당신(?!의 이름)|귀하){_END}")),
    (
        "dummy_it",
        re.compile(
            r"(?:(?<=^)|(?<=\n)|(?<=[.!?] ))(?:그것|이것)은 (?:[가-힣]+ ){0,4}?[가-힣]*"
            r"(?:중요|필요|가능|불가능|사실|의미|당연|분명|유용)[가-힣]*[.!?\s]"
        ),
    ),
    ("third_person", re.compile(r"(?<![가-힣])(?:그녀|그들)(?=[은는이가을를의도과와에])")),
    ("by_agent", re.compile(r"(?<=[가-힣A-Za-z0-9)`])에 의(?:해서?|하여|한)(?![가-힣])")),
    (
        "have",
        re.compile(r"(?<=[을를]) (?:가지고 있|갖고 있|가집니|가진다|지니고 있)[가-힣]*"),
    ),
    ("possible", re.compile(r"[가-힣]+(?:는|할) 것[이은도] (?:가능|불가능)[가-힣]+")),
    ("from_of", re.compile(r"(?<=[가-힣A-Za-z0-9)`])으?로부터의(?![가-힣])")),
    (
        "plural",
        re.compile(
            r"(?:많은|여러|수많은|다양한|모든|몇몇|일부|두|세|네|다섯|각각의|대부분의) "
            r"[가-힣]{1,8}?들(?=[은는이가을를의에과와도로]|\s)"
        ),
    ),
    (
        "double_passive",
        re.compile(
            r"(?:되어[지진져졌질집]|보여[지진져졌질집]|잊혀[지진져졌질집]|쓰여[지진져졌질집]|불리어[지진져졌]|"
            r"불려[지진져졌질집]|나뉘어[지진져졌질집]|읽혀[지진져졌질집]|닫혀[지진져졌질집]|"
            r"모여[지진져졌질집]|찢겨[지진져졌질집]|담겨[지진져졌질집])[가-힣]*"
        ),
    ),
    ("dash", re.compile(r"(?<=[가-힣])\s?[—―]{1,2}\s?|(?<=[가-힣]) -- ")),
    (
        "of_chain",
        re.compile(
            r"(?<![가-힣])[가-힣A-Za-z]+의 [가-힣A-Za-z]+의 [가-힣A-Za-z]+(?:의(?= [가-힣]))?"
        ),
    ),
    (
        "one_of_most",
        re.compile(r"가장 [^.!?\n]{2,40}? (?:중|가운데)(?:에서)? (?:하나|한)(?![가-힣]*시)"),
    ),
    (
        "split_word",
        re.compile(
            r"에 (?:대|관) (?:한|해|하여)(?![가-힣])|[가-힣] 되 (?:는|고|면|며|지|어)(?![가-힣])"
        ),
    ),
    ("heading_stop", re.compile(r"(?m)(?<=[가-힣])\.(?=\s*$)")),
)
_ABOUT = re.compile(r"에 (?:대 ?한|대 ?해서?|대 ?하여|관 ?한|관 ?하여|관 ?해서?)(?![가-힣])")
_AND = re.compile(r"(?<=[가-힣A-Za-z0-9)`] )및(?= )")
_CAN = re.compile(r"(?:[ㄹ가-힣]+) 수(?:도|가)? 있(?:습니다|어요|다|으며|고|는|으므로)")
_NEAR_SENTENCES, _CAN_IN_A_ROW = 3, 3
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_HEADING = re.compile(r"(?m)^ {0,3}#{1,6}[ \t].*$")
# 들 that is part of another word, and 의 that does not end a possessor.
_NO_PLURAL = re.compile(
    r"(?:만들|흔들|거들|힘들|잠들|떠들|물들|줄어들|건들|길들|산들|구들|버들|이들|그들)$"
)
_NO_OF = re.compile(
    r"(?<![가-힣])(?:회의|강의|문의|정의|주의|논의|동의|합의|결의|편의|예의|의의|제의|상의)의? "
)


def translationese(text: str) -> list[Mark]:
    """Marks the wordings of a Korean text that read like a translation.

    Args:
        text: Markdown; code, addresses, maths and slots are left alone.

    Returns:
        The marks in order of their places. A rate is their number for a thousand sentences: natural
        Korean has some as well.
    """
    seen = masked(text, "\x00")
    found = [*_marks(seen), *_crowded(seen)]
    return sorted(found, key=lambda one: (one.start, one.end, one.name))


def _mark(name: str, start: int, end: int) -> Mark:
    return Mark(start, end, name, MARKS[name])


def _marks(text: str) -> Iterator[Mark]:
    headings = [match.span() for match in _HEADING.finditer(text)]
    starts = [start for start, _ in headings]
    for name, pattern in _SIMPLE:
        for match in pattern.finditer(text):
            place = bisect_right(starts, match.start()) - 1
            in_heading = place >= 0 and match.start() < headings[place][1]
            if name == "heading_stop" and not in_heading:
                continue
            if not _is_other(name, match[0]):
                yield _mark(name, *match.span())


def _is_other(name: str, said: str) -> bool:
    """Whether a match is no such wording after all."""
    if name == "plural":
        return bool(_NO_PLURAL.search(said))
    return name == "of_chain" and bool(_NO_OF.search(said))


def _crowded(text: str) -> Iterator[Mark]:
    """What is marked when it came in this sentence or one of the two before it already.

    할 수 있다 is marked from its third sentence in a row.
    """
    last_at = {"about": -_NEAR_SENTENCES, "and_list": -_NEAR_SENTENCES}
    can_in_a_row = 0
    said = (one for one in _SENTENCE.finditer(text) if re.search("[가-힣]", one[0]))
    for number, sentence in enumerate(said):
        start = sentence.start()
        for name, pattern in (("about", _ABOUT), ("and_list", _AND)):
            for match in pattern.finditer(sentence[0]):
                if number - last_at[name] < _NEAR_SENTENCES:
                    yield _mark(name, start + match.start(), start + match.end())
                last_at[name] = number
        can = _CAN.search(sentence[0])
        can_in_a_row = can_in_a_row + 1 if can else 0
        if can and can_in_a_row >= _CAN_IN_A_ROW:
            yield _mark("can_chain", start + can.start(), start + can.end())
