"""Emphasis that Korean breaks: found on the parsed text, repaired with the least change.

CommonMark does not close ``**`` between a punctuation mark and a letter, nor ``_`` before a letter.
Korean particles follow without a blank, so that ``**북한산(836m)**은`` shows its asterisks.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bllossom_data.translation.blocks import Content, prose_blocks
from bllossom_data.translation.grammar import PARSER
from bllossom_data.translation.inline import protected_spans
from bllossom_data.translation.patterns import Span

__all__ = ["repair_emphasis"]

_MARKED = re.compile(
    r"(?<!\*)(?P<stars>\*{1,3})(?!\*)(?P<starred>[^*]+(?:(?<!\*)\*(?!\*)[^*]+\*[^*]*)*?)"
    r"(?P=stars)(?!\*)"
    r"|(?<![A-Za-z0-9_])(?P<bars>_{1,3})(?![_\s])(?P<barred>[^_]*[^_\s])(?P=bars)(?![A-Za-z0-9_])"
)
_TAG = re.compile(r"<(/?)(strong|b|em|i)(?:\s[^<>]*)?>", re.IGNORECASE)
_QUOTES = {"'": "'", '"': '"', "‘": "’", "“": "”", "「": "」", "『": "』", "《": "》", "〈": "〉"}
_BRACKETS_AFTER = re.compile(r"\s*(?:\([^()]*\)|\[[^\[\]]*\])$")
_BRACKETS_BEFORE = re.compile(r"(?:\([^()]*\)|\[[^\[\]]*\])\s*")
_STOPS_AFTER = re.compile(r"[.,!?:;…。]+$")
_MASK = "\ue000"


class _Point(NamedTuple):
    """Characters [start, end) of a block's content become `text`."""

    start: int
    end: int
    text: str


class _Marked(NamedTuple):
    """What stands between two equal marks."""

    mark: str
    start: int
    inner: Span
    end: int


Emphasis = tuple[str, str]
"""Kind (`strong` or `em`) and plain text of something that is rendered with emphasis."""


@cache
def _reader() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("strikethrough")


def _emphases(content: str, env: dict[str, Any]) -> list[Emphasis]:
    """All that is rendered with emphasis, by marks or by tags."""
    (inline,) = _reader().parseInline(content, env)
    opened: list[tuple[str, list[str]]] = []
    closed: list[Emphasis] = []
    for token in inline.children or ():
        kind, nesting = _emphasis_of(token)
        if nesting > 0:
            opened.append((kind, []))
        elif nesting < 0 and opened:
            name, texts = opened.pop()
            closed.append((name, "".join(texts)))
        elif not nesting:
            shown = "\n" if token.type in ("softbreak", "hardbreak") else token.content
            for _, texts in opened:
                texts.append(shown)
    return closed


def _emphasis_of(token: Token) -> tuple[str, int]:
    if token.type in ("strong_open", "strong_close", "em_open", "em_close"):
        return token.tag, token.nesting
    tag = _TAG.fullmatch(token.content) if token.type == "html_inline" else None
    if tag is None:
        return "", 0
    kind = "strong" if tag[2].lower() in ("strong", "b") else "em"
    return kind, -1 if tag[1] else 1


def _plain_text(content: str, env: dict[str, Any]) -> str:
    (inline,) = _reader().parseInline(content, env)
    return "".join(
        "\n" if token.type in ("softbreak", "hardbreak") else token.content
        for token in inline.children or ()
        if token.type != "html_inline"
    )


def repair_emphasis(source: str, korean: str) -> tuple[str, tuple[str, ...]]:
    """Makes the emphasis of a Korean translation show that its marks do not bring about.

    What stands between unrendered marks is emphasised by the first of these that, parsed again,
    shows it and changes nothing else: blanks out of the marks, ``*`` for ``_``, quotes, brackets or
    stops out of the marks, ``<strong>`` and ``<em>``. Code, maths and addresses are not touched. No
    more is repaired than the source has: asterisks that mean something else stay.

    Args:
        source: the English text, Markdown.
        korean: its translation, Markdown.

    Returns:
        The translation, and for each repair a note in Korean: what was written and what is now.
    """
    expected = sum(_look(content.text, env).n_shown for content, env in _prose(source))
    notes: list[str] = []
    while len(notes) < expected and any(mark in korean for mark in "*_"):
        looks = [(content, env, _look(content.text, env)) for content, env in _prose(korean)]
        if sum(look.n_shown for _, _, look in looks) >= expected:
            break
        repair = next(
            (
                _spliced(korean, content, marked, points)
                for content, env, look in looks
                for marked in look.broken
                if (points := _best(content.text, marked, env)) is not None
            ),
            None,
        )
        if repair is None:
            break
        korean, note = repair
        notes.append(note)
    return korean, tuple(notes)


def _prose(text: str) -> Iterator[tuple[Content, dict[str, Any]]]:
    blocks, env = prose_blocks(text)
    return ((Content(text, block), env) for block in blocks if not block.is_literal)


class _Look(NamedTuple):
    n_shown: int
    broken: list[_Marked]


