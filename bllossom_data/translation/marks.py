"""Marks of Markdown that a translation shows to its reader, and bold text that it lost."""

import re
from collections import Counter
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from bllossom_data.examples import Finding
from bllossom_data.translation.blocks import Content, prose_blocks

__all__ = ["mark_findings"]

EXCERPT_CHARS = 20
_MARK = re.compile(r"\*+|~~+|`+")
_STRONG_TAG = re.compile(r"<(?:strong|b)(?:\s[^<>]*)?>", re.IGNORECASE)


class _Rendered:
    """What becomes of the marks of a text: shown as they are, or bold and struck out.

    Attributes:
        literal: how often each mark is shown, longer runs of asterisks as two.
        excerpts: the first text around each mark that is shown.
        n_strong: number of stretches in bold.
        n_struck: number of stretches struck out.
    """

    def __init__(self, markdown: str) -> None:
        self.literal: Counter[str] = Counter()
        self.excerpts: dict[str, str] = {}
        self.n_strong = self.n_struck = 0
        blocks, env = prose_blocks(markdown)
        for block in blocks:
            if block.is_literal:
                continue
            (inline,) = _reader().parseInline(Content(markdown, block).text, env)
            children = inline.children or ()
            shown = "".join(one.content or " " * (one.type == "softbreak") for one in children)
            place = 0
            for token in children:
                self._count(token, shown, place)
                place += len(token.content) or token.type == "softbreak"

    def _count(self, token: Token, shown: str, place: int) -> None:
        is_tag = token.type == "html_inline" and _STRONG_TAG.fullmatch(token.content)
        self.n_strong += token.type == "strong_open" or bool(is_tag)
        self.n_struck += token.type == "s_open"
        for found in _MARK.finditer(token.content) if token.type == "text" else ():
            mark = "`" if found[0][0] == "`" else found[0][:2]
            self.literal[mark] += 1
            start = max(0, place + found.start() - EXCERPT_CHARS // 2)
            excerpt = shown[start : place + found.end() + EXCERPT_CHARS]
            self.excerpts.setdefault(mark, " ".join(excerpt.split()))


@cache
def _reader() -> MarkdownIt:
    # Joined to its neighbours, an escaped mark could not be told from one that failed.
    return MarkdownIt("commonmark").enable("strikethrough").disable("text_join")


def mark_findings(source: str, korean: str, turn: int) -> list[Finding]:
    """What the emphasis of a translated message lost: marks left in its text, fewer words in bold.

    A mark counts as left over only where the English shows none of its kind: asterisks may also
    multiply, and waves draw a word out in Korean.

    Args:
        source: the English message, Markdown.
        korean: its translation, Markdown.
        turn: number of the message, from 0.

    Returns:
        An error for each kind of mark that is shown, a warning where the bold text differs.
    """
    if not _MARK.search(source + korean) and "<" not in source:
        return []
    before, after = _Rendered(source), _Rendered(korean)
    findings = [
        Finding(
            "structure",
            "error",
            f"서식 기호 {mark}가 서식이 되지 않고 글자로 보입니다(원문에는 없음): "
            f"‘{after.excerpts[mark]}’. 여닫는 기호의 짝과 자리를 확인하세요.",
            turn,
        )
        for mark in after.literal
        if not before.literal[mark] and (mark != "~~" or before.n_struck)
    ]
    if before.n_strong != after.n_strong:
        said = (
            f"굵은 글씨의 수가 다릅니다(원문 {before.n_strong}곳, 번역 {after.n_strong}곳). "
            "강조가 빠지거나 더해지지 않았는지 확인하세요."
        )
        findings.append(Finding("structure", "warning", said, turn))
    return findings
