"""The one form in which text enters: NFC, plain line ends, no invisible damage, no mojibake.

Only what has no meaning is changed. Repeats ('ㅋㅋㅋ', '10000'), spacing, quotes, full-width
letters, Hanja and old Hangul stay as they were written: measuring is the business of later steps.
"""

import re
import unicodedata
from functools import cache

import numpy as np
import polars as pl

from bllossom_data.korean.encoding import SUSPICIOUS_LETTERS, repair_mojibake

__all__ = ["normalize", "normalize_series"]

_LINE_ENDS = re.compile(r"\r\n?|[\x0b\x0c]")
# Everything of Unicode's category Cc but tab and line feed. The line ends among them go first.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_BYTE_ORDER_MARK = "\ufeff"

_HALF_WIDTH_JAMO = re.compile(r"[\uffa0-\uffdc]")
_CONJOINING_JAMO = re.compile(r"[\u1100-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]")
_LEADING, _VOWEL, _TRAILING = (
    r"[\u1100-\u115f\ua960-\ua97c]",
    r"[\u1160-\u11a7\ud7b0-\ud7c6]",
    r"[\u11a8-\u11ff\ud7cb-\ud7fb]",
)
_OPEN_SYLLABLES = "".join(map(chr, range(0xAC00, 0xD7A4, 28)))
# A syllable of old Hangul as KS X 1026-1 writes it, or one of today with an old final consonant.
# What is left stands alone. NFC has already composed all that today's Hangul can compose.
_OLD_OR_ISOLATED = re.compile(
    rf"(?P<syllable>{_LEADING}{_VOWEL}{_TRAILING}?|[{_OPEN_SYLLABLES}]{_TRAILING})|[\u1100-\u11ff]"
)
_CONTROL_CLASS = r"[\x00-\x08\x0b-\x1f\x7f\x{80}-\x{9f}]"
_JAMO_CLASS = r"[\x{1100}-\x{11ff}\x{a960}-\x{a97f}\x{d7b0}-\x{d7ff}\x{ffa0}-\x{ffdc}]"
_BESIDES_MOJIBAKE = re.compile(
    r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u1100-\u11ff\ua960-\ua97f\ud7b0-\udfff\uffa0-\uffdc]"
)


def normalize(text: str) -> tuple[str, tuple[str, ...]]:
    """Bring a text into the form that every later step relies on.

    Until nothing changes: NFC ("nfc"); line ends to line feeds ("newlines"); lone surrogates, a
    leading byte order mark, NUL and the other C0 controls removed ("surrogates",
    "byte_order_mark", "controls"); wrongly decoded text repaired (see `encoding.repair_mojibake`);
    the C1 controls that no repair needed removed; half-width and isolated conjoining jamo to the
    jamo that a keyboard writes ("jamo"). Form feeds and vertical tabs count as line ends, lest the
    words on both sides grow together.

    Returns:
        The text, and the names of what changed it, in the order of first use.
    """
    repairs: list[str] = []
    while True:
        before = text
        text = _normalize_once(text, repairs)
        # A repair may uncover another (NFD inside mojibake); most texts need no second look.
        if text == before:
            return text, tuple(dict.fromkeys(repairs))


def _normalize_once(text: str, repairs: list[str]) -> str:
    if not text.isascii():
        if not unicodedata.is_normalized("NFC", text):
            text = unicodedata.normalize("NFC", text)
            repairs.append("nfc")
        if not text.startswith(_BYTE_ORDER_MARK) and not _BESIDES_MOJIBAKE.search(text):
            text, found = repair_mojibake(text)
            repairs.extend(found)
            return text
    elif not _CONTROLS.search(text):
        return text
    for name, repair in _REPAIRS_OF_BYTES:
        repaired = repair(text)
        if repaired != text:
            text = repaired
            repairs.append(name)
    text, found = repair_mojibake(text)
    repairs.extend(found)
    for name, repair in _REPAIRS_OF_LETTERS:
        repaired = repair(text)
        if repaired != text:
            text = repaired
            repairs.append(name)
    return text