def _look(content: str, env: dict[str, Any]) -> _Look:
    """What is meant to be emphasised, and whether just that is."""
    shown = Counter(_emphases(content, env))
    n_shown, broken = len(_TAG.findall(content)) // 2, []
    for marked in _marked(content, env):
        plain = _plain_text(content[slice(*marked.inner)], env)
        wanted = [(kind, plain) for kind in _kinds(marked.mark)]
        if all(shown[one] > 0 for one in wanted):
            shown.subtract(wanted)
            n_shown += len(wanted)
        else:
            broken.append(marked)
    return _Look(n_shown, broken)


def _kinds(mark: str) -> tuple[str, ...]:
    return (("em",), ("strong",), ("strong", "em"))[len(mark) - 1]


def _marked(content: str, env: dict[str, Any]) -> list[_Marked]:
    masked = content
    for start, end in protected_spans(content, PARSER, env):
        masked = masked[:start] + _MASK * (end - start) + masked[end:]
    return [
        _Marked(
            found["stars"] or found["bars"],
            found.start(),
            Span(*found.span("starred" if found["stars"] else "barred")),
            found.end(),
        )
        for found in _MARKED.finditer(masked)
        if _is_emphasis(found)
    ]


def _is_emphasis(found: re.Match[str]) -> bool:
    if found["bars"]:
        # Names such as __init__ are written so.
        return found["bars"] != "__" or not found["barred"].isascii()
    is_product = found["stars"] == "*" and found["starred"][0].isspace()
    return bool(found["starred"].strip()) and not is_product


def _best(content: str, marked: _Marked, env: dict[str, Any]) -> list[_Point] | None:
    """The first way of writing that shows this emphasis and leaves the others."""
    unmarked = _applied(content, [_Point(marked.start, marked.inner.start, ""), *_no_close(marked)])
    text = _plain_text(unmarked, env)
    before = Counter(_emphases(unmarked, env))
    n_before = len(_emphases(content, env))
    for points, emphasised in _ways(content, marked):
        made = _applied(content, points)
        plain = _plain_text(emphasised, env)
        gained = Counter((kind, plain) for kind in _kinds(marked.mark))
        after = Counter(_emphases(made, env))
        if (
            n_before <= after.total()
            and after == before + gained
            and _plain_text(made, env) == text
        ):
            return points
    return None


def _no_close(marked: _Marked) -> list[_Point]:
    return [_Point(marked.inner.end, marked.end, "")]


def _ways(content: str, marked: _Marked) -> Iterator[tuple[list[_Point], str]]:
    """Ways of writing an emphasis, with what each emphasises, the gentlest first."""
    inner = content[slice(*marked.inner)]
    stars = "*" * len(marked.mark)
    left = marked.inner.start + len(inner) - len(inner.lstrip())
    right = marked.inner.end - (len(inner) - len(inner.rstrip()))
    spans = [Span(left, right)]
    spans += [span for span in _narrower(content, Span(left, right)) if span.start < span.end]
    for span in spans:
        yield _moved(marked, span, stars, stars), content[slice(*span)]
    opening = "".join(f"<{kind}>" for kind in _kinds(marked.mark))
    closing = "".join(f"</{kind}>" for kind in reversed(_kinds(marked.mark)))
    yield _moved(marked, spans[0], opening, closing), content[slice(*spans[0])]


def _narrower(content: str, whole: Span) -> Iterator[Span]:
    """Parts of what is emphasised that keep its meaning: without what encloses or follows it."""
    text = content[slice(*whole)]
    closing = _QUOTES.get(text[0])
    if len(text) > 2 and text[-1] == closing and closing not in text[1:-1]:
        yield Span(whole.start + 1, whole.end - 1)
    start, end = whole
    for pattern in (_STOPS_AFTER, _BRACKETS_AFTER, _STOPS_AFTER):
        found = pattern.search(content[start:end])
        if found is not None and found.start():
            end = start + found.start()
            yield Span(start, end)
    before = _BRACKETS_BEFORE.match(text)
    if before is not None and before.end() < len(text):
        yield Span(whole.start + before.end(), whole.end)
    if text[0] == "(" and text[-1] == ")" and len(text) > 2 and "(" not in text[1:]:
        yield Span(whole.start + 1, whole.end - 1)


def _moved(marked: _Marked, span: Span, opening: str, closing: str) -> list[_Point]:
    points = [_Point(marked.start, marked.inner.start, ""), _Point(span.start, span.start, opening)]
    points += [_Point(span.end, span.end, closing), _Point(marked.inner.end, marked.end, "")]
    return points


def _applied(content: str, points: Sequence[_Point]) -> str:
    pieces: list[str] = []
    done = 0
    for start, end, text in points:
        pieces += [content[done:start], text]
        done = end
    return "".join([*pieces, content[done:]])


def _spliced(
    korean: str, content: Content, marked: _Marked, points: Sequence[_Point]
) -> tuple[str, str]:
    """The whole text with the repair, and the note about it."""
    start, end = content.place(marked.start), content.place(marked.end)
    places = [_Point(content.place(one.start), content.place(one.end), one.text) for one in points]
    made = _applied(korean, places)
    now = made[start : end + len(made) - len(korean)]
    return made, f"보이지 않던 강조를 고쳤습니다: {korean[start:end]} → {now}"
