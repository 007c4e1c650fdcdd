"""Finding Korean personal data and putting numbers in their place that belong to nobody.

A shape alone is not enough: dates, ISBNs, prices, versions and order numbers share it. So every
kind is validated by what it must satisfy (dates and check digits, Luhn, area codes, bank formats)
or by the words beside it. Numbers of companies' call centres (1588-...) and of emergency services
(112, 119) are public and stay, and so do private addresses and everything inside a URL's path.

Surrogates keep the layout of the value. Their digits are zeros but for the last four (telephone
numbers also keep their area code): no authority, bank or carrier has issued such numbers, and
that is how they are recognised and left alone when a masked text is masked again.
"""

import datetime
import ipaddress
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple, get_args

import xxhash

__all__ = ["KINDS", "Kind", "Span", "find_personal_data", "mask_personal_data"]

# fmt: off
Kind = Literal[
    "phone", "resident_number", "foreigner_number", "business_number", "card", "account", "email",
    "ip", "passport", "driver_licence",
]
# fmt: on
KINDS: tuple[Kind, ...] = get_args(Kind)


class Span(NamedTuple):
    """One piece of personal data: `text[start:end]`."""

    kind: Kind
    start: int
    end: int


_Check = Callable[[str, re.Match[str]], bool]

_DIGIT_OR_AT = re.compile(r"[0-9０-９@＠]")
# Each stands for one ASCII character, so positions stay.
_VARIANTS = re.compile("[０-９＠．－‐-―−\xa0]")
_TO_ASCII = (
    dict(zip(map(ord, "０１２３４５６７８９＠．－"), "0123456789@.-", strict=True))
    | {code: "-" for code in (*range(0x2010, 0x2016), 0x2212)}
    | {0xA0: " "}
)
# Where numbers are tried at all: nine digits and more with what may part them.
_NUMBERS = re.compile(r"[0-9](?:[ .()-]{0,3}[0-9]){8,}")
_NO_DIGITS = re.compile(r"[^0-9]+")
_IN_URL = re.compile(r"(?:://|www\.)\S*\Z")
_REACH_CHARS = 40
_START = r"(?<![0-9A-Za-z_])(?<![0-9][-.])"
_GAP = r"(?: ?[-.] ?|  ?)"


def _number(body: str, start: str = _START) -> re.Pattern[str]:
    return re.compile(rf"{start}(?:{body})(?![0-9A-Za-z_])(?![-.][0-9])", re.ASCII)


def _words(body: str) -> re.Pattern[str]:
    # ASCII, so that Hangul (particles, mostly) ends an English word.
    return re.compile(body, re.ASCII | re.IGNORECASE)


_RESIDENT_NUMBER = _number(r"(\d{6})( ?- ?| )?(\d{7})")
_RESIDENT_WORDS = _words(r"주민|외국인|거소|신고|등록번호|생년월일|resident")

_CARD = _number(
    r"(?:\d{4}-){3}\d{4}|(?<!\d )(?:\d{4} ){3}\d{4}(?! \d)|\d{4}([- ])\d{6}\1\d{5}|\d{15,16}"
)
# Visa, Mastercard, Amex, Discover, UnionPay, JCB, and the Korean domestic range of BC and others.
_CARD_ISSUER = re.compile(
    r"4\d{15}|5[1-5]\d{14}|2(?:22[1-9]|2[3-9]\d|[3-6]\d\d|7[01]\d|720)\d{12}|3[47]\d{13}"
    r"|6(?:011|[245]\d\d)\d{12}|35(?:2[89]|[3-8]\d)\d{12}|9[4-9]\d{14}"
)
_CARD_WORDS = _words(r"카드|card|visa|master|결제")

_BUSINESS_NUMBER = _number(r"(\d{3}-\d{2}-\d{5})|\d{3} ?\d{2} ?\d{5}")
_BUSINESS_WORDS = _words(r"사업자|등록번호|business")
_BUSINESS_WEIGHTS = (1, 3, 7, 1, 3, 7, 1, 3, 5)

_DRIVER_LICENCE = _number(r"(?:1[1-9]|2[0-8])([- ]?)\d{2}\1\d{6}\1\d{2}|\d{2}-\d{6}-\d{2}")
# By the number of hyphens: none, or two where a licence of before 2000 spells out its region.
_DRIVER_WORDS = {
    0: _words(r"면허|licen[cs]e"),
    2: _words("(?:서울|부산|경기|강원|[충전경][북남]|제주|대구|인천|광주|대전|울산)[ -]?\\Z"),
}

