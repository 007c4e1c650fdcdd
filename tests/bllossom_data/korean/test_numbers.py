import csv
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bllossom_data.korean import numbers_english, numbers_korean
from bllossom_data.korean.number_values import scan
from bllossom_data.korean.numbers import compare_numbers, english_numbers, korean_numbers

GOLD = Path(__file__).parents[2] / "fixtures" / "korean" / "number_pairs.tsv"
NATIVE_ONES = ["", "한", "두", "세", "네", "다섯", "여섯", "일곱", "여덟", "아홉"]
NATIVE_TENS = ["", "열", "스물", "서른", "마흔", "쉰", "예순", "일흔", "여든", "아흔"]
SINO = ["", "일", "이", "삼", "사", "오", "육", "칠", "팔", "구"]


def gold():
    with GOLD.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def english_words(number):
    ones = [
        "zero",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "ten",
        "eleven",
        "twelve",
        "thirteen",
        "fourteen",
        "fifteen",
        "sixteen",
        "seventeen",
        "eighteen",
        "nineteen",
    ]
    tens = [
        "zero",
        "ten",
        "twenty",
        "thirty",
        "forty",
        "fifty",
        "sixty",
        "seventy",
        "eighty",
        "ninety",
    ]
    if number < 20:
        return ones[number]
    if number < 100:
        return tens[number // 10] + (f"-{ones[number % 10]}" if number % 10 else "")
    if number < 1_000:
        rest = number % 100
        return f"{ones[number // 100]} hundred" + (f" and {english_words(rest)}" if rest else "")
    rest = number % 1_000
    words = f"{english_words(number // 1_000)} thousand"
    return words + (
        f" {english_words(rest)}" if rest >= 100 else f" and {english_words(rest)}" if rest else ""
    )


def sino_words(number):
    """Below 10,000, without 일 before 십, 백 and 천."""
    words = ""
    for unit, name in ((1_000, "천"), (100, "백"), (10, "십")):
        digit = number // unit % 10
        words += (SINO[digit] if digit > 1 else "") + (name if digit else "")
    return words + SINO[number % 10]


def native_words(number):
    if number == 20:
        return "스무"
    return NATIVE_TENS[number // 10] + NATIVE_ONES[number % 10]


def values(numbers):
    return [number.value for number in numbers]


def test_the_gold_is_large_and_varied_enough():
    rows = gold()
    assert sum(row["verdict"] == "ok" for row in rows) >= 220
    assert sum(row["verdict"] == "wrong" for row in rows) >= 100
    assert {row["verdict"] for row in rows} == {"ok", "wrong"}
    assert len({(row["english"], row["korean"]) for row in rows}) == len(rows)


def test_legitimate_translations_raise_few_false_alarms():
    rows = [row for row in gold() if row["verdict"] == "ok"]
    alarms = [row for row in rows if compare_numbers(row["english"], row["korean"])]
    assert len(alarms) <= 0.03 * len(rows), [row["note"] for row in alarms]


def test_wrong_numbers_are_not_missed():
    rows = [row for row in gold() if row["verdict"] == "wrong"]
    missed = [row for row in rows if not compare_numbers(row["english"], row["korean"])]
    assert len(missed) <= 0.01 * len(rows), [row["note"] for row in missed]


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("35,000 people", 35_000, "count"),
        ("1.5 million users", 1_500_000, "count"),
        ("$45K", 45, "money"),
        ("the 21st floor", 21, "ordinal"),
        ("in 1984", 1984, "year"),
        ("on July 4", 7, "month"),
        ("at 3 p.m.", 3, "time"),
        ("for 90 minutes", 90, "duration"),
        ("the 1990s", 1990, "decade"),
        ("the 19th century", 19, "century"),
        ("12.5%", Fraction(25, 2), "percent"),
        ("two thirds of it", Fraction(2, 3), "fraction"),
        ("half a million", 500_000, "fraction"),
        ("version 2.4.1", None, "version"),
        ("call 010-1234-5678", None, "version"),
        ("flight KE081", None, "code"),
        ("dozens of people", None, "vague"),
        ("two dozen roses", 24, "count"),
        ("Henry VIII", 8, "ordinal"),
        ("minus ten degrees", -10, "count"),
        ("1½ cups", Fraction(3, 2), "fraction"),
    ],
)
def test_english_numbers_have_a_value_and_a_kind(text, value, kind):
    first = english_numbers(text)[0]
    assert (first.value, first.kind) == (value, kind)
    assert first.text == text[first.start : first.end]


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("3만 5천 명", 35_000, "count"),
        ("1억 2,000만 원", 120_000_000, "money"),
        ("150만 달러", 1_500_000, "money"),
        ("38만 4,400km", 384_400, "count"),
        ("스물한 살", 21, "count"),
        ("세 번째", 3, "ordinal"),
        ("열두 시", 12, "time"),
        ("오후 3시", 3, "time"),
        ("7월", 7, "month"),
        ("6개월", 6, "duration"),
        ("사흘", 3, "duration"),
        ("1990년대", 1990, "decade"),
        ("19세기", 19, "century"),
        ("50퍼센트", 50, "percent"),
        ("3분의 2", Fraction(2, 3), "fraction"),
        ("절반", Fraction(1, 2), "fraction"),
        ("반쪽", Fraction(1, 2), "fraction"),
        ("영하 5도", -5, "count"),
        ("천칠백만 마리", 17_000_000, "count"),
        ("수십 명", None, "vague"),
        ("1984년", 1984, "year"),
    ],
)
def test_korean_numbers_have_a_value_and_a_kind(text, value, kind):
    first = korean_numbers(text)[0]
    assert (first.value, first.kind) == (value, kind)
    assert first.text == text[first.start : first.end]


