"""One sentence put into another speech level: only the ending of its last predicate is rewritten.

The stem and the new ending are joined by Kiwi, which knows the irregular verbs; everything before
the word they stand in, and everything after the ending, stays byte for byte. What an ending means
decides what replaces it: a command stays a command. Where that is not certain from the sentence
alone (가요 asks, tells and proposes), or the other level has nothing that says the same (-거든요 in
합쇼체), there is no conversion.
"""

import re
from collections.abc import Sequence
from typing import Any, Literal, TypeAlias

from bllossom_data.korean.josa import particle
from bllossom_data.korean.morphemes import kiwi
from bllossom_data.korean.speech_endings import Ending, last_ending

__all__ = ["Polite", "to_level"]

Polite: TypeAlias = Literal["합쇼체", "해요체"]
_Morphemes: TypeAlias = list[tuple[str, str]]

_STEMS = ("VV", "VA", "VX", "VCP", "VCN", "XSV", "XSA")
_COMMAND = re.compile(r"(?:[어아거너여]?라|렴|려무나)$")
_STATEMENT = re.compile(r"(?:ᆫ다|는다|다|[ᆸ습]니다)$")
_QUESTION = re.compile(r"(?:[느으]?냐|니|[ᆫ은는]가|나|[ᆸ습]니까|나요|[ᆫ은는]가요)$")
_PROPOSAL = re.compile(r"(?:자|[ᆸ읍]시다)$")
_EXCLAMATION = re.compile(r"(?:는구나|구나|로구나)$")
_SOFT = re.compile(r"(?:네|군|는군|지|죠|지요|[ᆫ은는]데|(?<![다라자냐])고)요?$")
_PROMISE = re.compile(r"(?:ᆯ|을)게요?$")
# Where one of these stands, 가요 and 가 are as likely to be a proposal or a command as a statement.
_URGING = re.compile(r"같이|함께|우리|어서|빨리|얼른|제발|그만|이제|먼저|꼭|좀(?![가-힣])")
_HONORIFIC = ("주무시", "계시", "드시", "잡수시", "편찮으시")


def to_level(sentence: str, wanted: Polite) -> str | None:
    """The sentence in another speech level, or None where what it should be is not certain.

    Args:
        sentence: one sentence, Markdown and closing marks included.
        wanted: the level that it should have; a sentence that has it comes back as it is.
    """
    ending = last_ending(sentence)
    if ending.level == wanted:
        return sentence
    if ending.level in ("명사형", "없음") or not ending.tokens:
        return None
    tokens = ending.tokens
    if wanted == "해요체" and ending.level == "해체":
        return _with_yo(sentence, ending)
    polite_particle = tokens[-1].tag == "JX"
    said = [one for one in tokens if not (one is tokens[-1] and polite_particle)]
    place = len(said) - 1
    while place > 0 and said[place].tag[0] == "E":
        place -= 1
    if not said[place].tag.startswith(_STEMS) or place == len(said) - 1:
        return None
    convert = _to_formal if wanted == "합쇼체" else _to_polite
    return convert(sentence, ending, said, place)


def _with_yo(sentence: str, ending: Ending) -> str | None:
    """해체 to 해요체: 요 is added, but for the copula and for 줘 and 마, which ask."""
    tokens, end = ending.tokens, ending.end
    stem = tokens[-2] if len(tokens) > 1 else None
    if stem is None:
        return None
    form = tokens[-1].form
    if stem.tag in ("VCP", "VCN") and form in ("야", "어"):
        return _rewrite(sentence, ending, len(tokens) - 2, [("어요", "EF")])
    if form in ("어", "아") and not ending.question and _asks(tokens):
        return _rewrite(sentence, ending, len(tokens) - 2, [("세요", "EF")])
    return f"{sentence[:end]}요{sentence[end:]}"


def _asks(tokens: Sequence[Any]) -> bool:
    """고쳐 줘 and 떠들지 마 are requests where nobody is said to give or to stop."""
    stem = tokens[-2]
    if stem.form == "말" and stem.tag == "VX":
        return True
    return stem.form == "주" and stem.tag == "VX" and not _has_subject(tokens)


