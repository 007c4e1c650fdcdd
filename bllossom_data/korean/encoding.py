"""Bytes to text, and text that was once decoded with the wrong encoding back to itself.

Korean files are UTF-8, UTF-16 or CP949 (a superset of EUC-KR). Korean pages read as Latin-1 look
like 'ÇÑ±¹¾î' and must be repaired before ftfy sees them: ftfy knows no EUC-KR and takes pairs of
such letters for UTF-8, after which nothing can bring the text back.

Whether a decoding is Korean is judged by its syllables. KS X 1001 lists 2,350 of the 11,172 that
Hangul can form, and real text hardly uses others; 400 of them make up 95 % of it. Bytes that only
happen to be valid CP949 fall on the common ones by chance.
"""

import codecs
import re
from collections import Counter
from functools import cache
from typing import Any, NamedTuple

from bllossom_data.errors import SourceError, missing_package

__all__ = ["SUSPICIOUS_LETTERS", "decode", "repair_mojibake"]

# Longest marks first: UTF-32's begins with UTF-16's.
_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)

# Rows 16-40 of KS X 1001.
_COMMON_SYLLABLES = frozenset(
    bytes((lead, trail)).decode("euc_kr")
    for lead in range(0xB0, 0xC9)
    for trail in range(0xA1, 0xFF)
)
# By mean relative frequency over news, encyclopedia, drama, treebanks and news comments.
_FREQUENT_SYLLABLES = frozenset(
    "이다는에하의가을고지은로기서한그도어들사있를아리니시나대자인으것수해라일정스게부"
    "요주보었만국전과제했장적상면우되구동원습여마신비소중문위세거미안경성와무말오러할"
    "년화내모생유공진계분트데조영용때간치명드관야개실연방회당선입음학없람까터역운않았"
    "교발르물려행히재더식업바된남작통민예단체후좋저두차등금며반같타많네심각건산결던였"
    "호래노출매속집월본현합감처프파점알표직크강최배약레난력불버날포달른법종함너양받편"
    "설근청판피또절코임번카격추변새디살외언품메태증울잘키준든토친따못린술질독런루평랑"
    "형특천권초침투먹향록능름열활확군녀급올곳걸목머족박숙환씨료길별느필돌겠맛론복워책"
    "티늘란극님온광망존석브얼렇럽테럼애김께될립축규악누억몇글북혼령접쓰담좀항겨련참험"
    "순육류막냐움찾손황짜승택백쪽충졌깨줄병답갈넘플송골완베철쟁벌앞견색높싶및즈창총획"
    "페져케찰왔협잡엄큰퍼검긴량층볼맞채돈탈렸범클커농빠왜혁응폭취죽왕찬림뒤써났듯념욕녕"
    # Jamo that stand alone only in chat.
    "ㅋㅎㅠㅜ"
)
_CHAT_JAMO = frozenset("ㅋㅎㅠㅜ")
_FREQUENT_SHARE = 0.4
_COMMON_SHARE = 0.8
_HANGUL_SHARE = 0.4
_SAMPLE_CHARS = 1 << 18
_WESTERN = frozenset(
    "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿœßÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜŒ"
    "šžŠŽ¡¿«»‹›‚„°ºª´½§©®™€£·…‘’“”•–—\xa0"
)

# Windows-1252 shows the bytes 0x80-0x9F as these; the five it leaves undefined stay controls.
_WINDOWS_1252 = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_TO_BYTES = {ord(letter): letter.encode("cp1252")[0] for letter in _WINDOWS_1252}
# Quotes, dashes and the ellipsis of Windows-1252 that Latin-1 shows as invisible controls.
_CONTROL_PUNCTUATION = {
    code: bytes((code,)).decode("cp1252") for code in (0x85, *range(0x91, 0x98))
}

_EUC_KR_SYLLABLE = r"[\xb0-\xc8][\xa1-\xfe]"
_UTF_8_SEQUENCE = rf"[\xc2-\xf4][\x80-\xbf{_WINDOWS_1252}]"
# One class first, then look-behinds: twice as fast as two alternatives.
_SUSPICIOUS = re.compile(
    r"[\x85\x91-\x97\xb0-\xf4](?:(?<=[\x85\x91-\x97])|(?<=[\xb0-\xc8])[\xa1-\xfe]"
    rf"|(?<=[\xc2-\xf4])[\x80-\xbf{_WINDOWS_1252}])"
)
SUSPICIOUS_LETTERS = rf"[\x{{85}}\x{{91}}-\x{{97}}]|{_EUC_KR_SYLLABLE}|{_UTF_8_SEQUENCE}"
"""Text without a match comes back unchanged from `repair_mojibake`; in the syntax of Polars."""

