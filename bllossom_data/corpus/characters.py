"""What each Unicode code point is, as one table of bit flags that kernels look up.

The classes are those of Python's own string methods, so that a kernel over code points decides
as ``str.isspace``, ``str.isalpha`` and ``str.splitlines`` would, and those of the FineWeb-2
filters (punctuation and sentence ends).
"""

import sys
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SPACE = 1
LINE_BREAK = 2
PUNCTUATION = 4
SENTENCE_END = 8
ALPHABETIC = 16
HANGUL = 32
JAMO = 64
HANJA = 128
LATIN = 256
DIGIT = 512
UPPER = 1024
KANA = 2048

LINE_BREAKS = "\n\r\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029"
"""Where ``str.splitlines`` breaks; ``\\r\\n`` counts as one break."""

_PUNCTUATION_MARKS = (
    "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~«´»–—’“”„…∶━►、。〈〉《》「」【】！％（），．１：；？～"
)
# Sentence-ending marks of all scripts as FineWeb-2 counts them (Unicode Sentence_Terminal).
_SENTENCE_ENDS = (
    "21 2E 3F 589 61D-61F 6D4 700-702 7F9 837 839 83D-83E 964-965 104A-104B 1362 1367-1368 166E "
    "1735-1736 17D4-17D6 17D9-17DA 1803 1809 1944-1945 1AA8-1AAB 1B5A-1B5B 1B5E-1B5F 1B7D-1B7E "
    "1C3B-1C3C 1C7E-1C7F 203C-203D 2047-2049 2E2E 2E3C 2E53-2E54 3002 A4FF A60E-A60F A6F3 A6F7 "
    "A876-A877 A8CE-A8CF A92F A9C8-A9C9 AA5D-AA5F AAF0-AAF1 ABEB FE52 FE56-FE57 FF01 FF0E FF1F "
    "FF61 10A56-10A57 10F55-10F59 10F86-10F89 11047-11048 110BE-110C1 11141-11143 111C5-111C6 "
    "111CD 111DE-111DF 11238-11239 1123B-1123C 112A9 1144B-1144C 115C2-115C3 115C9-115D7 "
    "11641-11642 1173C-1173E 11944 11946 11A42-11A43 11A9B-11A9C 11C41-11C42 11EF7-11EF8 "
    "11F43-11F44 16A6E-16A6F 16AF5 16B37-16B38 16B44 16E98 1BC9F 1DA88"
)
_RANGES = (
    (HANGUL, "AC00-D7A3"),
    (JAMO, "1100-11FF 3131-318E A960-A97C D7B0-D7FB FFA0-FFDC"),
    (HANJA, "3400-4DBF 4E00-9FFF F900-FAFF 20000-323AF"),
    (LATIN, "41-5A 61-7A C0-D6 D8-F6 F8-24F 1E00-1EFF FF21-FF3A FF41-FF5A"),
    (KANA, "3041-30FF 31F0-31FF FF66-FF9D"),
)


def code_points(ranges: str) -> Iterator[int]:
    """Yields the code points of ``"41-5A 61"``: hexadecimal, separated by blanks."""
    for part in ranges.split():
        first, _, last = part.partition("-")
        yield from range(int(first, 16), int(last or first, 16) + 1)


@lru_cache(maxsize=1)
def character_classes() -> NDArray[np.uint16]:
    """Returns the flags of every code point, shape ``(0x110000,)``."""
    table = np.zeros(sys.maxunicode + 1, dtype=np.uint16)
    everything = [chr(code) for code in range(sys.maxunicode + 1)]
    for flag, test in (
        (SPACE, str.isspace),
        (ALPHABETIC, str.isalpha),
        (DIGIT, str.isdecimal),
        (UPPER, str.isupper),
    ):
        table[np.fromiter(map(test, everything), dtype=bool, count=len(everything))] |= flag
    for flag, ranges in _RANGES:
        table[list(code_points(ranges))] |= flag
    sentence_ends = list(code_points(_SENTENCE_ENDS))
    table[sentence_ends] |= SENTENCE_END | PUNCTUATION
    table[[ord(mark) for mark in _PUNCTUATION_MARKS]] |= PUNCTUATION
    table[list(code_points("0-8 B-C D-1F 7F-9F"))] |= PUNCTUATION
    table[[ord(mark) for mark in LINE_BREAKS]] |= LINE_BREAK
    return table


def unicode_version() -> str:
    """Returns the version of Unicode behind the classes, for the manifest."""
    return unicodedata.unidata_version