_AREA = r"(?:2|3[1-3]|4[1-4]|5[1-5]|6[1-4])"
_PHONE_START = rf"(?:{_START}|(?<=[Tt]el)|(?<=TEL)|(?<=[HhMm][Pp])|(?<=[Ff]ax)|(?<=FAX))"
_MOBILE_PHONE = _number(
    rf"\(?(?:(010)\)?{_GAP}?\d{{4}}|01[16-9]\)?{_GAP}?\d{{3,4}}){_GAP}?\d{{4}}", _PHONE_START
)
_FIXED_PHONE = _number(
    rf"\(?0(?:{_AREA}|70|80|50\d)(?:(?:\) ?| ?- ?|\)-)\d{{3,4}}{_GAP}"
    rf"|(?P<loose>{_GAP}?\d{{3,4}}{_GAP}?))\d{{4}}",
    _PHONE_START,
)
_INTERNATIONAL_PHONE = _number(
    rf"(?:(?<![0-9A-Za-z+])(?:\+ ?|00)82{_GAP}?|{_START}82-)\(?0?\)?{_GAP}?"
    rf"(?:1[016-9]|{_AREA}|70)\)?{_GAP}?\d{{3,4}}{_GAP}?\d{{4}}"
    r"|(?<![0-9A-Za-z+])\+(?!82)[1-9]\d{0,2}[-. ](?:\(\d{1,4}\)|\d{1,4})"
    r"(?:[-. ]\d{2,4}){0,3}[-. ]\d{3,4}",
    start="",
)
_PHONE_WORDS = _words(
    r"전화|연락|휴대|핸드폰|[가-힣]폰|문의|상담|번호|팩스|☎|☏|📞|📱|\btel|\bfax|phone|mobile|\bhp\b"
)
_PHONE_PREFIX = re.compile(rf"(?:(?:00)?82)?0?(?:1[016-9]|{_AREA}|70|80|50[0-9])|\+[0-9]{{1,3}}")
_PHONE_SURROGATE = re.compile(rf"(?:{_PHONE_PREFIX.pattern})0{{2,}}[0-9]{{4}}")
_ABROAD = re.compile(r"\+(?! ?82)")

_ACCOUNT = _number(r"\d{2,6}(?:-\d{1,9}){1,4}|\d{3,6}(?: \d{2,7}){2,3}|\d{10,14}")
# Digits per group, as the banks print them.
_ACCOUNT_SHAPE = re.compile(
    "2-2-6|3-2-(?:6|7|4-3|5-1|6-1)|3-3-[567]|3-4-(?:6|4|4-[123])|3-5-5|3-6-(?:2|3|5|2-3)|3-7-3|3-8-1"
    "|3-9|4-2-(?:6|7|6-1)|4-3-[67]|4-4-4(?:-1)?|4-7|5-2-[56]|6-2-[56]|6-6|1[0-4]"
)
_ACCOUNT_WORDS = _words(
    r"(?P<account>계좌|입금|송금|이체|예금주|무통장|후원|은행|뱅크|농협|신협|수협|새마을금고|우체국"
    r"|\baccount|\bbank)|주문|송장|접수|예약|사업자|등록번호|문의|전화|팩스|우편번호|승인|거래번호|상품"
    r"|모델|사건|허가|운송|일자|날짜|관리번호|면허|여권|고객번호|ISBN"
)
_BANK_BEFORE = re.compile(
    r"(?:국민|신한|우리|하나|기업|농협|카카오|토스|케이|씨티|산업|부산|대구|경남|광주|전북|제주"
    r"|KB|NH|IBK|SC)(?:은행|뱅크)?[ :)]{0,3}\Z"
)
_HOLDER_AFTER = re.compile(r"[ (,/]{0,3}예금주")

