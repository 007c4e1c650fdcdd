"""US measures in Korean translations: labelled sentences, and what must never be touched."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from localization_gold import localized, measure_score, rows

from bllossom_data.examples import Message, apply_edits
from bllossom_data.korean.numbers import compare_numbers
from bllossom_data.localization.measure_contacts import american_phones
from bllossom_data.localization.measure_units import UNITS, celsius, converted, won, won_text
from bllossom_data.localization.measures import ExchangeRate, measure_edits


def edits_of(english: str, korean: str, **options: object):
    return measure_edits([Message("assistant", english)], [korean], **options)


def number_problems(english: str, korean: str) -> list[str]:
    """What the check of numbers says of a translation after its measures were edited."""
    edits, _ = edits_of(english, korean)
    pairs = [(one.before, one.after) for one in edits if one.kind == "measure"]
    problems = compare_numbers(english, apply_edits(korean, edits), pairs)
    return [f"{one.problem}: {one.number.text}" for one in problems]


def test_labelled_sentences_come_out_as_an_editor_would_write_them():
    score = measure_score("measures.jsonl")
    assert score.cases >= 150
    assert score.accuracy >= 0.96, score.wrong


def test_what_must_stay_stays():
    score = measure_score("measures.jsonl")
    assert score.unchanged >= 45
    assert score.false_edits == []


def test_sentences_labelled_after_the_code_come_out_as_well():
    assert measure_score("measures_unseen.jsonl").accuracy >= 0.95


def test_a_second_pass_changes_nothing():
    for case in rows("measures.jsonl"):
        if "question" not in case:
            again, _ = edits_of(case["english"], localized(case))
            assert again == [], case["id"]


@pytest.mark.parametrize(
    "text", ["합은 $5$입니다.", "$5 + 3$은 8입니다.", "`$5`를 넣으세요.", "$x_5 = 5$"]
)
def test_maths_between_dollar_signs_is_no_money(text):
    assert edits_of("It costs $5. $5$", text) == ([], [])


def test_currency_can_be_kept_glossed_or_converted_at_a_pinned_rate():
    pair = ("It costs $20.", "20달러가 듭니다.")
    results = {
        policy: apply_edits(pair[1], edits_of(*pair, currency=policy)[0])
        for policy in ("convert", "keep", "gloss")
    }
    assert results == {
        "convert": "2만 8천 원이 듭니다.",
        "keep": "20달러가 듭니다.",
        "gloss": "20달러(약 2만 8천 원)가 듭니다.",
    }
    edits, _ = edits_of(*pair, rate=ExchangeRate(1_500, "2027-01-02"))
    assert edits[0].after == "3만 원"
    assert "2027-01-02" in edits[0].reason


@pytest.mark.parametrize("english", ["They add 50 cents.", "They add $0.50."])
def test_an_amount_in_cents_raises_no_alarm_about_its_number(english):
    edits, _ = edits_of(english, "50센트를 더합니다.")
    assert edits[0].after == "700원"
    assert compare_numbers(english, "700원을 더합니다.") != []
    assert number_problems(english, "50센트를 더합니다.") == []


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("My brother is 6'2\" tall.", "제 형은 키가 6'2\"입니다."),
        ("He is 6 feet 2 inches tall, 180 pounds.", "그는 키가 6피트 2인치, 180파운드입니다."),
        ("She is 5 foot 4.", "그녀는 키가 5피트 4인치입니다."),
        ("Add 2 cups of flour and 1/2 cup of sugar.", "밀가루 2컵과 설탕 1/2컵을 넣습니다."),
        ("Add a cup of milk.", "우유 한 컵을 넣습니다."),
        ("Call (555) 123-4567.", "(555) 123-4567로 전화하십시오."),
        ("Call 1-800-555-0199.", "1-800-555-0199로 전화하십시오."),
        ("Call +1 212 555 0199.", "+1 212 555 0199로 전화하십시오."),
        ("The baby weighs 7 pounds 8 ounces.", "아기는 7파운드 8온스입니다."),
        ("It is due on 4/15/24.", "기한은 4/15/24입니다."),
        ("It costs $1,200 to $1,500.", "1,200~1,500달러입니다."),
        ("A quarter inch gap.", "4분의 1인치 틈을 둡니다."),
        ("The rug is 8 by 10 feet.", "양탄자는 가로 8피트, 세로 10피트입니다."),
        ("It is 5 miles (8 km) away.", "5마일(8킬로미터) 떨어져 있습니다."),
    ],
)
def test_our_own_edits_raise_no_alarm_about_numbers(english, korean):
    assert edits_of(english, korean)[0]
    assert number_problems(english, korean) == []


def test_labelled_sentences_raise_no_alarm_about_what_was_edited():
    alarms = {
        case["id"]: problems
        for name in ("measures.jsonl", "measures_unseen.jsonl")
        for case in rows(name)
        if case["korean"] != case["expected"]
        and (problems := number_problems(case["english"], case["korean"]))
    }
    assert not alarms


def test_particles_are_edits_of_their_own_that_name_their_cause():
    edits, _ = edits_of("It costs $20.", "20달러가 듭니다.")
    assert [(one.kind, one.source, one.before, one.after) for one in edits] == [
        ("measure", "measure:currency", "20달러", "2만 8천 원"),
        ("josa", "josa:measure:currency", "가", "이"),
    ]


def test_what_only_a_person_can_decide_is_a_finding():
    _, findings = edits_of("She wears a size 8 dress.", "그녀는 8사이즈 드레스를 입습니다.")
    assert [(one.check, one.level, one.start) for one in findings] == [("measure", "warning", 4)]
    edits, findings = edits_of("It gets 30 miles per gallon.", "갤런당 30마일을 갑니다.")
    assert not edits
    assert len(findings) == 1


def test_each_turn_is_compared_with_its_own_english():
    messages = [Message("user", "I ran today."), Message("assistant", "You ran 5 miles.")]
    edits, _ = measure_edits(messages, ["저는 5마일을 달렸어요.", "5마일을 달렸군요."])
    assert {edit.turn for edit in edits} == {1}


@pytest.mark.parametrize("number", ["3" * 5_000, "3." + "1" * 5_000, "1,000" * 1_000])
def test_a_number_that_no_measure_has_is_left_alone(number):
    message = Message("user", f"It is {number} miles, or 5 miles.")
    text = f"{number}마일, 아니면 5마일입니다."
    edits, _ = measure_edits([message], [text])
    assert [(one.before, one.after) for one in edits] == [("5마일", "8킬로미터")]
    assert text[edits[0].start : edits[0].end] == "5마일"


def test_a_message_without_a_translation_is_passed_over():
    assert measure_edits([Message("user", "5 miles")], [None]) == ([], [])
    with pytest.raises(ValueError, match="1 messages, but 0 translations"):
        measure_edits([Message("user", "5 miles")], [])


def test_no_telephone_number_can_be_anybodys():
    from phonenumbers import is_valid_number, parse

    for digits in range(0, 10_000, 37):
        text = f"Call (212) 736-{digits:04d} now"
        [(_, _, number)] = american_phones(text, text)
        assert not is_valid_number(parse(number, "KR"))


@pytest.mark.parametrize(
    ("amount", "text"),
    [
        (0, "0원"), (2_800, "2,800원"), (7_000, "7천 원"), (28_000, "2만 8천 원"),
        (140_000, "14만 원"), (112_500_000, "1억 1,250만 원"), (4_900_000_000_000, "4조 9천억 원"),
    ],
)  # fmt: skip
def test_won_is_written_as_in_a_text(amount, text):
    assert won_text(amount) == text


@pytest.mark.parametrize(
    ("name", "amount", "value"),
    [
        ("mile", 5, 8), ("mile", 100, 160), ("mile", 345, 555), ("mile", 2_450, 3_950),
        ("pound", 150, 68), ("pound", 135, 61), ("foot", 1_250, 380), ("mph", 65, 105),
    ],
)  # fmt: skip
def test_a_quantity_is_as_round_as_its_source(name, amount, value):
    assert converted(name, amount).value == value


@settings(deadline=None)
@given(st.sampled_from(sorted(UNITS)), st.integers(1, 5_000))
def test_a_rounded_quantity_is_near_the_exact_one(name, value):
    import pint

    registry = pint.application_registry
    metric = {
        "킬로미터": "kilometer",
        "미터": "meter",
        "센티미터": "centimeter",
        "밀리미터": "millimeter",
        "킬로그램": "kilogram",
        "그램": "gram",
        "리터": "liter",
        "밀리리터": "milliliter",
        "제곱미터": "meter**2",
        "제곱킬로미터": "kilometer**2",
    }
    found = converted(name, value)
    unit = "kilometer/hour" if name == "mph" else metric[found.word]
    exact = registry.Quantity(value, UNITS[name].pint).to(unit).magnitude
    assert abs(found.value - exact) <= 0.071 * exact + 0.05


@settings(deadline=None)
@given(st.integers(-100, 600))
def test_celsius_is_near_the_exact_temperature(fahrenheit):
    assert abs(celsius(fahrenheit) - (fahrenheit - 32) / 1.8) <= 4.5


@settings(deadline=None)
@given(st.integers(1, 10**7))
def test_won_is_near_the_exact_amount(dollars):
    assert abs(won(dollars, ExchangeRate()) - dollars * 1_400) <= 0.0301 * dollars * 1_400


KOREAN_PIECES = st.sampled_from(
    [
        "5마일",
        "20달러",
        "$20",
        "화씨 350도",
        "2컵",
        "을 ",
        "이 ",
        "로 ",
        "`5마일`",
        "“20달러”",
        "\n",
        "**",
        "(8km)",
        "~",
        "반 파운드",
        "가나다 ",
        "```\n",
        "$x^2$",
        " ",
    ]
)


@settings(deadline=None)
@given(st.lists(KOREAN_PIECES, max_size=12))
def test_edits_of_any_text_fit_it_and_leave_code_and_quotations_alone(pieces):
    korean = "".join(pieces)
    english = "5 miles for $20 at 350°F with 2 cups and half a pound"
    edits, _ = edits_of(english, korean)
    result = apply_edits(korean, edits)
    assert result.count("`") == korean.count("`")
    assert result.count("“20달러”") >= korean.count("“20달러”")
    for edit in edits:
        assert korean[edit.start : edit.end] == edit.before


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("It is 20°F hotter at the bottom.", "아래쪽은 화씨 20도 더 덥습니다."),
        ("Butter a 9×5 inch loaf pan.", "9×5인치 식빵 틀에 버터를 바릅니다."),
    ],
)
def test_differences_and_sizes_of_two_sides_are_left_to_a_person(english, korean):
    edits, findings = measure_edits([Message("assistant", english)], [korean])
    assert edits == []
    assert len(findings) == 1


def test_measures_that_were_edited_are_no_exchanged_units():
    for name in ("measures.jsonl", "measures_unseen.jsonl"):
        for case in rows(name):
            problems = number_problems(case["english"], case["korean"])
            assert not [one for one in problems if one.startswith("unit")], case["id"]


@pytest.mark.parametrize(
    ("english", "korean", "told"),
    [
        ("5 miles × 3 = 15 miles", "5마일 × 3 = 15마일", "계산"),
        ("It is 2 feet + 3 feet = 5 feet.", "2피트 + 3피트 = 5피트입니다.", "계산"),
        (
            "Each is 5 pounds, so 5 times 7 equals 35 pounds.",
            "하나가 5파운드이므로 5 곱하기 7은 35파운드입니다.",
            "계산",
        ),
        (
            "Run 3 miles a day for 3 days, 9 miles in total.",
            "하루 3마일씩 사흘, 모두 9마일을 달립니다.",
            "계산",
        ),
        (
            "The tower was 984 feet tall in 1889.",
            "그 탑은 1889년에 높이가 984피트였습니다.",
            "지난 시대",
        ),
        (
            "In the 19th century a field was 40 acres.",
            "19세기에 밭 하나는 40에이커였습니다.",
            "지난 시대",
        ),
        ("Bake at 200 degrees for an hour.", "200도에서 한 시간 구우십시오.", "섭씨인지"),
        ("Preheat the oven to 180 degrees.", "오븐을 180도로 예열하십시오.", "섭씨인지"),
    ],
)
def test_a_number_that_others_depend_on_is_left_and_named(english, korean, told):
    edits, findings = edits_of(english, korean)
    assert edits == []
    assert findings
    assert all(told in one.message for one in findings)


@pytest.mark.parametrize(
    ("english", "korean", "expected"),
    [
        ("Preheat the oven to 350.", "오븐을 350도로 예열하세요.", "오븐을 180도로 예열하세요."),
        (
            "Preheat the oven to 350 and bake for 25 minutes.",
            "오븐을 350으로 예열하고 25분 구우세요.",
            "오븐을 180도로 예열하고 25분 구우세요.",
        ),
        ("Bake at 425 for 10 minutes.", "425도에서 10분 구우세요.", "220도에서 10분 구우세요."),
        ("Bake at 350 degrees.", "350도에서 구우세요.", "180도에서 구우세요."),
        ("Bake at 250°C.", "250°C에서 구우세요.", "250°C에서 구우세요."),
        (
            "The rug is 8 by 10 feet.",
            "양탄자는 가로 8피트, 세로 10피트입니다.",
            "양탄자는 가로 2.4미터, 세로 3미터입니다.",
        ),
        (
            "Buy 2 pounds of beef and 3 pounds of pork, 5 pounds in total.",
            "소고기 2파운드와 돼지고기 3파운드, 모두 5파운드를 사세요.",
            "소고기 900그램과 돼지고기 1.4킬로그램, 모두 2.3킬로그램을 사세요.",
        ),
        (
            "Add 2 cups (480 ml) of flour.",
            "밀가루 2컵(480ml)을 넣으세요.",
            "밀가루 2컵(480ml)을 넣으세요.",
        ),
    ],
)
def test_what_nothing_depends_on_is_converted(english, korean, expected):
    edits, findings = edits_of(english, korean)
    assert apply_edits(korean, edits) == expected
    assert findings == []


@pytest.mark.parametrize(
    ("english", "korean", "expected"),
    [
        (
            "At 65 or 70 mph you save fuel.",
            "시속 65마일이나 70마일로 달리면 됩니다.",
            "시속 105킬로미터나 110킬로미터로 달리면 됩니다.",
        ),
        (
            "It is 3 or 4 miles away.",
            "3마일이나 4마일 떨어져 있습니다.",
            "5킬로미터나 6킬로미터 떨어져 있습니다.",
        ),
        (
            "I earn $60,000 and paid $18,000 in rent.",
            "연봉은 6만 달러, 집세는 1만 8,000달러입니다.",
            "연봉은 8,500만 원, 집세는 2,500만 원입니다.",
        ),
        ("An 1,800-square-foot house.", "1,800제곱피트 집입니다.", "170제곱미터 집입니다."),
        ("5 miles. You can.", "5마일 당신은 합니다.", "8킬로미터 당신은 합니다."),
    ],
)
def test_what_belongs_together_is_converted_together(english, korean, expected):
    edits, findings = edits_of(english, korean)
    assert apply_edits(korean, edits) == expected
    assert findings == []


@pytest.mark.parametrize(
    ("english", "korean", "told"),
    [
        ("It gets about 32 miles per gallon.", "갤런당 약 32마일을 달립니다.", "두 단위"),
        ("It gets about 32 miles per gallon.", "1갤런에 32마일을 달립니다.", "두 단위"),
        ("They add 50 cents for each dollar.", "1달러당 50센트를 더합니다.", "두 단위"),
        ("Franklin is on the $100 bill.", "100달러 지폐에는 프랭클린이 있습니다.", "지폐나 동전"),
        ("He is on the five dollar bill.", "5달러권에는 그가 있습니다.", "지폐나 동전"),
        ("A 50 cent coin shows him.", "50센트 동전에는 그가 있습니다.", "지폐나 동전"),
        ("A quarter is worth 25 cents.", "쿼터는 25센트입니다.", "지폐나 동전"),
        ("Go the extra mile for 1 mile.", "한 마일 더 가는 정성을 들이십시오.", "관용구"),
        (
            "In the 50s it was 10 cents, so they paid 10 cents.",
            "50년대의 일입니다. 값은 10센트였습니다.",
            "지난 시대",
        ),
        ("Walk 3 miles.", "3마일이나 7마일을 걸으십시오.", "그대로 남아"),
        ("It is an acre or 1,900 feet.", "1,800제곱피트입니다.", "그대로 남아"),
        ("My fever is 102. Should I worry?", "열이 102도인데 걱정해야 하나요?", "화씨일 수"),
        ("My temperature is 101.5, is it bad?", "체온이 101.5예요. 나쁜가요?", "화씨일 수"),
        (
            "Below 20 degrees, wear two pairs of socks.",
            "20도 아래에서는 양말을 두 켤레 신으십시오.",
            "화씨일 수",
        ),
    ],
)
def test_what_would_be_converted_wrongly_is_left_and_named(english, korean, told):
    edits, findings = edits_of(english, korean)
    assert edits == []
    assert [told in one.message for one in findings] == [True]


@pytest.mark.parametrize(
    ("english", "korean"),
    [
        ("Cut at a 30 degrees angle.", "30도로 자르십시오."),
        ("Mind the angle. Lift it a bit, to 15 degrees.", "각도에 유의해 15도로 듭니다."),
        ("Turn it 90 degrees.", "90도 돌리십시오."),
        ("The fever lasted 100 days.", "열이 백 일 동안 났습니다."),
        ("My temperature is 38 degrees C.", "체온이 38도입니다."),
        ("You have to go the extra mile.", "정성을 더 들여야 합니다."),
    ],
)
def test_nothing_is_named_where_nothing_is_in_doubt(english, korean):
    assert edits_of(english, korean) == ([], [])


@pytest.mark.parametrize(
    "korean",
    [
        "화씨 105도일 때가 있다.",
        "화씨 105도라면 덥다.",
        "화씨 105도나 된다.",
        "화씨 105도일수록 덥다.",
    ],
)
def test_degrees_are_converted_whatever_ending_stands_behind_them(korean):
    edits, _ = edits_of("It may be 105°F.", korean)
    assert [one.after for one in edits if one.kind == "measure"] == ["섭씨 41도"]


@pytest.mark.parametrize(
    ("english", "korean", "told"),
    [
        ("Put in a few inches of soil.", "흙을 몇 인치 깝니다.", "몇 인치"),
        ("It is hundreds of miles away.", "수백 마일 떨어져 있습니다.", "수백 마일"),
    ],
)
def test_amounts_without_a_number_are_named(english, korean, told):
    edits, findings = edits_of(english, korean)
    assert edits == []
    assert [told in one.message for one in findings] == [True]


@pytest.mark.parametrize(
    ("english", "korean", "told"),
    [
        ("Heat the pan and fry it at 400.", "팬을 달구고 400도에서 튀깁니다.", True),
        ("Keep the thermostat around 65 at night.", "밤에는 온도를 65도 정도로 맞춥니다.", True),
        ("It gets cold, with lows near zero.", "추워서 최저 기온이 0도에 가깝습니다.", True),
        ("Turn it by 90 degrees on a hot day.", "더운 날 90도로 돌립니다.", False),
        ("Heat it to 60 °C.", "60도로 데웁니다.", False),
        ("It is a hot topic for 20 people.", "20명에게 뜨거운 주제입니다.", False),
    ],
)
def test_degrees_that_only_the_korean_names_are_doubted(english, korean, told):
    _, findings = edits_of(english, korean)
    assert any("화씨일 수 있습니다" in one.message for one in findings) == told


def test_square_feet_are_named_where_numbers_are_the_subject():
    question = "Convert this: the area of 1,800 square feet."
    _, findings = measure_edits([Message("user", question)], ["넓이 1,800제곱피트를 바꿔 주세요."])
    assert ["그대로 남아" in one.message for one in findings] == [True]
