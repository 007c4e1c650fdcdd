"""The ending of a Korean sentence: its last predicate as Kiwi reads it, and its speech level.

An ending has the level that dictionaries give it. 하오체 and 하게체, which survive in written
directions and questions (답하시오, 무엇인가), are counted with 해라체: neither is polite, and both
are written where 해라체 is.
"""

import re
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from bllossom_data.korean.morphemes import morphemes
from bllossom_data.korean.prose import masked

__all__ = ["Ending", "SpeechLevel", "last_ending", "level_of"]

SpeechLevel: TypeAlias = Literal["합쇼체", "해요체", "해체", "해라체", "명사형", "없음"]

_FORMAL = re.compile(r"(?:[ᆸ습십답랍](?:니다|니까|디다|디까)|[ᆸ읍](?:시오|시다))(?:만)?$")
_PLAIN = re.compile(
    r"(?:다|라|자|[느으]?냐|니|[ᆫ은는던]가|나|구나|로구나|렴|려무나|도다|로다|으?랴|쏘냐|리라|노라|"
    r"오|소|시오|구려|마|세)$"
)
# 해체 endings that look like those above.
_INTIMATE = re.compile(r"(?:[다라자냐]고|[ᆫ는]?대|거든|ᆫ다니까|더라)$")
_FORMAL_LETTERS = re.compile(r"(?:습니[다까]|십시오|[합됩입갑봅줍립십]니[다까])$")
_PLAINLY_FORMAL = re.compile(r"(?:습|[합됩입갑봅줍립십])니[다까]$")
_POLITE_LETTERS = re.compile(r"[가-힣](?:세|해|어|아|여|에|예|네|군|죠|까|나|워|와|봐|줘|돼)요$")
_CLOSED = re.compile(r"[*_`)\"'”’」]*[.!?…。！？]")
_NOT_SAID = re.compile(
    r"(?:[\s.!?…,:;~^*_`)\]}\"'”’」』》〉>。！？ㅋㅎㅠㅜ·-]"
    r"|[\u2600-\u27bf\u2b50\ufe0f\u200d\U0001f000-\U0001faff]|:\(|;\()+$"
)
_ASIDE = re.compile(r"[(\[][^()\[\]\n]*[)\]][\s.!?…,:;*_]*$")
_INSERTED = re.compile(r"(?:\"[^\"\n]*\"|“[^”\n]*”|'[^'\n]*'|‘[^’\n]*’|「[^」\n]*」)(?=[가-힣])")


@dataclass(frozen=True, slots=True)
class Ending:
    """How a sentence ends.

    Attributes:
        tokens: Kiwi's tokens of the sentence up to `end`, marks at its end left out.
        end: one past the last character that is said; marks, emoji and asides follow.
        question: whether a question mark follows.
        level: its speech level.
    """

    tokens: tuple[Any, ...]
    end: int
    question: bool
    level: SpeechLevel


def level_of(sentence: str) -> SpeechLevel:
    """The speech level of one sentence, by its last ending; 없음 where it has no predicate."""
    end = _said_end(sentence)
    seen = _seen(sentence)[:end]
    # Kiwi says the same of these letters, and most sentences of an answer end in them.
    if _PLAINLY_FORMAL.search(seen):
        return "합쇼체"
    return "해요체" if _POLITE_LETTERS.search(seen) else last_ending(sentence).level


def _seen(sentence: str) -> str:
    """The sentence at its full length, with quotations and code inside it as letters X."""
    return _INSERTED.sub(lambda match: "X" * len(match[0]), masked(sentence))


def last_ending(sentence: str) -> Ending:
    """What a sentence ends in. Quotations and code inside it are words without a say."""
    end = _said_end(sentence)
    seen = _seen(sentence)[:end]
    question = "?" in sentence[end:] or "？" in sentence[end:]
    tokens = list(morphemes(seen + ("?" if question else ".")))
    while tokens and tokens[-1].start >= end:
        tokens.pop()
    level = _level(tokens)
    open_clause = tokens and (tokens[-1].tag == "EC" or tokens[-1].form.endswith("면"))
    if open_clause and level == "해체" and not _CLOSED.match(sentence, end):
        level = "없음"  # a clause that something else goes on after
    return Ending(tuple(tokens), end, question, _surface_level(seen) if level == "없음" else level)


def _surface_level(said: str) -> SpeechLevel:
    """What the letters show where Kiwi sees no ending, as in verbs that it does not know."""
    if _FORMAL_LETTERS.search(said):
        return "합쇼체"
    return "해요체" if _POLITE_LETTERS.search(said) else "없음"


def _said_end(sentence: str) -> int:
    end = len(sentence)
    while True:
        text = sentence[:end]
        cut = _ASIDE.search(text)
        end = cut.start() if cut and text[: cut.start()].strip() else end
        end = len(_NOT_SAID.sub("", sentence[:end]))
        if end == len(text):
            return end


def _level(tokens: list[Any]) -> SpeechLevel:
    if not tokens:
        return "없음"
    last = tokens[-1]
    form, tag = last.form, last.tag
    if form == "요" and tag == "JX" and len(tokens) > 1 and tokens[-2].tag[0] in "EM":
        return "해요체"
    if tag == "JX" and len(tokens) > 1 and tokens[-2].tag[0] == "E":
        form, tag = tokens[-2].form + form, tokens[-2].tag
    if (
        tag == "ETN"
        or (tag == "EF" and form in ("음", "ᆷ", "기"))
        or (form == "것" and len(tokens) > 1 and tokens[-2].tag == "ETM")
    ):
        return "명사형"
    if tag not in ("EF", "EC"):
        return "없음"
    if form.endswith(("요", "죠")):
        return "해요체"
    if _FORMAL.search(form):
        return "합쇼체"
    if _PLAIN.search(form) and not _INTIMATE.search(form):
        return "해라체"
    return "해체"