_EUC_KR_PAIR = re.compile(r"[\xa1-\xfd][\xa1-\xfe]")
_EUC_KR_RUN = re.compile(r"[\xa1-\xfe]{2,}")
_SEGMENT = re.compile(rf"[\x00-\x09\x0b-\xff{_WINDOWS_1252}]+")
_HIGH_RUN = re.compile(rf"[\x80-\xff{_WINDOWS_1252}]+")
_HIGH_LETTERS = re.compile(r"[\xa1-\xff]")
_UTF_8_LINE = re.compile(rf"[^\n]*{_UTF_8_SEQUENCE}[^\n]*")
_HANGUL_RUN = re.compile(r"[가-힣]+")
_LATIN_BOTH_SIDES = re.compile(r"(?<=[A-Za-z])[가-힣]+(?=[A-Za-z])")


class _Evidence(NamedTuple):
    """How Korean a decoded text is: counts of its characters."""

    hangul: int
    common: int
    frequent: int
    non_ascii: int

    @property
    def is_korean(self) -> bool:
        return (
            self.hangul > 0
            and self.common >= _COMMON_SHARE * self.hangul
            and self.frequent >= _FREQUENT_SHARE * self.hangul
            and self.hangul >= _HANGUL_SHARE * self.non_ascii
        )


def _evidence(text: str) -> _Evidence:
    hangul = common = frequent = non_ascii = 0
    for letter, count in Counter(text).items():
        if letter <= "\x7f":
            continue
        non_ascii += count
        chat = letter in _CHAT_JAMO
        if "가" <= letter <= "힣" or chat:
            hangul += count
            common += count * (chat or letter in _COMMON_SYLLABLES)
            frequent += count * (letter in _FREQUENT_SYLLABLES)
    return _Evidence(hangul, common, frequent, non_ascii)