def _has_subject(tokens: Sequence[Any]) -> bool:
    return any(
        one.tag == "JKS" or (one.tag == "JX" and one.form in ("은", "는", "ᆫ")) for one in tokens
    )


def _to_polite(sentence: str, ending: Ending, said: list[Any], place: int) -> str | None:
    """해라체 and 합쇼체 to 해요체."""
    form, before = said[-1].form, said[-2]
    end = ending.end
    if form in ("시오", "ᆸ시오", "오") and before.tag == "EP" and before.form in ("시", "으시"):
        return _rewrite(sentence, ending, place, [("세요", "EF")])
    if _COMMAND.search(form) and len(said) - place == 2:
        return _rewrite(sentence, ending, place, [("세요", "EF")])
    if _EXCLAMATION.search(form):
        new = "는군요" if form == "는구나" else "군요"
        return _rewrite(sentence, ending, place, [*_endings(said, place), (new, "EF")])
    if form in ("ᆫ가", "은가") or form.endswith(("ᆯ까", "을까")):
        return f"{sentence[:end]}요{sentence[end:]}"
    if form in ("는가", "나"):
        irregular_h = said[place].form[-1] in "렇떻" and len(said) - place == 2
        new_ending = [*_endings(said, place), ("나요", "EF")]
        return None if irregular_h else _rewrite(sentence, ending, place, new_ending)
    if _STATEMENT.search(form) or _PROPOSAL.search(form) or _QUESTION.search(form):
        if before.tag == "EP" and before.form in ("시", "으시"):
            return _rewrite(sentence, ending, place, [*_endings(said, place)[:-1], ("세요", "EF")])
        return _rewrite(sentence, ending, place, [*_endings(said, place), ("어요", "EF")])
    return None


def _to_formal(sentence: str, ending: Ending, said: list[Any], place: int) -> str | None:
    """해라체, 해체 and 해요체 to 합쇼체."""
    form = said[-1].form
    bare = form.removesuffix("요")
    endings = _endings(said, place)
    if _PROMISE.search(form):
        return _rewrite(sentence, ending, place, [*endings, ("겠", "EP"), ("습니다", "EF")])
    if _PROPOSAL.search(form):
        return _rewrite(sentence, ending, place, [("ᆸ시다", "EF")])
    if form in ("세요", "으세요") or (form in ("시오", "오") and endings):
        return _honorific(sentence, ending, said, place)
    if _COMMAND.search(form) and not endings:
        return _rewrite(sentence, ending, place, [("시", "EP"), ("ᆸ시오", "EF")])
    if ending.question:
        asks = _QUESTION.search(form) or bare in ("어", "아", "에", "예", "야")
        return _rewrite(sentence, ending, place, [*endings, ("ᆸ니까", "EF")]) if asks else None
    if form in ("어", "아") and not endings and _asks([*said[: place + 1], said[-1]]):
        return _rewrite(sentence, ending, place, [("시", "EP"), ("ᆸ시오", "EF")])
    told = _STATEMENT.search(form) or _SOFT.search(form) or _EXCLAMATION.search(form)
    if not told and not _tells(sentence, said, place, bare):
        return None
    return _rewrite(sentence, ending, place, [*endings, ("ᆸ니다", "EF")])


def _tells(sentence: str, said: list[Any], place: int, bare: str) -> bool:
    """Whether 어(요) without a question mark tells something rather than urging to do it."""
    if bare not in ("어", "아", "에", "예", "야"):
        return False
    past = any(one.form.endswith(("었", "겠")) for one in said[place + 1 : -1])
    stem = said[place]
    if past or stem.tag[:2] in ("VA", "VC") or stem.tag.startswith("XSA"):
        return True
    proposed = stem.form.endswith("보") or _URGING.search(sentence)
    return not proposed and _has_subject(said)


