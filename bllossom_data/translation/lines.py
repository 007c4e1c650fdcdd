"""Which line breaks of a paragraph mean something, and what counts as prose."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, TypeAlias

__all__ = ["Break", "is_prose", "line_breaks", "sentence_starts"]

Break: TypeAlias = Literal["wrap", "verse", "end"]
"""A break where a long line was folded, one that belongs to the text, one between two texts."""

MIN_FOLD_CHARS = 60
MAX_FOLD_CHARS = 130
FOLDED_SHARE = 0.7
_TERMINAL = re.compile(r"[.!?:…][\"'”’)\]*_~`⟧]*$")
_BULLET = re.compile(r"[•·▪◦‣●○■►▶✓✔★☆→]|[–—-]\s|\(?(?:\d{1,3}|[A-Za-z])[.)](?=\s)")
_LABEL = re.compile(r"(?:\*\*[^*\n]{1,60}\*\*|[A-Z][\w'’.-]*(?: [\w'’.-]+){0,3}):\**(?:\s|$)")
_SENTENCE_START = re.compile(
    r"(?<=[.!?])[\"'”’)\]*_]*\s+(?=[\"'“‘(\[*_]*[^\W\d_a-z])|(?<=[.!?])[\"'”’)\]*_]*\n"
)
_ABBREVIATION = re.compile(r"\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|No|Fig|Inc|Jr|Sr|[A-Z]|e\.g|i\.e)\.$")
_FUNCTION_WORD = re.compile(
    "a|about|all|an|and|are|as|at|be|been|but|by|can|do|for|from|had|has|have|he|her|his|how|i|if|in"
    "|is|it|its|me|my|no|not|of|on|one|or|our|out|she|so|that|the|their|them|there|they|this|to|up"
    "|was|we|were|what|when|which|who|will|with|would|you|your"
)
_CODE_MARK = re.compile(r"[{}<>=\\|^~$#@;_\[\]]|\(\)|\+\+|&&|//|::|->")
_CODE_LINE = re.compile(
    r"\s*(?:[$>%#]\s|(?:def|class|import|from|return|function|var|let|const|public|private|void|int"
    r"|SELECT|INSERT|UPDATE|DELETE|if|for|while|print|echo|sudo|git|pip|npm)\b.*[(){};:=])"
    r"|.*[;{}]\s*$|.*\b\w*(?:Error|Exception)\b|/\w+/"
)


def _was_folded(line: str, following: str, width: int) -> bool:
    first_word = following.split(maxsplit=1)[0] if following.strip() else ""
    return len(line) + 1 + len(first_word) > width


def line_breaks(lines: Sequence[str]) -> list[Break]:
    """What each break between the lines of one block is.

    A break is folding where the next word would not have fitted into the widest line any more, as
    an editor folds at a column. Other breaks belong to the text: verses, addresses, steps. They
    part two texts where a line is a paragraph by itself, where an item begins, and where most lines
    end as sentences do.
    """
    width = max(map(len, lines), default=0)
    pairs = list(pairwise(lines))
    folded = [_was_folded(line, following, width) for line, following in pairs]
    is_folding = MIN_FOLD_CHARS <= width <= MAX_FOLD_CHARS
    if is_folding and sum(folded) >= FOLDED_SHARE * len(folded):
        return ["end" if _BULLET.match(following) else "wrap" for _, following in pairs]
    ends = [_TERMINAL.search(line) is not None for line, _ in pairs]
    mostly_sentences = sum(ends) >= 0.5 * len(ends)
    return [
        "end" if _parts(line, following, ending and mostly_sentences) else "verse"
        for (line, following), ending in zip(pairs, ends, strict=True)
    ]


def _parts(line: str, following: str, ends_sentence: bool) -> bool:
    if _BULLET.match(following) or _LABEL.match(following):
        return True
    goes_on = following[:1].islower() and not _TERMINAL.search(line)
    is_long = max(len(line), len(following)) > MAX_FOLD_CHARS
    return ends_sentence or (is_long and not goes_on)


def sentence_starts(text: str) -> list[int]:
    """Places in a text where a sentence begins after another one."""
    return [
        found.end()
        for found in _SENTENCE_START.finditer(text)
        if not _ABBREVIATION.search(text, max(0, found.start() - 8), found.start())
    ]


def is_prose(text: str) -> bool:
    """Whether a block of code holds English prose instead.

    Function words make up a third of English prose and next to nothing of code; what code is
    written with is rare in prose.
    """
    words = [word.strip(".,;:!?\"'()*-").lower() for word in text.split()]
    words = [word for word in words if word]
    if len(words) < 6:
        return False
    lines = [line for line in text.splitlines() if line.strip()]
    code_lines = sum(_CODE_LINE.match(line) is not None for line in lines)
    function_words = sum(_FUNCTION_WORD.fullmatch(word) is not None for word in words)
    marks = len(_CODE_MARK.findall(text))
    wanted = 0.15 if not marks and len(words) >= 20 else 0.22
    return (
        function_words >= wanted * len(words)
        and marks <= 0.04 * len(words)
        and code_lines <= 0.1 * len(lines)
    )
