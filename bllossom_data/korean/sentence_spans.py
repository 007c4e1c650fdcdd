"""Where the sentences of a Korean text begin and end.

A sentence that ends in a predicate and a mark (합니다. 할까요?) ends there for every reader, and
needs no analysis. Kiwi is asked where letters leave a doubt: endings without a mark, emoticons,
marks after other words, sentences in quotation marks or brackets.
"""

import re
from itertools import groupby

from bllossom_data.korean.morphemes import morphemes

__all__ = ["sentence_spans"]

_END = re.compile(r"(?<=[가-힣])[가-힣◌]+[*_]{0,3}(?:\.|[!?]+)[*_]{0,3}(?=\s|$)")
_MARKS = re.compile(r"[.!?]+")
# Between digits or Latin letters a dot ends nothing: 3.5, e.g, config.toml.
_INNER_DOT = re.compile(r"(?<=\d)\.(?=\d)|(?<=[A-Za-z])\.(?=[A-Za-z])")
_GROUP = re.compile(
    r"\"[^\"\n]*\"|“[^”\n]*”|‘[^’\n]*’|(?<![A-Za-z])'[^'\n]*'|\([^()\n]*\)|\[[^\[\]\n]*\]"
    r"|「[^」\n]*」|『[^』\n]*』|`[^`\n]*`"
)
_GROUP_LETTER = "◌"
# Endings that may close a sentence without its mark; 보다, 마다 and 다 (all) close none.
_OPEN_END = re.compile(r"(?<=[^\s보마])[다요죠네까][*_]{0,3}(?=[\s:;])")
_DOUBTFUL = re.compile(
    r"[ㄱ-ㅎㅏ-ㅣ·。！？…~\"“”‘’()\[\]「」『』`\u2600-\u27bf\U0001f000-\U0001faff]|\n\s*\n"
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Start and end of each sentence of a text, white space around it left out.

    Raises:
        MissingPackageError: kiwipiepy is not installed.
    """
    plain = _plain_spans(text)
    return _read_by_kiwi(text) if plain is None else plain


def _plain_spans(text: str) -> list[tuple[int, int]] | None:
    """The sentences where every end of one is a predicate and a mark; None where one is not."""
    groups = [match[0] for match in _GROUP.finditer(text)]
    if any(_MARKS.search(_INNER_DOT.sub("", group)) for group in groups):
        return None
    said = _GROUP.sub(lambda match: _GROUP_LETTER * len(match[0]), text)
    said = _INNER_DOT.sub(_GROUP_LETTER, said)
    if _DOUBTFUL.search(said) or _OPEN_END.search(said):
        return None
    ends = [match.end() for match in _END.finditer(said)]
    if len(ends) != len(_MARKS.findall(said)):
        return None
    bounds = zip([0, *ends], [*ends, len(text)], strict=True)
    return [_stripped(text, start, end) for start, end in bounds if text[start:end].strip()]


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    said = text[start:end]
    return end - len(said.lstrip()), start + len(said.rstrip())


def _read_by_kiwi(text: str) -> list[tuple[int, int]]:
    spans = []
    for _, group in groupby(morphemes(text), key=lambda one: one.sent_position):
        tokens = list(group)
        spans.append((tokens[0].start, tokens[-1].end))
    return spans