def _honorific(sentence: str, ending: Ending, said: list[Any], place: int) -> str | None:
    """세요: asked, told of a person above, or a command."""
    stem, honorific = said[place], ("시", "EP")
    if ending.question:
        return _rewrite(sentence, ending, place, [honorific, ("ᆸ니까", "EF")])
    if any(one.form == "께서" for one in said):
        return _rewrite(sentence, ending, place, [honorific, ("ᆸ니다", "EF")])
    if stem.tag.startswith(("VV", "VX", "XSV")):
        return _rewrite(sentence, ending, place, [honorific, ("ᆸ시오", "EF")])
    return None


def _endings(said: list[Any], place: int) -> _Morphemes:
    """What stands between the stem and its last ending."""
    return [(one.form, one.tag) for one in said[place + 1 : -1]]


def _rewrite(sentence: str, ending: Ending, place: int, endings: _Morphemes) -> str | None:
    """The sentence with the stem at a place in its tokens and everything after it joined anew."""
    tokens, stem = ending.tokens, ending.tokens[place]
    if stem.tag == "VCP":
        return _rewrite_copula(sentence, ending, place, endings)
    if stem.tag == "VCN" and endings[-1][0] == "어요":
        endings = [*endings[:-1], ("에요" if len(endings) == 1 else "어요", "EF")]
    first = tokens[place + 1].start
    if len(endings) > 1 and endings[-2] == (tokens[-2].form, "EP") and endings[-2][0][-1] in "었겠":
        # After 었 and 겠 every ending is written on its own: nothing before it is touched.
        cut = next(one.start for one in reversed(tokens) if one.tag in ("EF", "EC"))
        formal = {"ᆸ니다": "습니다", "ᆸ니까": "습니까"}
        return sentence[:cut] + formal.get(endings[-1][0], endings[-1][0]) + sentence[ending.end :]
    while place and tokens[place - 1].end > tokens[place].start:
        place -= 1
    if tokens[place].tag[0] == "E" or first < tokens[place].start:
        return None
    kept = [(one.form, one.tag) for one in tokens[place : tokens.index(stem) + 1]]
    head = sentence[: tokens[place].start]
    if len(kept) == 1 and kept[0][0].endswith("하") and len(kept[0][0]) > 1:
        # Kiwi knows 하다, and not every word that is made with it: 못하다.
        head, kept = head + kept[0][0][:-1], [("하", "VV")]
    if kept[-1][0] in _HONORIFIC and endings[0][0] == "어요":
        endings = [("세요", "EF")]
        kept[-1] = (kept[-1][0][:-1], kept[-1][1])
    joined: str = kiwi().join([*kept, *endings])
    return head + joined + sentence[ending.end :]


_COPULA = {"ᆸ니다": "입니다", "ᆸ니까": "입니까", "나요": "인가요", "군요": "이군요"}


def _rewrite_copula(sentence: str, ending: Ending, place: int, endings: _Morphemes) -> str | None:
    """이다: 사실이에요, 나무예요, 거예요; with 었 only what follows it changes."""
    tokens = ending.tokens
    last = endings[-1][0]
    if len(endings) > 1:
        if endings[-2][0] not in ("었", "였") or tokens[-2].tag != "EP":
            return None
        formal = {"ᆸ니다": "습니다", "ᆸ니까": "습니까"}.get(last, last)
        return sentence[: tokens[-1].start] + formal + sentence[ending.end :]
    if last != "어요" and last not in _COPULA:
        return None
    start = tokens[place].start
    head, noun = sentence[:start], tokens[place - 1] if place else None
    if noun is not None and noun.tag[0] == "N" and noun.form in ("것", "거"):
        head = sentence[: noun.start] + ("거" if last == "어요" else "것")
        return head + ("예요" if last == "어요" else _COPULA[last]) + sentence[ending.end :]
    if noun is not None and noun.end > start:
        return None
    if last == "어요":
        written = "이에요" if tokens[place].end > start else "예요"
        return head + (particle(head, "이에요") or written) + sentence[ending.end :]
    return head + _COPULA[last] + sentence[ending.end :]
