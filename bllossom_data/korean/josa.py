"""Particles that agree with the word before them: choosing one, repairing one after an edit.

The rule itself is tossi's, applied to how a word is read (`readings.reading`), never to Latin
letters or digits as they stand. Whether what follows a word is a particle at all is left to
Kiwi: it reads the sentence with a plain noun in the word's place, one that the written form agrees
with.
"""

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import Any

from bllossom_data.errors import missing_package
from bllossom_data.korean.morphemes import morphemes
from bllossom_data.korean.readings import reading as read_aloud

__all__ = [
    "DOUBLED",
    "WRITTEN",
    "is_particle",
    "may_stay",
    "particle",
    "repair_josa",
    "undoubled",
]

_PAIRS = (
    "은/는 이/가 을/를 과/와 아/야 이여/여 이시여/시여 은커녕/는커녕 과는/와는 과도/와도 과의/와의 "
    "과만/와만 과까지/와까지"
)
_LINKING = (  # the vowel form is the only one after a vowel: *나무이랑
    "나 랑 란 든 든지 라도 야말로 나마 라고 라고는 라고도 라는 라면 라서 라야 라든지 라든가 라며 "
    "라지만 라니 라기 라기보다 라 랑은 나마도 야"
)
_COPULAR = "다 며 고 자 지만 니 니까 면 면서 므로 던 죠 지요 네 네요 군요 거나 고요 거든요"
_CONTRACTED = "이에요/예요 이었/였 이어서/여서 이었던/였던 이어야/여야"
_TO = "로 로서 로써 로부터 로는 로도 로만 로서는 로서도 로써는 로부터는 로부터의 로까지 로의"

_VOWEL_OF = {
    **dict(pair.split("/") for pair in (_PAIRS + " " + _CONTRACTED).split()),
    **{f"이{one}": one for one in (_LINKING + " " + _COPULAR).split()},
    **{f"으{one}": one for one in _TO.split()},
}
WRITTEN = tuple(sorted({*_VOWEL_OF, *_VOWEL_OF.values()}, key=lambda one: (-len(one), one)))
"""Every form that depends on the word before it, longest first."""
_MAY_STAY = frozenset(f"이{one}" for one in _COPULAR.split())
# Particles that never change, and those of the copula that have only one form.
_INVARIANT = re.compile(
    r"(?:에|의|도|만|까지|부터|처럼|보다|한테|께|하고|마저|조차|밖에|같이|마다|뿐|대로|커녕|마냥|"
    r"만큼|더러|치고|입니|입|인|임|일)[가-힣]*"
)
_PAST = re.compile(r"(?:이었|였)[가-힣]+")
DOUBLED = re.compile(
    r"(?P<both>은[(/]는\)?|는[(/]은\)?|\(은\)는|\(는\)은|이\(가\)|가\(이\)|이/가|\(이\)가|\(가\)이|"
    r"을[(/]를\)?|를[(/]을\)?|\(을\)를|\(를\)을|과[(/]와\)?|와[(/]과\)?|\(과\)와|\(와\)과|"
    r"아\(야\)|야\(아\)|\(아\)야)|\(으\)(?P<to>로[가-힣]*)|으로\(로\)|로\(으로\)|"
    r"\(이\)(?P<linking>[가-힣]+)|이(?:나\(나|랑\(랑|라고\(라고|다\(다)\)"
)
# Between a word and its particle: closing marks, an aside in brackets, the address of a link.
_CLOSING = re.compile(
    r"(?:</[A-Za-z]+>|\]\([^\s()]*(?:\([^\s()]*\)[^\s()]*)*\)|[*_~`\"'”’」』》〉]|"
    r"\((?!(?:은|는|이|가|을|를|과|와|으|아|야)\))[^()\n]{1,80}\)|\[[^\[\]\n]{1,40}\])*"
)
_HANGUL = re.compile(r"[가-힣]+")
_REST_CHARS = 60


