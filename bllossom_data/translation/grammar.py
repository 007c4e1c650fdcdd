"""The Markdown that is understood: CommonMark, tables, footnotes, maths, loose fences.

markdown-it tells the lines of a block but not where in a line its text begins after quote marks,
list marks and indentation. Its block rules know while they run; here they write it down.
"""

import re
from itertools import islice, takewhile

from markdown_it import MarkdownIt
from markdown_it.parser_block import RuleFuncBlockType
from markdown_it.rules_block import StateBlock, code, fence, heading, lheading, paragraph, table
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin

from bllossom_data.translation.inline import InlineScanner
from bllossom_data.translation.lines import is_prose
from bllossom_data.translation.maths import maths_plugin

__all__ = ["PARSER", "parser_for"]

HEAD_CHARS = 2_000
LOOKED_AT_LINES = 12
MAX_LOOSE_FENCE_LINES = 400
_FRONT_MATTER = re.compile(r"---+[ \t]*\n(?:#.*\n|[ \t]*\n)*[\w\"'-]+[ \t]*:(?:\s|$)", re.ASCII)
_FENCE = re.compile(r"(`{3,})([^\n]*)")


def _with_places(rule: RuleFuncBlockType) -> RuleFuncBlockType:
    def placing(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
        n_tokens = len(state.tokens)
        done = rule(state, start_line, end_line, silent)
        for token in state.tokens[n_tokens:] if done and not silent else ():
            if token.map and token.type in ("inline", "fence", "code_block"):
                first, stop = token.map
                token.meta["places"] = [
                    (line, state.bMarks[line] + state.tShift[line], state.eMarks[line])
                    for line in range(first, min(stop, state.lineMax))
                ]
        return done

    return placing


def _loose_fence(state: StateBlock, start_line: int, end_line: int, silent: bool) -> bool:
    """A block of code with code on the line of its fence, or on that of its closing fence.

    Where the first holds backticks, or the last does not begin with its fence, CommonMark takes the
    next fence for another one, and the prose between two blocks of code becomes code. Texts that
    were converted from HTML are full of these.
    """
    if state.is_code_block(start_line):
        return False
    start = state.bMarks[start_line] + state.tShift[start_line]
    opening = _FENCE.match(state.src, start, state.eMarks[start_line])
    if opening is None or opening[1] in opening[2]:
        return False
    is_loose = "`" in opening[2]
    for line in range(start_line + 1, min(end_line, start_line + MAX_LOOSE_FENCE_LINES)):
        text = _text_of(state, line)
        if state.sCount[line] < state.blkIndent and text:
            return False
        if text == opening[1]:
            break
        if text.endswith(opening[1]) and "`" not in text.rstrip("`"):
            is_loose = True
            line += _closes_again(state, opening[1], line + 1, end_line)
            break
    else:
        return False
    if is_loose and not silent:
        state.line = line + 1
        state.push("loose_fence", "code", 0).map = [start_line, state.line]
    return is_loose


def _text_of(state: StateBlock, line: int) -> str:
    return state.src[state.bMarks[line] + state.tShift[line] : state.eMarks[line]].rstrip()


def _closes_again(state: StateBlock, mark: str, line: int, end_line: int) -> bool:
    """Whether a line is a second closing fence: what it would open is prose, or nothing."""
    if line >= end_line or _text_of(state, line) != mark:
        return False
    below = takewhile(
        lambda text: text != mark, (_text_of(state, at) for at in range(line + 1, end_line))
    )
    text = "\n".join(islice(below, LOOKED_AT_LINES)).strip()
    return not text or is_prose(text)


def _parser(*, has_front_matter: bool) -> MarkdownIt:
    md = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    md.inline = InlineScanner()
    # The inline rules run later, block by block.
    md.core.ruler.enableOnly(["normalize", "block"])
    md.inline.ruler.disable(["linkify"])
    interrupts = ["paragraph", "reference"]
    md.block.ruler.at("table", _with_places(table), {"alt": interrupts})
    md.block.ruler.at("code", _with_places(code))
    md.block.ruler.at("fence", _with_places(fence), {"alt": [*interrupts, "blockquote", "list"]})
    md.block.ruler.at("heading", _with_places(heading), {"alt": [*interrupts, "blockquote"]})
    md.block.ruler.at("lheading", _with_places(lheading))
    md.block.ruler.at("paragraph", _with_places(paragraph))
    md.block.ruler.before(
        "fence", "loose_fence", _loose_fence, {"alt": [*interrupts, "blockquote", "list"]}
    )
    footnote_plugin(md, inline=False, move_to_end=False)
    if has_front_matter:
        front_matter_plugin(md)
    maths_plugin(md)
    return md


PARSER = _parser(has_front_matter=False)
_PARSER_WITH_FRONT_MATTER = _parser(has_front_matter=True)


def parser_for(text: str) -> MarkdownIt:
    """The parser for a text: front matter is known only where a rule would make no sense."""
    head = text[:HEAD_CHARS].replace("\r\n", "\n").replace("\r", "\n")
    return _PARSER_WITH_FRONT_MATTER if _FRONT_MATTER.match(head) else PARSER
