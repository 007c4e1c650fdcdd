"""Whether a translated message is built as its source is: the same blocks in the same order."""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from markdown_it.token import Token

from bllossom_data.translation.grammar import parser_for
from bllossom_data.translation.lines import is_prose

__all__ = ["StructureProblem", "structure_problems"]

MAX_PROBLEMS = 20
EXCERPT_CHARS = 40
_VERBATIM = {
    "fence": "코드 블록",
    "loose_fence": "코드 블록",
    "code_block": "들여 쓴 코드",
    "html_block": "HTML 블록",
    "math_block": "수식 블록",
    "front_matter": "머리말(front matter)",
}
_NAMES = {
    "blockquote": "인용",
    "bullet_list": "글머리 목록",
    "ordered_list": "번호 목록",
    "list_item": "목록 항목",
    "table": "표",
    "tr": "표의 행",
    "hr": "구분선",
    "footnote_reference": "각주",
}


class StructureProblem(NamedTuple):
    """Something in which two messages are not built alike.

    Attributes:
        check: `code` for what must stay byte for byte, else `structure`.
        message: a Korean sentence for the reviewer.
    """

    check: Literal["code", "structure"]
    message: str


class _Node(NamedTuple):
    """One block, by what must be equal in both texts.

    Attributes:
        depth: how many blocks hold it.
        shape: its kind, with its level or its number of cells; in Korean.
        content: its text byte for byte, where it must not change; empty otherwise.
    """

    depth: int
    shape: str
    content: str


def structure_problems(source: str, korean: str) -> list[StructureProblem]:
    """What differs between the block structures of a message and its translation.

    Compared are, in their order and nesting: code and its bytes, HTML blocks, maths, levels of
    headings, lists and the number of their items, rows and columns of tables, quotes, rules,
    footnotes. Paragraphs may be parted or joined, and prose in a fence without a language may
    change its words.

    Args:
        source: the English message, Markdown.
        korean: its translation, Markdown.

    Returns:
        Empty where nothing differs.
    """
    wanted, found = list(_nodes(source)), list(_nodes(korean))
    problems = _count_problems(wanted, found) or _order_problems(wanted, found)
    problems += _content_problems(wanted, found)
    return problems[:MAX_PROBLEMS]


def _count_problems(wanted: Sequence[_Node], found: Sequence[_Node]) -> list[StructureProblem]:
    before = Counter(node.shape for node in wanted)
    after = Counter(node.shape for node in found)
    return [
        _problem(shape, f"{shape}의 수가 다릅니다(원문 {before[shape]}개, 번역 {after[shape]}개).")
        for shape in before | after
        if before[shape] != after[shape]
    ]


def _order_problems(wanted: Sequence[_Node], found: Sequence[_Node]) -> list[StructureProblem]:
    for number, (before, after) in enumerate(zip(wanted, found, strict=True), start=1):
        if before.shape != after.shape:
            said = f"{number}번째 구조가 다릅니다: 원문 {before.shape}, 번역 {after.shape}."
            return [StructureProblem("structure", said)]
        if before.depth != after.depth:
            said = f"{number}번째 구조의 깊이가 다릅니다: {before.shape}."
            return [StructureProblem("structure", said)]
    return []


def _content_problems(wanted: Sequence[_Node], found: Sequence[_Node]) -> list[StructureProblem]:
    problems = []
    for shape in dict.fromkeys(node.shape for node in wanted if node.content):
        before = [node.content for node in wanted if node.shape == shape]
        after = [node.content for node in found if node.shape == shape]
        problems += [
            _problem(
                shape,
                f"{number}번째 {shape}의 내용이 바뀌었습니다: {_excerpt(one)} → {_excerpt(other)}",
            )
            for number, (one, other) in enumerate(zip(before, after, strict=False), start=1)
            if one and one != other
        ]
    return problems


def _problem(shape: str, message: str) -> StructureProblem:
    return StructureProblem("code" if shape in _VERBATIM.values() else "structure", message)


def _excerpt(content: str) -> str:
    line = " ".join(content.split())
    return line if len(line) <= EXCERPT_CHARS else f"{line[:EXCERPT_CHARS]}…"


def _nodes(text: str) -> Iterator[_Node]:
    tokens = parser_for(text).parse(text, {})
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for number, token in enumerate(tokens):
        if token.type in _VERBATIM:
            yield _Node(token.level, _VERBATIM[token.type], _content(token, lines))
        elif token.type == "hr" or token.nesting > 0:
            shape = _shape(token, tokens[number + 1 :])
            if shape:
                yield _Node(token.level, shape, "")


def _content(token: Token, lines: Sequence[str]) -> str:
    text = token.content or "\n".join(lines[slice(*token.map)] if token.map else ())
    is_ambiguous = token.type in ("fence", "code_block") and len(token.info.split()) != 1
    if is_ambiguous and is_prose(f"{token.info}\n{text}"):
        return ""
    return f"{token.info.strip()}\n{text}"


def _shape(token: Token, following: Sequence[Token]) -> str:
    kind = token.type.removesuffix("_open")
    if kind == "heading":
        return f"{token.tag[1]}단계 제목"
    if kind == "tr":
        n_cells = 0
        for later in following:
            n_cells += later.type in ("th_open", "td_open")
            if later.type == "tr_close":
                break
        return f"{n_cells}칸인 표의 행"
    return _NAMES.get(kind, "")