def particle(word: str, josa: str, reading: str | None = None) -> str | None:
    """The form that a particle takes after a word.

    Args:
        word: the word as written, with its Markdown marks, brackets and quotes if it has any.
        josa: the particle in either form or in both (은, 는, 은(는), (으)로, 이라고); several in a
            row (으로는, 까지는) are one.
        reading: how the word is read, where that is known; else it is worked out.

    Returns:
        The right form, or None: the reading is not certain, or `josa` is no known particle.
        After a vowel the copula takes its short form (나무다, 나무예요); 나무이다 is right as well.

    Raises:
        MissingPackageError: tossi is not installed.
    """
    josa = undoubled(josa)
    if josa not in WRITTEN and not _PAST.fullmatch(josa):
        return josa if _INVARIANT.fullmatch(josa) else None
    spoken = read_aloud(reading if reading is not None else word)
    if spoken is None or not _HANGUL.search(spoken[-1]):
        return None
    return _picked(spoken[-1], josa)


@lru_cache(maxsize=4096)
def _picked(last_syllable: str, josa: str) -> str:
    return str(_tossi().pick(last_syllable, josa))


@cache
def _tossi() -> Any:
    try:
        import tossi
    except ImportError as error:
        raise missing_package("tossi", "choosing Korean particles") from error
    return tossi


def undoubled(josa: str) -> str:
    """은(는), (은)는, 은/는 → 은; (으)로 → 으로; (이)라고 → 이라고; the rest as it is."""
    match = DOUBLED.fullmatch(josa)
    if match is None:
        return josa
    if match["both"]:
        return re.sub(r"[()/]", "", match["both"])[0]
    if match["to"]:
        return f"으{match['to']}"
    if match["linking"]:
        return f"이{match['linking']}"
    return max(re.split(r"[()]", josa), key=len)


def may_stay(form: str, right: str) -> bool:
    """Whether a form that is not the usual one is a right one too: 나무이다 beside 나무다."""
    return form == right or (form in _MAY_STAY and right == form[1:])


def repair_josa(text: str, end: int, reading: str | None = None) -> tuple[int, int, str] | None:
    """What must stand for the particle after a word that was just put into a text.

    Args:
        text: the text with the new word in it, Markdown.
        end: one past the last character of the new word.
        reading: how the new word is read, where that is known.

    Returns:
        Start, end and right form of the particle; None where it is right, where nothing that
        follows is a particle of two forms, or where the reading is not certain.
    """
    word = text[text.rfind("\n", 0, end) + 1 : end]
    start, form = _following(text, end)
    if not form:
        return None
    right = particle(word, form, reading)
    if right is None or may_stay(form, right):
        return None
    if form in WRITTEN and not is_particle(text, start, form):
        return None
    return start, start + len(form), right


def _following(text: str, end: int) -> tuple[int, str]:
    """Where what looks like a particle begins after a word, and its form, empty if none."""
    closing = _CLOSING.match(text, end)
    start = closing.end() if closing else end
    doubled = DOUBLED.match(text, start)
    if doubled:
        return start, doubled[0]
    return start, next((form for form in WRITTEN if text.startswith(form, start)), "")


def is_particle(text: str, start: int, form: str) -> bool:
    """Whether Kiwi reads the form as a particle, after a noun that it agrees with and in place."""
    noun = "사람" if form in _VOWEL_OF else "학교"
    rest = re.split(r"[\n.!?]", text[start : start + _REST_CHARS], maxsplit=1)[0]
    tokens = morphemes(noun + rest)
    # Kiwi may take 와 for a form of 오다, which is never written to the word before it.
    alone = form == "와" and not re.match(r"와[가-힣]", rest)
    if not alone and not _begins_particle(tokens, len(noun), form):
        return False
    before = re.split(r"[\n.!?]", text[max(0, start - _REST_CHARS) : start])[-1]
    # A word of the dictionary that happens to begin with the new one: 물 in 물가.
    return not any(
        one.start < len(before) < one.end and one.tag.startswith("NN") and not one.oov
        for one in morphemes(before + rest)
    )


def _begins_particle(tokens: Sequence[Any], start: int, form: str) -> bool:
    """Whether a particle or the copula begins at a place, and nothing else runs across it."""
    here = [one for one in tokens if one.start == start and one.tag[0] != "S"]
    across = any(one.start < start < one.end for one in tokens)
    if across or not here or not (here[0].tag.startswith("J") or here[0].tag == "VCP"):
        return False
    end = start + len(form)
    return not any(one.start < end < one.end and one.tag[0] in "NVM" for one in tokens)
