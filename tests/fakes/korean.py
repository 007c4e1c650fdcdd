"""A translation without an engine: the same English always gives the same made-up Korean.

Everything that must survive a translation survives it (slots, numbers, negations, marks, white
space, names such as `S2`), and every sentence ends as a 합쇼체 sentence does, so that checks of real
translations pass.
"""

import random
import re
import zlib
from typing import Any

from bllossom_data.korean.number_words_english import ONES, TENS

SLOT = re.compile(r"⟦([0-9]+)⟧")
KNOWN = {
    "thanksgiving": "추수감사절",
    "korea": "한국",
    "seoul": "서울",
    "python": "파이썬",
    "the": "그",
}
NEGATIONS = {
    "not",
    "no",
    "never",
    "nobody",
    "nothing",
    "nowhere",
    "none",
    "neither",
    "nor",
    "cannot",
}
MONTHS = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
]
NUMBERS = {
    **{word: str(number) for word, number in (ONES | TENS).items()},
    **{word: f"{number}월" for number, word in enumerate(MONTHS, 1) if word != "may"},
    **{"half": "절반", "twice": "2번", "once": "1번", "double": "2배", "dozen": "12개"},
    **{
        "seconds": "초",
        "minutes": "분",
        "hours": "시간",
        "days": "일",
        "weeks": "주일",
        "percent": "퍼센트",
    },
    **{"first": "1번째", "second": "2번째", "third": "3번째", "fourth": "4번째"},
}
TWO_DIGITS = re.compile(rf"\b({'|'.join(TENS)})-({'|'.join(list(ONES)[1:10])})\b", re.IGNORECASE)
# None of these makes a Korean number, a unit or a negation with its neighbours.
SYLLABLES = (
    "가나다라마바사아자차카타파하거너더러머버어저처고노도로모보소오구누루무부우기니디리미비지"
)
WORD = re.compile(r"[A-Za-z]+(?:['’][A-Za-z]+)*")
NAME_WITH_NUMBER = re.compile(r"[A-Za-z]\d|\d[A-Za-z]")
# The end of a sentence right after a word: not the dot in 3.5 or in a list number.
ENDING = re.compile(r"(?<=[A-Za-z])([.?!]+)(?=\s|[*_\"'”’)]|$)")


def pseudo_korean(text: str) -> str:
    """Korean-looking text for English text, about half as long."""
    pieces = SLOT.split(text)
    return "".join(
        f"⟦{piece}⟧" if index % 2 else _words(_endings(piece)) for index, piece in enumerate(pieces)
    )


def _endings(text: str) -> str:
    return ENDING.sub(lambda found: ("입니까" if "?" in found[1] else "입니다") + found[1], text)


def _words(text: str) -> str:
    return re.sub(r"\S+", lambda found: _word(found[0]), text)


def _word(token: str) -> str:
    if NAME_WITH_NUMBER.search(token):
        return token
    token = TWO_DIGITS.sub(_two_digits, token)
    return WORD.sub(lambda found: _korean(found[0].lower().replace("’", "'")), token)


def _two_digits(found: re.Match[str]) -> str:
    tens, unit = found[1].lower(), found[2].lower()
    return str(TENS[tens] + ONES[unit])


def _korean(word: str) -> str:
    if word in NEGATIONS or word.endswith("n't"):
        return "않는"
    return NUMBERS.get(word) or KNOWN.get(word) or _made_up(word)


def _made_up(word: str) -> str:
    number = zlib.crc32(word.encode())
    made = ""
    for _ in range((len(word) + 2) // 3 + (len(word) > 1)):
        number, place = divmod(number, len(SYLLABLES))
        made += SYLLABLES[place]
    # Inside a sentence no word ends as sentences do.
    return made[:-1] + "도" if made.endswith("다") else made


def made_up_pairs(count: int) -> list[tuple[str, str]]:
    """English sentences of made-up words, some much more common than others, and their Korean."""
    chooser = random.Random(1)
    beginnings = ("gar", "mol", "tern", "vis", "plo", "cand", "bru", "steel", "hor", "quin")
    endings = ("den", "ler", "ipe", "oon", "ack", "ust", "ive", "omy", "edge", "all")
    words = [first + second for first in beginnings for second in endings]
    weights = [1 / (place + 3) for place in range(len(words))]
    found = []
    for _ in range(count):
        english = f"{' '.join(chooser.choices(words, weights, k=chooser.randint(10, 25)))}."
        found.append((english, pseudo_korean(english)))
    return found


def first_line_moved_to_korea(turns: list[dict[str, Any]]) -> dict[str, Any]:
    """A rewrite of a conversation: the first line of every turn that stands there once."""
    edits = []
    for turn in turns:
        lines = [line for line in turn["korean"].splitlines() if turn["korean"].count(line) == 1]
        before = next((line for line in lines if re.search("[가-힣]{2}", line)), None)
        if before is not None:
            after = re.sub("([가-힣]{2})", r"한국의 \1", before, count=1)
            edits.append({
                "turn": turn["turn"], "before": before, "after": after, "reason": "한국의 제도로 바꿈",
            })  # fmt: skip
    return {"edits": edits}


def drop_slot(text: str) -> str:
    """The translation without its last slot."""
    found = list(SLOT.finditer(text))
    return text[: found[-1].start()] + text[found[-1].end() :] if found else text


def move_slots(text: str) -> str:
    """The translation with all its slots at the start, last one first."""
    slots = [found[0] for found in SLOT.finditer(text)]
    return "".join(reversed(slots)) + SLOT.sub("", text)


def swap_slots(text: str) -> str:
    """The translation with its first two slots in each other's place."""
    found = [match[0] for match in SLOT.finditer(text)][:2]
    if len(found) < 2:
        return text
    return SLOT.sub(
        lambda match: {found[0]: found[1], found[1]: found[0]}.get(match[0], match[0]), text
    )


def duplicate_slot(text: str) -> str:
    """The translation with its first slot twice."""
    found = SLOT.search(text)
    return f"{text} {found[0]}" if found else text


def invent_slot(text: str) -> str:
    """The translation with a slot that nobody asked for."""
    return f"{text} ⟦99⟧"


def repeat_forever(text: str) -> str:
    """A reply that got stuck in a loop."""
    return f"{text} " + "그리고 또 " * 12


MANGLERS = {
    "slots_drop": drop_slot,
    "slots_move": move_slots,
    "slots_swap": swap_slots,
    "slots_duplicate": duplicate_slot,
    "slots_invent": invent_slot,
    "repeat": repeat_forever,
}
"""What can go wrong inside a translation, by the name of the reply fault."""
