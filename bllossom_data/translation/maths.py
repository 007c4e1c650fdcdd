r"""Maths in Markdown: ``$…$``, ``$$…$$``, ``\(…\)``, ``\[…\]`` and LaTeX environments.

The plugins at hand know dollars only by their place (so that "$5 and $10" is maths, or nothing that
begins with a digit is), and brackets not at all inside quotes and lists. Here the content decides.
"""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.rules_inline import StateInline

__all__ = ["formulas", "is_maths", "maths_plugin"]

MAX_FORMULA_CHARS = 4_000
_OPENING = re.compile(r"\$\$?|\\\(|\\\[|\\begin\{([A-Za-z]+\*?)\}")
_OPENING_OR_ESCAPE = re.compile(rf"{_OPENING.pattern}|\\.", re.DOTALL)
_DOLLARS = re.compile(r"\$((?:[^$\\`]|\\.)+)\$(?!\d)", re.DOTALL)
_COMMAND = re.compile(r"\\(?:text\w*|math\w+|operatorname|mbox|hbox)\*?\s*\{[^{}]*\}|\\[A-Za-z]+")
# Names of points and sets are capitals: "ABC" is no word.
_WORD = re.compile(r"(?=[A-Z]*[^\W\d_A-Z])[^\W\d_]{3,}")
_FUNCTIONS = {"sin", "cos", "tan", "log", "lim", "max", "min", "mod", "gcd", "det", "exp", "inf"}
# A line that would end a paragraph, or turn it into a heading, were the formula not one piece.
_BREAKS_PARAGRAPH = re.compile(r"[-+*#>=|`<~]|\d+[.)]")


def is_maths(content: str, *, explicit: bool = False) -> bool:
    """Whether what stands between maths delimiters is maths, not prose between two prices.

    Args:
        content: the text between the delimiters.
        explicit: the delimiters have no other use (LaTeX's own, doubled dollars).
    """
    if not content.strip() or "`" in content:
        return False
    words = [word for word in _WORD.findall(_COMMAND.sub(" ", content)) if word not in _FUNCTIONS]
    share = sum(map(len, words)) / len(content)
    if re.search(r"[\\^_{}]", content) or (explicit and re.search(r"[=+*/<>\d-]", content)):
        return len(words) <= 3 or share < 0.5
    if words:
        return False
    if explicit:
        return True
    if content[0].isspace() or content[-1].isspace() or content[-1] in "-–—/,;(":
        return False
    has_operator = re.search(r"[=<>+*/|()-]", content) is not None
    return not content[0].isdigit() or has_operator or not re.search(r"\s", content)


def _closing(opening: re.Match[str]) -> str:
    if opening[1]:
        return f"\\end{{{opening[1]}}}"
    return {"$$": "$$", "$": "$", "\\(": "\\)", "\\[": "\\]"}[opening[0]]


def _inline_maths(state: StateInline, silent: bool) -> bool:
    opening = _OPENING.match(state.src, state.pos, state.posMax)
    if opening is None:
        return False
    end = _end_of_formula(state.src, opening, state.posMax)
    if end is None:
        return False
    if not silent:
        state.push("math_inline", "math", 0).content = state.src[state.pos : end]
    state.pos = end
    return True


def _end_of_formula(text: str, opening: re.Match[str], limit: int) -> int | None:
    start = opening.start()
    if opening[0] == "$":
        found = _DOLLARS.match(text, start, limit)
        if found is None or not is_maths(found[1]):
            return None
        is_price = start > 0 and text[start - 1].isalnum() and found[1][0].isdigit()
        return None if is_price else found.end()
    closing = _closing(opening)
    last = min(limit, opening.end() + MAX_FORMULA_CHARS)
    at = text.find(closing, opening.end(), last)
    if at < 0 or not (opening[1] or is_maths(text[opening.end() : at], explicit=True)):
        return None
    return at + len(closing)


def formulas(text: str) -> Iterator[tuple[int, int]]:
    """Start and end of every formula in a text whose code has been taken out.

    Args:
        text: Markdown; a backslash before a dollar takes its meaning away, as in Markdown.
    """
    place = 0
    while found := _OPENING_OR_ESCAPE.search(text, place):
        opening = _OPENING.match(text, found.start())
        end = _end_of_formula(text, opening, len(text)) if opening else None
        if end is not None:
            yield found.start(), end
        place = end or found.end()


def _display_maths(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A formula that begins a line and ends one.

    A paragraph is interrupted only where the formula would otherwise fall apart: inside, it stays
    part of its sentence.
    """
    if state.is_code_block(start_line):
        return False
    first = state.bMarks[start_line] + state.tShift[start_line]
    opening = _OPENING.match(state.src, first, state.eMarks[start_line])
    if opening is None or opening[0] in ("$", "\\("):
        return False
    closing, sought = _closing(opening), opening.end()
    inner: list[str] = []
    for line in range(start_line, end_line):
        begin = state.bMarks[line] + state.tShift[line]
        if line > start_line:
            if state.isEmpty(line) or state.sCount[line] < state.blkIndent:
                return False
            inner.append(state.src[begin : state.eMarks[line]])
            sought = begin
        at = state.src.find(closing, sought, state.eMarks[line])
        if at >= 0:
            break
    else:
        return False
    after = state.src[at + len(closing) : state.eMarks[line]].strip()
    content = state.src[opening.end() : at]
    if after not in ("", ".", ",", ";", ":") or not (
        opening[1] or is_maths(content, explicit=True)
    ):
        return False
    if silent:
        return any(_BREAKS_PARAGRAPH.match(text) for text in inner)
    state.line = line + 1
    token = state.push("math_block", "math", 0)
    token.map = [start_line, state.line]
    token.content = content
    return True


def maths_plugin(md: MarkdownIt) -> None:
    """Adds tokens `math_inline` and `math_block` to a parser; what is in them is not parsed."""
    md.inline.ruler.before("escape", "math_inline", _inline_maths)
    md.block.ruler.before(
        "table", "math_block", _display_maths, {"alt": ["paragraph", "reference", "blockquote"]}
    )