@pytest.mark.parametrize(
    "text",
    [
        "이 사람은 매일 일을 한다.",
        "만약 비가 오면 사과와 오이를 사 오세요.",
        "천천히 구두를 닦고 이사 준비를 했다.",
        "만일 구조대가 온다면 백인과 흑인을 모두 구분 없이 돕는다.",
        "열대 지방의 세대 차이와 만주의 역사",
        "무슨 일이 일어났는지 아이에게 물었다.",
        "네 편지를 받고 이주 계획을 세웠다.",
        "육지와 하늘, 사무실과 조직, 삼촌과 이모",
        "천주교 세례와 보름달, 오일과 칠면조",
        "두 손을 모으고 세심하게 말했다.",
        "시장에서 빵을 사십시오. 그리고 일찍 오십시오.",
    ],
)
def test_syllables_that_are_no_numbers_are_not_missed_by_anybody(text):
    assert [number.text for number in korean_numbers(text) if number.certain] == []


@pytest.mark.parametrize(
    "text",
    [
        "One should always be kind to no one but oneself.",
        "You may march forward in a second.",
        "May I sit here? April called. March on!",
        "At first he was second to none.",
        "A third party app, the better half of a half-hearted effort",
        "Once there was an anyone and someone.",
        "No two snowflakes are alike, and the film wasn't half bad.",
        "Mix it. Third, add the flour.",
    ],
)
def test_words_that_only_look_like_numbers_are_not_certain(text):
    assert [number.text for number in english_numbers(text) if number.certain] == []


def test_slots_and_addresses_hold_no_numbers():
    assert english_numbers("See ⟦12⟧ at https://example.com/2024/05 or a7@b1.com.") == []
    assert korean_numbers("⟦12⟧를 https://example.com/2024/05에서 보세요.") == []


@given(st.integers(2, 9_999_999))
def test_english_and_korean_agree_on_every_number_in_digits_and_myriads(number):
    myriads, rest = divmod(number, 10_000)
    korean = f"{myriads}만" * bool(myriads) + f" {rest}" * bool(rest >= 100 or not myriads)
    if myriads and 0 < rest < 100:
        korean = f"{number:,}"
    assert (
        compare_numbers(f"They sold {number:,} tickets.", f"표를 {korean.strip()}장 팔았다.") == []
    )


@given(st.integers(2, 9_999))
def test_spelled_numbers_are_read_exactly(number):
    assert values(english_numbers(f"exactly {english_words(number)} books")) == [number]
    if number > 10:
        assert values(korean_numbers(f"책 {sino_words(number)} 권")) == [number]