def _join_surrogates(text: str) -> str:
    """Pairs become the character they stand for; a lone one stands for nothing."""
    if not _SURROGATES.search(text):
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")


def _remove_controls(text: str) -> str:
    return _CONTROLS.sub("", text)


def _remove_c0_controls(text: str) -> str:
    return re.sub(r"[\x00-\x08\x0e-\x1f\x7f]", "", text)


def _to_keyboard_jamo(text: str) -> str:
    if _HALF_WIDTH_JAMO.search(text):
        text = text.translate(_half_width_jamo())
    if not _CONJOINING_JAMO.search(text):
        return text
    isolated = _isolated_jamo()
    return _OLD_OR_ISOLATED.sub(
        lambda match: match[0] if match["syllable"] else isolated.get(match[0], match[0]), text
    )


@cache
def _half_width_jamo() -> dict[int, str]:
    jamo = {}
    for code in range(0xFFA0, 0xFFDD):
        name = unicodedata.name(chr(code), "")
        if name:
            jamo[code] = unicodedata.lookup(name.removeprefix("HALFWIDTH "))
    return jamo


@cache
def _isolated_jamo() -> dict[str, str]:
    """Conjoining jamo to the compatibility jamo of the same Unicode name, where there is one."""
    jamo = {}
    for code in range(0x1100, 0x1200):
        name = unicodedata.name(chr(code)).removeprefix("HANGUL ").partition(" ")[2]
        try:
            jamo[chr(code)] = unicodedata.lookup(f"HANGUL LETTER {name}")
        except KeyError:
            continue
    return jamo


_REPAIRS_OF_BYTES = (
    ("newlines", lambda text: _LINE_ENDS.sub("\n", text)),
    ("surrogates", _join_surrogates),
    ("byte_order_mark", lambda text: text.lstrip(_BYTE_ORDER_MARK)),
    ("controls", _remove_c0_controls),
)
_REPAIRS_OF_LETTERS = (("controls", _remove_controls), ("jamo", _to_keyboard_jamo))


def normalize_series(series: pl.Series) -> tuple[pl.Series, pl.Series]:
    """`normalize` for a column; only rows that look suspicious are handled one by one.

    Returns:
        The texts (String) and their repairs (List(String), empty lists for untouched and missing
        texts), both in the order of `series`. A missing text stays missing.
    """
    suspicious = series.str.contains(_suspicious_pattern()).fill_null(False).arg_true().to_numpy()
    found = [normalize(text) for text in series.gather(suspicious)]
    rows = np.arange(len(series))
    rows[suspicious] = len(series) + np.arange(len(found))
    texts = pl.concat([series, pl.Series([text for text, _ in found], dtype=pl.String)])
    rows_of_repairs = np.zeros(len(series), dtype=np.int64)
    rows_of_repairs[suspicious] = 1 + np.arange(len(found))
    repairs = pl.Series(
        "repairs", [[], *(list(names) for _, names in found)], dtype=pl.List(pl.String)
    )
    return texts.gather(rows), repairs.gather(rows_of_repairs)


@cache
def _suspicious_pattern() -> str:
    """What a text that `normalize` changes must contain, in the syntax of Polars."""
    return "|".join(
        (SUSPICIOUS_LETTERS, _CONTROL_CLASS, _JAMO_CLASS, r"\A\x{feff}", _unstable_class())
    )


def _unstable_class() -> str:
    """Characters without which a text is surely NFC: the others never compose or decompose."""
    letters = [chr(code) for code in range(0xA0, 0x30000) if not 0xAC00 <= code <= 0xDFFF]
    decomposed = [unicodedata.normalize("NFD", letter) for letter in letters]
    second = {letter[-1] for letter in decomposed if len(letter) > 1}
    unstable = [
        ord(letter)
        for letter in letters
        if letter in second
        or unicodedata.combining(letter)
        or not unicodedata.is_normalized("NFC", letter)
    ]
    ranges: list[list[int]] = []
    for code in unstable:
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "[" + "".join(rf"\x{{{first:x}}}-\x{{{last:x}}}" for first, last in ranges) + "]"
