"""What must survive byte for byte in running text: addresses, paths, names in code, numbers."""

import re
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import NamedTuple

__all__ = ["Span", "merged", "plain_spans", "span_at"]

_EXTENSIONS = (
    "asm|bash|bat|bib|bmp|c|cc|cfg|conf|cpp|cs|css|csv|dat|db|dll|docx?|exe|gif|go|gz|h|hpp|hs|html?"
    "|ico|ini|ipynb|jar|java|jpe?g|js|json|jsonl|jsx|kt|less|log|lua|md|mdx|mp3|mp4|parquet|pdf|pem"
    "|php|pl|plist|png|pptx?|ps1|psd|py|pyc|rb|rs|rst|sass|scala|scss|sh|sql|svg|swift|tar|tex"
    "|toml|ts|tsv|tsx|txt|vbs|vue|wav|webp|xlsx?|xml|ya?ml|zip"
)
_DOMAINS = (
    "com|org|net|edu|gov|mil|int|io|dev|app|info|biz|kr|jp|cn|uk|de|fr|eu|ca|au|tv|ai|me|co|gg|xyz"
)
_URL_CHARACTER = r"[^\s<>\"`{}|\\^\[\]()…“”‘’⟦⟧가-힣]"

_PATTERNS = {
    "slot mark": r"⟦[0-9]*⟧|[⟦⟧]",
    "url": rf"(?:(?:https?|ftps?|file|git|ssh|wss?)://|www\.)"
    rf"(?:{_URL_CHARACTER}|\({_URL_CHARACTER}*\))+(?<![.,;:!?'*_~])",
    "e-mail": r"(?<![\w.%+-])(?:mailto:)?[\w.%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)+[A-Za-z]{2,}",
    "domain": rf"(?<![\w@.-])(?:[A-Za-z0-9][A-Za-z0-9-]{{0,62}}\.)+(?:{_DOMAINS})(?![\w-])"
    rf"(?:/{_URL_CHARACTER}*(?<![.,;:!?'*_~]))?",
    "template": r"\{\{[^{}\n]*\}\}|\$\{[^{}\n]*\}|\{[#.%][^{}\n]*\}|<%[^%\n]*%>"
    r"|\{(?:[A-Za-z_][\w.\[\]]*|\d*)(?:![rsa])?(?::[^{}\s]*)?\}",
    "printf": r"(?<![\w%])%(?:\d+\$|\([A-Za-z_]\w*\))?[-+0#]*(?:\d+|\*)?(?:\.\d+)?"
    r"(?:hh?|ll?|[Lzjt])?[diouxXeEfFgGcspn](?![A-Za-z])",
    "variable": r"(?<![\w$])\$[A-Z_][A-Z0-9_]+(?![\w$])|(?<![\w%])%[A-Z][A-Z0-9_]+%",
    "windows path": r"(?<!\w)[A-Za-z]:\\(?:[\w.$@()+ -]{1,80}\\)*[\w.$@+-]*(?<!\.)",
    "path": r"(?<![\w/.:~<)\]])(?:~|\.{1,2})?/(?:[\w.@+~-]+/)+(?:[\w.@+~-]*[\w~])?"
    r"|(?<![\w/.:~])(?:~|\.{1,2})/[\w.@+~-]*\w"
    rf"|(?<![\w/.@~-])(?:[\w.@+-]+/)+[\w.@+-]*\.(?:{_EXTENSIONS})(?![\w/])",
    "file name": rf"(?<![\w/.-])[\w-]+(?:\.[\w-]+)*\.(?:{_EXTENSIONS})(?![\w-])"
    r"|(?<![\w.])\.(?:[a-z]+ignore|[a-z]+rc|env|htaccess|gitattributes)(?!\w)",
    "tex command": r"\\[A-Za-z]+(?:\{[^{}\n]{0,200}\})*",
    "escaped name": r"(?<![\\\w./-])[A-Za-z0-9][\w./-]*(?:\\_[\w./-]+)+",
    "call": r"(?<![\w`.])(?<!::)(?<!->)[A-Za-z_]\w*(?:(?:\.|->|::)\w+)*\(\)",
    "snake case": r"(?<![\w*\\])[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+(?![\w*])",
    "citation": r"\[\d+(?:\s?[,–-]\s?\d+)*\]|\[@[\w:.-]+\]",
    "mention": r"(?<![\w@/.+-])@[A-Za-z0-9_](?:[\w.-]*\w)?",
    "uuid": r"(?<![\w-])[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}(?![\w-])",
    "hex": r"(?<!\w)0[xX][0-9A-Fa-f]+(?!\w)|(?<![\w&#])#(?:[0-9A-Fa-f]{6}|[0-9A-Fa-f]{3})(?!\w)"
    r"|(?<![\w-])(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{7,64}(?![\w-])",
    "version": r"(?<![\w.])v\d+(?:\.\d+)*(?:-[0-9A-Za-z.]*[0-9A-Za-z])?(?![\w-])"
    r"|(?<![\w.])\d+\.\d+(?!\.(?:19|20)\d\d\b)(?:\.\d+)+(?:-[0-9A-Za-z.]*[0-9A-Za-z])?(?![\w-])",
    "emoji": r"(?<![\w:]):(?=[a-z0-9_+-]*[a-z1])[a-z0-9_+-]+:(?![\w:])",
}
# In Korean a particle follows without a space (irs.gov나): only ASCII letters go on with a name.
_PROTECTED = re.compile("|".join(f"(?:{pattern})" for pattern in _PATTERNS.values()), re.ASCII)


class Span(NamedTuple):
    """Characters [start, end) of a text."""

    start: int
    end: int


def plain_spans(text: str) -> list[Span]:
    """What must survive although no Markdown marks it, in order, without overlap."""
    return [Span(*found.span()) for found in _PROTECTED.finditer(text)]


def merged(spans: Iterable[Span]) -> list[Span]:
    """The same characters as few spans: those that overlap or touch become one."""
    joined: list[Span] = []
    for span in sorted(spans):
        if span.start == span.end:
            continue
        if joined and span.start <= joined[-1].end:
            joined[-1] = Span(joined[-1].start, max(joined[-1].end, span.end))
        else:
            joined.append(span)
    return joined


def span_at(spans: Sequence[Span], at: int) -> Span | None:
    """The span that holds a character, if one does; the spans are in order and apart."""
    number = bisect_right(spans, at, key=lambda span: span.start) - 1
    return spans[number] if number >= 0 and at < spans[number].end else None