def decode(data: bytes) -> tuple[str, str]:
    """Decode a file or a line whose encoding nobody wrote down.

    In this order: byte order marks, UTF-16 without one (where NUL bytes betray it), strict UTF-8,
    CP949 whose syllables are plausible Korean, Windows-1252 where only a few Western letters and
    curly quotes are not ASCII, then charset-normalizer. Text that is UTF-8 or CP949 but for a few
    broken bytes is refused rather than read as some Western encoding.

    Returns:
        The text without a byte order mark, and the encoding as Python names it. EUC-KR is
        reported as its superset "cp949".

    Raises:
        SourceError: Nothing fits.
        MissingPackageError: charset-normalizer is needed and not installed.
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _decode_marked(data[len(mark) :], encoding)
    if b"\0" in data and (wide := _decode_utf_16(data)):
        return wide
    try:
        return data.decode("utf-8"), "utf-8"
    except UnicodeDecodeError as error:
        broken = error
    korean = _decode_korean(data)
    if korean is not None and _evidence(korean[:_SAMPLE_CHARS]).is_korean:
        return korean, "cp949"
    if wide := _decode_utf_16(data):
        return wide
    _refuse_damaged(data, broken)
    if western := _decode_western(data):
        return western
    has_hangul = korean is not None and _HANGUL_RUN.search(korean) is not None
    return _guess(data, broken, may_be_korean=not has_hangul)


def _decode_korean(data: bytes) -> str | None:
    """CP949, and EUC-KR with syllables spelled out in jamo, which CP949 does not join."""
    for encoding in ("euc_kr", "cp949"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None


def _decode_marked(data: bytes, encoding: str) -> tuple[str, str]:
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError as error:
        raise SourceError(
            f"the data starts with the byte order mark of {encoding}, but byte {error.start:,} "
            f"after it (0x{data[error.start]:02X}) is not {encoding} ({error.reason}); "
            "save it again as UTF-8"
        ) from None


def _decode_utf_16(data: bytes) -> tuple[str, str] | None:
    """UTF-16 without a mark, if most of it is ASCII or common Hangul in one byte order."""
    if len(data) % 2:
        return None
    for encoding in ("utf-16-le", "utf-16-be"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        readable = sum(
            count
            for letter, count in Counter(text[:_SAMPLE_CHARS]).items()
            if " " <= letter <= "~" or letter in "\t\r\nㅋㅎㅠㅜ" or letter in _COMMON_SYLLABLES
        )
        if readable >= 0.7 * len(text[:_SAMPLE_CHARS]) > 0:
            return text, encoding
    return None


def _refuse_damaged(data: bytes, broken: UnicodeDecodeError) -> None:
    """Raise if the data is UTF-8 or Korean CP949 but for a few bytes."""
    high_bytes = len(data.translate(None, bytes(range(0x80))))
    for encoding in ("utf-8", "cp949"):
        text = data.decode(encoding, "replace")
        damage = text.count("\ufffd") - data.count("\ufffd".encode()) * (encoding == "utf-8")
        if damage > 0.1 * high_bytes:
            continue
        if encoding == "cp949":
            if not _evidence(text[:_SAMPLE_CHARS].replace("\ufffd", "")).is_korean:
                continue
            try:
                data.decode(encoding)
            except UnicodeDecodeError as error:
                broken = error
        raise SourceError(
            f"the data is {encoding} but for {damage:,} broken place(s) in {len(data):,} bytes, "
            f"the first at byte {broken.start:,} (0x{data[broken.start]:02X}, {broken.reason}); "
            "it was cut or joined in the middle of a character: mend it and save it as UTF-8"
        )


def _decode_western(data: bytes) -> tuple[str, str] | None:
    """Windows-1252, which charset-normalizer takes for its Central European neighbours."""
    try:
        text = data.decode("cp1252")
    except UnicodeDecodeError:
        return None
    high = Counter(letter for letter in text[:_SAMPLE_CHARS] if letter > "\x7f")
    accents = sum(count for letter, count in high.items() if letter.isalpha())
    if high.keys() <= _WESTERN and accents <= max(2, 0.1 * len(text)) and not _is_binary(text):
        return text, "cp1252"
    return None


def _guess(data: bytes, broken: UnicodeDecodeError, *, may_be_korean: bool) -> tuple[str, str]:
    try:
        from charset_normalizer import from_bytes
    except ImportError as error:
        purpose = "data that is neither UTF-8 nor Korean"
        raise missing_package("charset-normalizer", purpose) from error
    # CP949 with Hangul was refused above. Any bytes at all are CJK letters in UTF-16.
    excluded = ["utf_16", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be"]
    if not may_be_korean:
        excluded += ["cp949", "euc_kr", "johab"]
    best = from_bytes(data, cp_exclusion=excluded).best()
    text = None if best is None else str(best)
    if best is None or text is None or _is_binary(text):
        raise SourceError(
            f"no character encoding fits these {len(data):,} bytes: not UTF-8 (byte "
            f"{broken.start:,} is 0x{data[broken.start]:02X}), not UTF-16, not Korean as CP949, "
            "and charset-normalizer finds none; convert the text to UTF-8 or leave it out"
        )
    return text, best.encoding


def _is_binary(text: str) -> bool:
    controls = len(re.findall(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f-\x84\x86-\x9f]", text))
    return controls > 0.01 * len(text)


def repair_mojibake(text: str) -> tuple[str, tuple[str, ...]]:
    """Undo a wrong decoding, in the whole text or in parts of it.

    Three repairs until nothing changes, as damage may be doubled: EUC-KR or CP949 read as Latin-1
    or Windows-1252 ("euc_kr_mojibake"); UTF-8 read so ("ftfy", only its encoding repair: quotes,
    entities, widths and ligatures stay); invisible controls that are Windows-1252 punctuation read
    as Latin-1 ("cp1252_punctuation"). Clean text costs one regular expression.

    Returns:
        The text, and the names of the repairs that changed it, in order.
    """
    repairs: list[str] = []
    while not text.isascii() and _SUSPICIOUS.search(text):
        before = text
        for name, repair in _REPAIRS:
            repaired = repair(text)
            if repaired != text:
                text = repaired
                if name not in repairs:
                    repairs.append(name)
        if text == before:
            break
    return text, tuple(repairs)


def _repair_euc_kr(text: str) -> str:
    """Decode the segments that are Korean beyond doubt, then the doubtful ones beside them.

    A segment is what one wrong decoding can have produced: up to a line end or a character that is
    in neither Latin-1 nor Windows-1252.
    """
    if not re.search(_EUC_KR_SYLLABLE, text):
        return text
    strong: dict[str, str] = {}
    weak: dict[str, str] = {}
    for match in _SEGMENT.finditer(text):
        segment = match[0]
        if segment in strong or segment in weak or not _EUC_KR_PAIR.search(segment):
            continue
        repaired, certain = _repair_segment(segment)
        if repaired != segment:
            (strong if certain else weak)[segment] = repaired
    if not strong:
        return text
    repairs = weak | strong
    return _SEGMENT.sub(lambda match: repairs.get(match[0], match[0]), text)


def _repair_segment(segment: str) -> tuple[str, bool]:
    """The segment decoded as Korean, unchanged where impossible, and whether that is certain."""
    data = segment.translate(_TO_BYTES).encode("latin-1")
    if _decodes(data, "utf-8"):
        # Damaged twice, or nothing for this repair.
        inner = data.decode("utf-8")
        if _SEGMENT.fullmatch(inner) and not inner.isascii():
            repaired, certain = _repair_segment(inner)
            return (repaired if certain else segment), certain
        return segment, False
    if korean := _decode_korean(data):
        if _is_certainly_korean(korean):
            return korean, True
        if not _LATIN_BOTH_SIDES.search(korean) and _is_ks_x_1001(korean):
            return korean, False
    # One lost byte or one genuine accented letter spoils a segment, not its other words.
    repaired = _EUC_KR_RUN.sub(_decode_run, segment)
    left = len(_HIGH_LETTERS.findall(repaired))
    certain = _is_certainly_korean(repaired) and left * 5 <= len(segment) - len(repaired)
    return (repaired if certain else segment), certain


def _decode_run(run: re.Match[str]) -> str:
    data = run[0].encode("latin-1")
    return data.decode("euc_kr") if _decodes(data, "euc_kr") else run[0]


def _decodes(data: bytes, encoding: str) -> bool:
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def _is_certainly_korean(text: str) -> bool:
    """Korean enough to rule out chance: 'INFORMAÇÕES' would be 'INFORMA합ES', '¿¡' is '에'."""
    evidence = _evidence(_LATIN_BOTH_SIDES.sub("", text))
    if set("".join(_HANGUL_RUN.findall(text))) == {"에"}:
        return False
    longest = max((len(run) for run in _HANGUL_RUN.findall(text)), default=0)
    enough = evidence.frequent >= 2 and (longest >= 2 or evidence.hangul >= 4)
    return enough and evidence.is_korean


def _is_ks_x_1001(text: str) -> bool:
    return all(
        letter in _COMMON_SYLLABLES or not "가" <= letter <= "힣" for letter in text
    ) and not _HIGH_LETTERS.search(text)


def _repair_utf_8(text: str) -> str:
    if not re.search(_UTF_8_SEQUENCE, text):
        return text
    return _UTF_8_LINE.sub(_fix_line, text)


def _fix_line(match: re.Match[str]) -> str:
    line = match[0]
    runs = [run for run in _HIGH_RUN.findall(line) if re.search(_EUC_KR_SYLLABLE, run)]
    utf_8 = sum(_decodes(run.translate(_TO_BYTES).encode("latin-1"), "utf-8") for run in runs)
    if 2 * utf_8 < len(runs):
        # Korean that could not be repaired: ftfy would take pieces of it for UTF-8.
        return line
    ftfy, settings = _ftfy()
    fixed: str = ftfy.fix_encoding(line, settings)
    return fixed


@cache
def _ftfy() -> tuple[Any, Any]:
    try:
        import ftfy
    except ImportError as error:
        raise missing_package("ftfy", "repairing wrongly decoded text") from error
    # A lossy sequence would be replaced by U+FFFD: a guess at what was there is no repair.
    return ftfy, ftfy.TextFixerConfig(explain=False, replace_lossy_sequences=False)


def _repair_control_punctuation(text: str) -> str:
    return text.translate(_CONTROL_PUNCTUATION) if re.search(r"[\x85\x91-\x97]", text) else text


_REPAIRS = (
    ("euc_kr_mojibake", _repair_euc_kr),
    ("ftfy", _repair_utf_8),
    ("cp1252_punctuation", _repair_control_punctuation),
)
