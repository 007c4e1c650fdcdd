"""Whether an answer depends on a measure that is converted, and what is told of fuel consumption."""

import pytest

from bllossom_data.examples import Message
from bllossom_data.localization.measures import measure_edits


def dependencies(question, answer, korean_question, korean_answer=None):
    messages = [Message("user", question), Message("assistant", answer)]
    edits, _ = measure_edits(messages, [korean_question, korean_answer])
    return {edit.before: edit.dependency for edit in edits if edit.kind == "measure"}


@pytest.mark.parametrize(
    ("question", "answer", "korean"),
    [
        ("I weigh 176 pounds and am 69 inches tall. What is my BMI?", "It is about 26.",
         "몸무게는 176파운드입니다."),
        ("I weigh 176 pounds. How much protein do I need?", "About 140 grams a day.",
         "저는 176파운드예요."),
        ("I run 5 miles a day. How many calories do I burn?", "About 600 calories.",
         "하루 5마일을 뛰어요."),
        ("My room has 200 square feet. Which heater should I get?",
         "For 200 square feet, get one of 2,000 watts.", "방은 200제곱피트예요."),
        ("My tank holds 20 gallons. Which filter?", "Take the volume times four per hour.",
         "수조는 20갤런이에요."),
        ("My dog weighs 40 pounds. Is one pill enough?", "Give 1 mg per pound, so yes.",
         "개는 40파운드예요."),
    ],
)  # fmt: skip
def test_an_answer_that_calculates_with_a_measure_depends_on_it(question, answer, korean):
    found = dependencies(question, answer, korean)
    assert set(found.values()) == {"local"}


@pytest.mark.parametrize(
    ("question", "answer", "korean"),
    [
        ("I weigh 176 pounds. How do I stay fit?", "Walk every day.", "저는 176파운드예요."),
        ("I live 5 miles from work. Should I cycle?", "Yes, and start with 2 days a week.",
         "직장에서 5마일 떨어져 살아요."),
        ("How many books fit in my car for the 300 miles to my sister?", "Plenty.",
         "300마일을 가요."),
    ],
)  # fmt: skip
def test_an_answer_that_does_not_is_free_of_it(question, answer, korean):
    assert set(dependencies(question, answer, korean).values()) == {"none"}


def test_the_same_measure_in_the_answer_depends_as_well_and_another_does_not():
    found = dependencies(
        "I weigh 176 pounds. How much protein do I need?",
        "At 176 pounds, about 140 grams a day. Then walk 3 miles.",
        "저는 176파운드예요.",
        "176파운드라면 하루 140그램쯤입니다. 그리고 3마일을 걸으세요.",
    )
    assert found == {"176파운드": "local", "3마일": "none"}


@pytest.mark.parametrize(
    ("english", "korean", "told"),
    [
        ("It gets 30 miles per gallon.", "갤런당 30마일을 갑니다.", "1리터에 약 13킬로미터"),
        ("It gets 18 miles per gallon.", "1갤런에 18마일을 갑니다.", "1리터에 약 7.7킬로미터"),
        ("It gets 25 to 30 miles per gallon.", "갤런당 25~30마일을 갑니다.",
         "1리터에 약 11~13킬로미터"),
        ("It gets 30 mpg.", "연비는 30mpg입니다.", "1리터에 약 13킬로미터"),
    ],
)  # fmt: skip
def test_fuel_consumption_is_left_with_what_it_is_in_korea(english, korean, told):
    edits, findings = measure_edits([Message("assistant", english)], [korean])
    assert edits == []
    assert [told in one.message for one in findings] == [True]


def test_other_rates_and_mpg_in_code_get_no_such_figure():
    _, findings = measure_edits(
        [Message("assistant", "They add 50 cents for each dollar.")],
        ["1달러당 50센트를 더합니다."],
    )
    assert ["킬로미터" in one.message for one in findings] == [False]
    assert measure_edits([Message("assistant", "Set `30mpg`.")], ["`30mpg`로 둡니다."]) == ([], [])