_AT_SIGNS = ("@", "골뱅이", "(at)", "[at]")
_AT = re.compile(r"@| ?(?:골뱅이|\(at\)|\[at\]) ?")
_MAILBOX = re.compile(r"[A-Za-z0-9_%+-][A-Za-z0-9._%+-]{0,63}\Z")
_DOMAIN = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+([A-Za-z]{2,24})(?![\w(@%+-]|\.\w)",
    re.ASCII,
)
# Reserved by RFC 2606, and those in the names of SSH algorithms.
_NO_MAIL_DOMAIN = _words(
    r"(?:^|\.)(?:example\.[a-z]{2,}(?:\.[a-z]{2})?|test|invalid|example|localhost|local|internal"
    r"|openssh\.com|libssh\.org)\Z"
)
# 'icon@2x.png', 'getty@tty1.service'
_FILE_ENDING = _words(
    "png|jpe?g|gif|svg|webp|bmp|ico|service|socket|target|timer|mount|m?[jt]sx?|css|html?|php|json"
    "|xml|txt|md|ya?ml|whl|zip|tar|t?gz|dll|exe"
)
_USER_OF_URL = re.compile(r"://[^\s/]*\Z")

_OCTET = r"(?:0|[1-9][0-9]{0,2})"
# Boundaries are tested after the first character: a look-behind in front is five times slower.
_IP_V4 = re.compile(
    rf"[0-9](?<![0-9A-Za-z_.-].)(?:(?<=0)|[0-9]{{0,2}})\.{_OCTET}\.{_OCTET}\.{_OCTET}"
    r"(?![0-9A-Za-z_-])(?!\.[0-9])",
    re.DOTALL,
)
_IP_V6 = re.compile(
    r"[23](?<![0-9A-Za-z:.].)[0-9A-Fa-f]{3}:[0-9A-Fa-f]{0,4}:[0-9A-Fa-f:]{2,30}(?![0-9A-Za-z:])",
    re.DOTALL,
)
_IP_WORDS = _words(r"\bip\b|ipv4|아이피|주소|접속|서버|호스트|host|server|ping|dns")
_VERSION_BEFORE = _words(
    r"(?:\bv|ver|version|버전|release|릴리스|\brev|build|빌드|\boid|section|섹션|(?<![가-힣])제"
    r"|[=<>~^!]=|[\w)][-/_])[ .:\"'=]{0,3}\Z"
)
_VERSION_AFTER = _words(r" ?(?:버전|판|version|절|항|장|-?(?:rc|beta|alpha)|\.x)")
_PUBLIC_RESOLVERS = frozenset(("8.8.8.8", "8.8.4.4", "1.1.1.1", "1.0.0.1", "9.9.9.9"))

_PASSPORT = re.compile(
    r"(?<![0-9A-Za-z_-])[A-Z](?:[0-9]{3}[A-Z][0-9]{4}|[0-9]{8}|[A-Z][0-9]{7})(?![0-9A-Za-z_-])"
)
_PASSPORT_WORDS = _words("여권|passport")


def find_personal_data(text: str) -> list[Span]:
    """Find personal data, in the order of the text; the spans never overlap.

    Where a number could be several kinds, the one with the strictest test wins.
    """
    if not _DIGIT_OR_AT.search(text) and not any(sign in text for sign in _AT_SIGNS):
        return []
    if _VARIANTS.search(text):
        text = text.translate(_TO_ASCII)
    spans: list[Span] = []
    for kind, (start, end) in _candidates(text):
        place = bisect_left(spans, start, key=lambda span: span.start)
        free = place == 0 or spans[place - 1].end <= start
        if free and (place == len(spans) or end <= spans[place].start):
            spans.insert(place, Span(kind, start, end))
    return spans


def mask_personal_data(text: str, *, seed: int) -> tuple[str, dict[str, int]]:
    """Put a surrogate in the place of every piece of personal data.

    The same value gets the same surrogate in all documents, however it is punctuated: 010-0000-
    and four digits, userNNNNNN@example.com (RFC 2606), 192.0.2.N (RFC 5737), 2001:db8:: and four
    hex digits (RFC 3849); a resident number of month 00, a card of no issuer that fails Luhn, a
    business number of no tax office, a licence of no region, a passport and an account of zeros.

    Args:
        text: Any text.
        seed: Of the hash that draws surrogates; another seed gives others.

    Returns:
        The text, unchanged outside the spans, and the number of pieces by kind.
    """
    spans = find_personal_data(text)
    if not spans:
        return text, {}
    pieces: list[str] = []
    rest = 0
    for kind, start, end in spans:
        pieces += (text[rest:start], _surrogate(kind, text[start:end], seed))
        rest = end
    return "".join(pieces) + text[rest:], dict(Counter(span.kind for span in spans))