@given(st.integers(2, 99))
def test_native_numerals_are_read_exactly(number):
    assert values(korean_numbers(f"나무 {native_words(number)} 그루")) == [number]


@given(st.integers(0, 23), st.integers(0, 59))
def test_a_time_of_day_is_the_same_in_every_way_of_writing_it(hour, minute):
    half, twelve = ("오전" if hour < 12 else "오후"), hour % 12 or 12
    suffix = "a.m." if hour < 12 else "p.m."
    english = f"It starts at {twelve}:{minute:02d} {suffix}"
    for korean in (
        f"{half} {twelve}시 {minute}분",
        f"{hour:02d}:{minute:02d}",
        f"{hour}시 {minute}분",
    ):
        assert compare_numbers(english, f"{korean}에 시작한다.") == []


@given(st.integers(2, 9_999), st.integers(2, 9_999))
def test_a_changed_number_is_always_noticed(before, after):
    problems = compare_numbers(f"There are {before} seats.", f"좌석은 {after}개이다.")
    assert [one.problem for one in problems] == ([] if before == after else ["missing", "added"])


def test_what_an_edit_changed_is_no_problem():
    english, korean = "It is 5 miles away and costs $50.", "8km 떨어져 있고 6만 9,000원이다."
    assert len(compare_numbers(english, korean)) == 4
    edits = (("5마일", "8km"), ("50달러", "6만 9,000원"))
    assert compare_numbers(english, korean, edits) == []
    assert len(compare_numbers(english, "9km 떨어져 있고 6만 9,000원이다.", edits)) == 2


def test_an_edit_explains_no_number_but_its_own():
    english = "Walk 5 miles on 5 days."
    edits = (("5마일", "8킬로미터"),)
    assert compare_numbers(english, "닷새 동안 8킬로미터를 걸으세요.", edits) == []
    [lost] = compare_numbers(english, "8킬로미터를 걸으세요.", edits)
    assert (lost.problem, lost.number.text) == ("missing", "5 days")
    [made_up] = compare_numbers(english, "닷새 동안 8킬로미터를 8번 걸으세요.", edits)
    assert made_up.problem == "added"


def test_problems_say_where_they_are():
    english, korean = "Add 3 eggs.", "달걀 네 개를 넣으세요."
    missing, added = compare_numbers(english, korean)
    assert (missing.problem, english[missing.number.start : missing.number.end]) == ("missing", "3")
    assert (added.problem, korean[added.number.start : added.number.end]) == ("added", "네")


@pytest.mark.parametrize(
    ("language", "passes"),
    [("english", numbers_english._PASSES), ("korean", numbers_korean._PASSES)],
)
def test_no_number_is_missed_for_the_letters_that_are_looked_for_first(language, passes):
    everywhere = [one[:2] for one in passes]
    for text in [row[language] for row in gold()]:
        assert scan(text, passes) == scan(text, everywhere), text


MOMENTS = (
    "half an hour, a quarter of a million, one and a half years, three quarters, a third of it",
    "3 pm, two p.m., at nine in the morning, 7:30, five o'clock, ten at night, on 3/4/2021",
    "2021-03-04, the 19th century, the twenty-first century, 50%, five percent, 3 pct, ½, 2/3",
    "v1.2.3, B2B, 555-1234, 10x20, two halves, quarter of a mile",
    "오후 3시 반, 세 시, 7:30, 삼분의 일, 2/3, 50%, 오 퍼센트, 십 프로, 1m 80cm, 1미터 80센티",
    "2021-03-04, v1.2.3, B2B, 555-1234, 10x20",
)


@pytest.mark.parametrize("passes", [numbers_english._PASSES, numbers_korean._PASSES])
def test_what_a_pass_is_left_out_without_is_in_all_that_it_finds(passes):
    texts = [*MOMENTS, *(row[side] for row in gold() for side in ("english", "korean"))]
    guarded = [one for one in passes if len(one) == 3]
    for pattern, _, needed in guarded:
        found = [match[0] for text in texts for match in pattern.finditer(text)]
        assert found, pattern.pattern
        assert [one for one in found if not needed.search(one)] == []
