"""Which characters of a piece of Markdown prose must not be translated.

markdown-it gives its inline tokens no places, so its inline rules run here under a loop that notes
where each of them began and ended.
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from typing import Any, NamedTuple

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from bllossom_data.translation.patterns import Span, merged, plain_spans

__all__ = ["InlineScanner", "has_letters", "protected_spans"]

_WHOLE = frozenset(
    ("code_inline", "html_inline", "footnote_ref", "math_inline", "hardbreak", "text_special")
)
_VERBATIM_ELEMENT = re.compile(r"<(code|kbd|samp|var|tt|script|style|pre|svg|math)\b", re.ASCII)
_TAG_OF_WORDS = re.compile(r"<([A-Za-z]+)(?: [A-Za-z']+)+>")
_TAKES_BARE_ATTRIBUTES = re.compile(
    "a|audio|button|details|dialog|fieldset|form|iframe|img|input|link|object|ol|option|script|select"
    "|style|textarea|track|video",
    re.IGNORECASE,
)


class _Found(NamedTuple):
    kind: str
    start: int
    end: int
    label_end: int


class InlineScanner(ParserInline):
    """markdown-it's inline parser, noting the place of all that it recognises.

    The notes are in `env["found"]`, so that one parser serves several threads.
    """

    def parse(self, src: str, md: MarkdownIt, env: Any, tokens: list[Token]) -> list[Token]:
        """Passes over the text of an image: its places would be those of another text."""
        return tokens

    def tokenize(self, state: StateInline) -> None:
        """Applies the rules from `state.pos` to `state.posMax`; called by them for link labels."""
        found, label_ends = state.env["found"], state.env["label_ends"]
        label_ends[state.pos] = state.posMax
        rules = self.ruler.getRules("")
        while state.pos < state.posMax:
            start, n_tokens = state.pos, len(state.tokens)
            if state.level >= state.md.options["maxNesting"] or not any(
                rule(state, False) for rule in rules
            ):
                state.pending += state.src[state.pos]
                state.pos += 1
                continue
            made = next((one for one in state.tokens[n_tokens:] if one.type != "text"), None)
            if made is None:
                continue
            if made.type in _WHOLE or made.info == "auto":
                found.append(_Found(made.type, start, state.pos, start))
            elif made.type == "link_open":
                found.append(_Found("link", start, state.pos, label_ends[start + 1]))
            elif made.type == "image":
                label_end = state.md.helpers.parseLinkLabel(state, start + 1, False)
                found.append(_Found("image", start, state.pos, label_end))
        if state.pending:
            state.pushPending()


def _scan(content: str, md: MarkdownIt, env: dict[str, Any]) -> list[_Found]:
    scope = {**env, "found": [], "label_ends": {}}
    state = StateInline(content, md, scope, [])
    md.inline.tokenize(state)
    found: list[_Found] = scope["found"]
    return found


def has_letters(text: str, protected: Sequence[Span], start: int, end: int) -> bool:
    """Whether a stretch of a text holds letters that are not protected."""
    at = start
    first = max(0, bisect_left(protected, (start,)) - 1)
    for span in protected[first : bisect_left(protected, (end,))]:
        if any(map(str.isalpha, text[at : span.start])):
            return True
        at = max(at, span.end)
    return any(map(str.isalpha, text[at:end]))


def protected_spans(content: str, md: MarkdownIt, env: dict[str, Any]) -> list[Span]:
    """Spans that a translator must hand back as they are, in order, apart from each other.

    Code, addresses of links and images, autolinks, tags, maths, footnote marks, escapes and
    entities by Markdown's rules; what `plain_spans` knows besides. The text of a link is not among
    them, unless it is needed to find the address (``[text]`` of a reference) or holds nothing else.

    Args:
        content: inline content of one block: lines joined by line feeds, without container marks.
        md: a parser whose `inline` is an `InlineScanner`.
        env: the environment of the block parse, with the references of the whole text.
    """
    found = _scan(content.replace("\0", "\ufffd"), md, env)
    spans = plain_spans(content)
    spans += [Span(one.start, one.end) for one in found if _is_protected(one, content)]
    spans = merged([*spans, *_verbatim_elements(content, found)])
    links = [one for one in found if one.kind in ("link", "image")]
    tails = [_link_span(content, one, spans) for one in links]
    return merged([*spans, *tails])


def _is_protected(one: _Found, content: str) -> bool:
    if one.kind != "html_inline":
        return one.kind not in ("link", "image")
    # "<your name>" is a blank to fill in, not a tag.
    words = _TAG_OF_WORDS.fullmatch(content, one.start, one.end)
    return words is None or bool(_TAKES_BARE_ATTRIBUTES.fullmatch(words[1]))


def _verbatim_elements(content: str, found: Sequence[_Found]) -> list[Span]:
    """Elements such as ``<code>…</code>``, with all that is in them."""
    elements: list[Span] = []
    done = 0
    for one in found:
        if one.kind != "html_inline" or one.start < done:
            continue
        name = _VERBATIM_ELEMENT.match(content, one.start, one.end)
        if name is None:
            continue
        closing = content.find(f"</{name[1]}>", one.end)
        if closing >= 0:
            done = closing + len(name[1]) + 3
            elements.append(Span(one.start, done))
    return elements


def _link_span(content: str, link: _Found, protected: Sequence[Span]) -> Span:
    """What of a link or image is protected: its address, or all of it."""
    label_start = link.start + (2 if link.kind == "image" else 1)
    after = content[link.label_end : link.end]
    if not has_letters(content, protected, label_start, link.label_end) or after in ("]", "][]"):
        return Span(link.start, link.end)
    if after.startswith("]("):
        return Span(link.label_end + 2, link.end - 1)
    return Span(link.label_end + 1, link.end)