def _surrogate(kind: Kind, value: str, seed: int) -> str:
    value = value.translate(_TO_ASCII)
    digits = _NO_DIGITS.sub("", value)
    same = _AT.sub("@", value.lower()) if kind in ("email", "ip", "passport") else digits
    if kind == "phone":
        same = re.sub(r"\A(?:00)?820?", "0", digits)
    drawn = xxhash.xxh3_64_intdigest(f"{seed}:{kind}:{same}".encode())
    if kind == "email":
        return f"user{drawn % 1_000_000:06}@example.com"
    if kind == "ip":
        return f"2001:db8::{drawn % 0xFFFF + 1:x}" if ":" in value else f"192.0.2.{drawn % 254 + 1}"
    # Country and area codes tell no person from another.
    code = _PHONE_PREFIX.match(value if _ABROAD.match(value) else digits)
    prefix = _NO_DIGITS.sub("", code[0]) if code and kind == "phone" else ""
    number = f"{prefix:0<{len(digits) - 4}}{drawn % 10_000:04}"
    if kind == "card" and _passes_luhn(number):
        number = number[:-1] + str((int(number[-1]) + 1) % 10)
    rest = iter(number)
    return "".join(next(rest) if letter.isdigit() else letter for letter in value)


def _candidates(text: str) -> Iterator[tuple[Kind, tuple[int, int]]]:
    """Everything that passes its own test, strictest tests first; spans may overlap."""
    if any(sign in text for sign in _AT_SIGNS):
        yield from (("email", span) for span in _emails(text))
    if "여권" in text or "assport" in text or "ASSPORT" in text:
        for match in _PASSPORT.finditer(text):
            label = _PASSPORT_WORDS.search(_before(text, match))
            if label and not _is_surrogate("passport", match[0]):
                yield "passport", match.span()
    for match in _IP_V6.finditer(text):
        if _is_public_address(match[0]) and match[0].count(":") >= 3:
            yield "ip", match.span()
    for match in _IP_V4.finditer(text):
        if _is_ip(text, match):
            yield "ip", match.span()
    for cluster in _NUMBERS.finditer(text):
        first, last = max(0, cluster.start() - 4), cluster.end() + 3
        for kind, pattern, check in _NUMBER_KINDS:
            for match in pattern.finditer(text, first, last):
                known = _is_surrogate(kind, match[0])
                if not known and check(text, match) and not _ends(_IN_URL, text, match.start()):
                    foreign = kind == "resident_number" and match[3][0] in "5678"
                    yield "foreigner_number" if foreign else kind, match.span()


def _is_surrogate(kind: Kind, value: str) -> bool:
    digits = _NO_DIGITS.sub("", value)
    if not digits[:-4].strip("0"):
        return True
    number = "+" + digits if _ABROAD.match(value) else digits
    return kind in ("phone", "account") and _PHONE_SURROGATE.fullmatch(number) is not None


def _before(text: str, match: re.Match[str]) -> str:
    """What stands before a match on its line, as far as a label reaches."""
    start = max(match.start() - _REACH_CHARS, text.rfind("\n", 0, match.start()) + 1)
    return text[start : match.start()]


def _ends(pattern: re.Pattern[str], text: str, end: int) -> bool:
    return pattern.search(text, max(0, end - 200), end) is not None


def _is_resident_number(text: str, match: re.Match[str]) -> bool:
    """A date of birth and the check digit; numbers issued since October 2020 have none."""
    birth, separator, rest = match[1], match[2], match[3]
    year = 1800 + 100 * (rest[0] in "1256") + 200 * (rest[0] in "3478") + int(birth[:2])
    try:
        born = datetime.date(year, int(birth[2:4]), int(birth[4:]))
    except ValueError:
        return False
    if not 1880 <= year < 2040:
        return False
    if _RESIDENT_WORDS.search(_before(text, match)) or _has_resident_check_digit(birth + rest):
        return True
    return separator is not None and "-" in separator and born >= datetime.date(2020, 10, 1)


def _has_resident_check_digit(digits: str) -> bool:
    weighted = sum(int(digit) * (2 + place % 8) for place, digit in enumerate(digits[:12]))
    shift = 13 if digits[6] in "5678" else 11
    return (shift - weighted % 11) % 10 == int(digits[12])


