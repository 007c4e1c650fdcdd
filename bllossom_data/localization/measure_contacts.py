"""Dates in American order, American telephone numbers, and sizes of clothes in a Korean text."""

import re
from collections.abc import Iterator
from datetime import date

from bllossom_data.examples import Finding

__all__ = ["american_dates", "american_phones", "clothing_sizes"]

DATE = re.compile(r"(?<![\d/.-])(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?![\d/])")
CENTURY_TURNS = 30
ENGLISH_SIZE = re.compile(
    r"\bsizes? (?P<size>\d{1,2}(?:\.5)?|XX?L|[SML])\b(?=.{0,40}\b(?:shoe|boot|sneaker|dress|shirt|"
    r"jeans|pants|suit|skirt|bra|ring|clothes|feet))"
    r"|\bwears? (?:a )?size (?P<worn>\d{1,2}(?:\.5)?)",
    re.IGNORECASE,
)
KOREAN_SIZE = r"(?:{size} ?(?:사이즈|호)|(?:사이즈|치수)(?:가|는)? ?{size}(?!\d))"
# No Korean exchange begins with 0, so nobody can have this number.
NOBODYS_EXCHANGE = "02-000-"


def american_dates(english: str, korean: str) -> Iterator[tuple[int, int, str]]:
    """Dates such as 4/15/2024 that the translation kept in American order.

    Yields:
        Start and end in the Korean text, and the date in Korean order.
    """
    stated = {hit[0] for hit in DATE.finditer(english)}
    for hit in DATE.finditer(korean):
        if hit[0] not in stated:
            continue
        year = int(hit[3])
        if year < 100:
            year += 2000 if year < CENTURY_TURNS else 1900
        try:
            day = date(year, int(hit[1]), int(hit[2]))
        except ValueError:
            continue
        yield hit.start(), hit.end(), f"{day.year}년 {day.month}월 {day.day}일"


def american_phones(english: str, korean: str) -> Iterator[tuple[int, int, str]]:
    """American telephone numbers of both texts, with a number in Korea that nobody can have.

    Yields:
        Start and end in the Korean text, and the number that stands there instead.
    """
    if not re.search(r"\d{3}\W{0,2}\d{4}", korean):
        return
    from phonenumbers import Leniency, PhoneNumberMatcher

    def found(text: str) -> dict[tuple[int, int], int]:
        # 555 numbers of stories are possible, not valid; anything longer is no telephone number.
        matches = PhoneNumberMatcher(text, "US", leniency=Leniency.POSSIBLE)
        return {
            (one.start, one.end): one.number.national_number
            for one in matches
            if one.number.country_code == 1
            and one.number.national_number
            and len(str(one.number.national_number)) == 10
            and re.search(r"[-. )]", one.raw_string)
        }

    stated = set(found(english).values())
    for (start, end), number in found(korean).items():
        if number in stated:
            yield start, end, f"{NOBODYS_EXCHANGE}{number % 10_000:04d}"


def clothing_sizes(english: str, korean: str, turn: int) -> Iterator[Finding]:
    """American sizes, which only a person can convert: they differ by maker and garment."""
    for hit in ENGLISH_SIZE.finditer(english):
        size = hit["size"] or hit["worn"]
        place = re.search(KOREAN_SIZE.format(size=re.escape(size)), korean)
        if place:
            yield Finding(
                "measure",
                "warning",
                f"미국 치수 {place[0]!r}: 옷은 44·55·66이나 90·95·100, 신발은 밀리미터(예: 270)로 "
                "바꿀지 살펴 주세요.",
                turn,
                *place.span(),
            )
