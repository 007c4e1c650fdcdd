"""Markdown as HTML that cannot act: no tags of its own, no pictures from elsewhere, no scripts."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token

_ADDRESS = re.compile(r"^(?:https?://|mailto:)", re.IGNORECASE)


class _Renderer(RendererHTML):
    """Links say that they lead away; pictures are links, since to load one tells who reads."""

    def link_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        tokens[index].attrSet("rel", "noopener noreferrer nofollow")
        return self.renderToken(tokens, index, options, env)

    def image(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        token = tokens[index]
        words = self.renderInlineAsText(token.children or [], options, env) or "image"
        link = Token("link_open", "a", 1, attrs={"href": token.attrs.get("src", "")})
        text = Token("text", "", 0, content=f"[{words}]")
        return self.render([_inline([link, text, Token("link_close", "a", -1)])], options, env)

    def td_open(self, tokens: Sequence[Token], index: int, options: Any, env: Any) -> str:
        # Alignment comes as a style, which the page's policy forbids.
        tokens[index].attrs.pop("style", None)
        return self.renderToken(tokens, index, options, env)

    th_open = td_open


def _inline(children: list[Token]) -> Token:
    return Token("inline", "", 0, children=children)


def _leads_elsewhere(url: str) -> bool:
    return bool(_ADDRESS.match(url.strip()))


@lru_cache(maxsize=1)
def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}, renderer_cls=_Renderer).enable("table")
    reader.enable("strikethrough")
    # The library's own hook for it is an attribute.
    setattr(reader, "validateLink", _leads_elsewhere)  # noqa: B010
    return reader


@lru_cache(maxsize=512)
def markdown_html(text: str) -> SafeString:
    """Markdown as HTML for a page with a strict content policy.

    Args:
        text: Markdown that anybody may have written; HTML in it is shown as text, addresses other
            than http, https and mailto are left as text. Headings are paragraphs that look
            like headings: they are not part of the page's own outline.
    """
    tokens = _reader().parse(text)
    for token in tokens:
        if token.type == "heading_open":
            token.attrJoin("class", f"heading {token.tag}")
        if token.type in ("heading_open", "heading_close"):
            token.tag = "p"
    return mark_safe(_reader().renderer.render(tokens, _reader().options, {}))