def _is_card(text: str, match: re.Match[str]) -> bool:
    digits = _NO_DIGITS.sub("", match[0])
    valid = _CARD_ISSUER.fullmatch(digits) is not None and _passes_luhn(digits)
    return valid and (not match[0].isdigit() or bool(_CARD_WORDS.search(_before(text, match))))


def _passes_luhn(digits: str) -> bool:
    doubled = (int(digit) * 2 for digit in digits[-2::-2])
    total = sum(int(digit) for digit in digits[-1::-2])
    return (total + sum(number - 9 * (number > 9) for number in doubled)) % 10 == 0


def _is_business_number(text: str, match: re.Match[str]) -> bool:
    digits = [int(digit) for digit in _NO_DIGITS.sub("", match[0])]
    total = sum(map(int.__mul__, digits, _BUSINESS_WEIGHTS)) + digits[8] * 5 // 10
    if digits[0] == 0 or (total + digits[9]) % 10:
        return False
    return match[1] is not None or bool(_BUSINESS_WORDS.search(_before(text, match)))


def _is_driver_licence(text: str, match: re.Match[str]) -> bool:
    label = _DRIVER_WORDS.get(match[0].count("-"))
    return label is None or label.search(_before(text, match)) is not None


def _is_phone(text: str, match: re.Match[str]) -> bool:
    if not match[0].isdigit():
        return True
    # '01011010110' is binary.
    certain = match[1] is not None or _PHONE_WORDS.search(_before(text, match)) is not None
    return certain and len(set(match[0])) > 2


def _is_fixed_phone(text: str, match: re.Match[str]) -> bool:
    return match["loose"] is None or bool(_PHONE_WORDS.search(_before(text, match)))


def _is_account(text: str, match: re.Match[str]) -> bool:
    """A bank's layout after the name of a bank or a word for accounts, no other label nearer."""
    shape = "-".join(str(len(group)) for group in re.split(r"[- ]", match[0]))
    if not _ACCOUNT_SHAPE.fullmatch(shape):
        return False
    before = _before(text, match)
    if _BANK_BEFORE.search(before) or _HOLDER_AFTER.match(text, match.end()):
        return True
    labels = list(_ACCOUNT_WORDS.finditer(before))
    return bool(labels) and labels[-1]["account"] is not None


def _is_ip(text: str, match: re.Match[str]) -> bool:
    before = _before(text, match)
    if not _is_public_address(match[0]) or _VERSION_AFTER.match(text, match.end()):
        return False
    if before.endswith("://"):
        return True
    likely = any(int(octet) > 31 for octet in match[0].split(".")) or _IP_WORDS.search(before)
    return bool(likely) and _VERSION_BEFORE.search(before) is None


def _is_public_address(address: str) -> bool:
    """Of one machine in the internet: not private, reserved, for documentation, or a resolver."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return parsed.is_global and not parsed.is_multicast and address not in _PUBLIC_RESOLVERS


def _emails(text: str) -> Iterator[tuple[int, int]]:
    last_end = 0
    for sign in _AT.finditer(text):
        domain = _DOMAIN.match(text, sign.end())
        if not domain:
            continue
        mailbox = _MAILBOX.search(text, max(last_end, sign.start() - 64), sign.start())
        last_end = domain.end()
        if _NO_MAIL_DOMAIN.search(domain[0]) or _FILE_ENDING.fullmatch(domain[1]):
            continue
        # 'git@host:path' and 'https://user:password@host' name machines.
        if mailbox and mailbox[0] != "git" and not _ends(_USER_OF_URL, text, mailbox.start()):
            yield mailbox.start(), domain.end()


_NUMBER_KINDS: tuple[tuple[Kind, re.Pattern[str], _Check], ...] = (
    ("resident_number", _RESIDENT_NUMBER, _is_resident_number),
    ("card", _CARD, _is_card),
    ("business_number", _BUSINESS_NUMBER, _is_business_number),
    ("driver_licence", _DRIVER_LICENCE, _is_driver_licence),
    ("phone", _INTERNATIONAL_PHONE, lambda _, match: 10 <= len(_NO_DIGITS.sub("", match[0])) <= 15),
    ("phone", _MOBILE_PHONE, _is_phone),
    ("phone", _FIXED_PHONE, _is_fixed_phone),
    ("account", _ACCOUNT, _is_account),
)
