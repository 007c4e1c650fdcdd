"""Measures of a conversation that depend on one another, or on what is asked."""

import pytest

from bllossom_data.examples import Message, apply_edits
from bllossom_data.localization.measure_units import ExchangeRate
from bllossom_data.localization.measures import measure_edits


def localized(*turns, **options):
    """The Korean of each turn after its edits, and the messages of the findings."""
    roles = ("user", "assistant") if len(turns) > 1 else ("assistant",)
    messages = [
        Message(roles[number % len(roles)], english) for number, (english, _) in enumerate(turns)
    ]
    edits, findings = measure_edits(messages, [korean for _, korean in turns], **options)
    texts = [
        apply_edits(korean, [edit for edit in edits if edit.turn == number])
        for number, (_, korean) in enumerate(turns)
    ]
    return texts, [finding.message for finding in findings]


@pytest.mark.parametrize("ending", ["예요", "네요", "야", "다", "죠", "고 바람이 불어요"])
def test_degrees_of_a_question_become_celsius_whatever_ending_stands_behind_them(ending):
    texts, findings = localized(
        ("It's 20 degrees outside. Can I run?", f"밖이 20도{ending}. 뛰어도 될까요?"),
        ("At 20°F, dress warmly.", "화씨 20도라면 따뜻하게 입으세요."),
    )
    assert texts[0].startswith("밖이 영하 7도")
    assert texts[1] == "섭씨 영하 7도라면 따뜻하게 입으세요."
    assert findings == []


def test_degrees_without_a_scale_have_the_scale_that_another_turn_gives_them():
    texts, findings = localized(
        ("It's 20 degrees today. Can I run?", "오늘 20도예요. 뛰어도 될까요?"),
        ("At 20°F, dress warmly.", "20°F라면 따뜻하게 입으세요."),
    )
    assert texts == ["오늘 영하 7도예요. 뛰어도 될까요?", "-7°C라면 따뜻하게 입으세요."]
    assert findings == []


def test_an_angle_has_no_scale_whatever_another_turn_says():
    texts, _ = localized(
        ("Turn the knob 20 degrees.", "손잡이를 20도 돌립니다."),
        ("It is 20°F outside.", "밖은 화씨 20도입니다."),
    )
    assert texts[0] == "손잡이를 20도 돌립니다."


@pytest.mark.parametrize(
    ("english", "korean", "expected"),
    [
        ("The dinner was $45; a 20% tip is $9.", "저녁은 45달러, 20% 팁은 9달러입니다.",
         "저녁은 6만 3천 원, 20% 팁은 1만 2,600원입니다."),
        ("It went from $4 to $4.20, 5% more.", "4달러에서 4.20달러로 5% 올랐습니다.",
         "5,600원에서 5,880원으로 5% 올랐습니다."),
        ("A $400,000 house needs 20% down, $80,000.", "40만 달러짜리 집에는 20%인 8만 달러가 듭니다.",
         "5억 6천만 원짜리 집에는 20%인 1억 1,200만 원이 듭니다."),
        ("It is $60 for adults and $20 for kids.", "어른은 60달러, 아이는 20달러입니다.",
         "어른은 8만 4천 원, 아이는 2만 8천 원입니다."),
        ("Seven tickets at $17 come to $119.", "17달러짜리 표 일곱 장이면 119달러입니다.",
         "2만 3,800원짜리 표 일곱 장이면 16만 6,600원입니다."),
        ("I pay $1,200 for rent and $450 for food, $1,650.",
         "집세 1,200달러와 식비 450달러로 1,650달러를 냅니다.",
         "집세 168만 원과 식비 63만 원으로 231만 원을 냅니다."),
        ("Rent $1,200, food $410 and buses $145 make $1,755.",
         "집세 1,200달러, 식비 410달러, 버스 145달러로 1,755달러입니다.",
         "집세 168만 원, 식비 57만 4천 원, 버스 20만 3천 원으로 245만 7천 원입니다."),
        ("Pay $41-82.", "41~82달러를 내세요.", "5만 7,400~11만 4,800원을 내세요."),
    ],
)  # fmt: skip
def test_money_that_follows_from_other_money_still_does_in_won(english, korean, expected):
    assert localized((english, korean)) == ([expected], [])


@pytest.mark.parametrize(
    ("english", "korean", "expected"),
    [
        ("The price rose from $10 to $12.", "값이 10달러에서 12달러로 올랐습니다.",
         "값이 1만 4천 원에서 1만 7천 원으로 올랐습니다."),
        ("A $400,000 house needs $80,000 down.", "40만 달러짜리 집에 8만 달러가 듭니다.",
         "5억 6천만 원짜리 집에 1억 1천만 원이 듭니다."),
        ("Pay $62-124.", "62~124달러를 내세요.", "8만 7천~17만 4천 원을 내세요."),
        ("Pay $20 now and $40 later.", "지금 20달러, 나중에 40달러를 내세요.",
         "지금 2만 8천 원, 나중에 5만 6천 원을 내세요."),
    ],
)  # fmt: skip
def test_money_is_rounded_where_nothing_depends_on_it_or_all_stays_right(english, korean, expected):
    assert localized((english, korean)) == ([expected], [])


def test_the_reason_of_an_unrounded_amount_tells_why_and_the_rate():
    messages = [Message("assistant", "It rose 5%, from $4 to $4.20.")]
    rate = ExchangeRate(1_437.5, "2027-01-02")
    edits, _ = measure_edits(messages, ["4달러에서 4.20달러로 5% 올랐습니다."], rate=rate)
    money = [edit for edit in edits if edit.kind == "measure"]
    assert [edit.after for edit in money] == ["5,760원", "6,048원"]
    assert all("1,440원" in edit.reason and "어림하지 않고" in edit.reason for edit in money)


def test_money_that_is_bound_to_a_calculation_is_left_with_it():
    english = "$45 x 0.2 = $9, so pay $54."
    korean = "45달러 × 0.2 = 9달러이므로 54달러를 내세요."
    texts, findings = localized((english, korean))
    assert texts == [korean]
    assert ["계산" in finding for finding in findings] == [True] * 3


def test_a_turn_follows_from_the_money_of_another():
    texts, _ = localized(
        ("My bill is $45.", "계산서는 45달러예요."),
        ("Leave 20%, so $9.", "20%인 9달러를 두세요."),
    )
    assert texts == ["계산서는 6만 3천 원이에요.", "20%인 1만 2,600원을 두세요."]


def test_a_named_share_of_another_measure_that_rounding_would_change_is_left():
    english = "Losing 10% takes you from 180 to 162 pounds."
    korean = "10%를 빼면 180파운드에서 162파운드가 됩니다."
    texts, findings = localized((english, korean))
    assert texts == [korean]
    assert ["계산" in finding for finding in findings] == [True] * 2


@pytest.mark.parametrize(
    ("pounds", "kilograms"),
    [(100, 45), (150, 68), (180, 82), (185, 84), (200, 90), (220, 100), (250, 113), (350, 159)],
)
def test_the_weight_of_a_body_is_told_to_the_kilogram(pounds, kilograms):
    texts, _ = localized((f"I weigh {pounds} lb.", f"몸무게는 {pounds}파운드예요."))
    assert texts == [f"몸무게는 {kilograms}킬로그램이에요."]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        (("I weigh 180 lb and am 5'10\". What is my BMI?", "저는 180파운드, 5피트 10인치예요."),
         ("Your BMI is 25.8.", "BMI는 25.8입니다.")),
        (("I weigh 180 pounds. How much protein?", "몸무게는 180파운드예요."),
         ("At 0.8 grams per pound, about 144 grams.", "파운드당 0.8그램, 약 144그램입니다.")),
        (("I weigh 180 pounds. Which dose?", "몸무게는 180파운드예요."),
         ("You are 81.6 kg, so take two.", "81.6kg이므로 두 알을 드세요.")),
    ],
)  # fmt: skip
def test_a_weight_whose_figures_would_no_longer_follow_is_left(question, answer):
    texts, findings = localized(question, answer)
    assert texts == [question[1], answer[1]]
    assert findings
    assert all("계산" in finding for finding in findings)


def test_a_weight_whose_figures_still_follow_is_converted():
    texts, findings = localized(
        ("I'm 150 pounds and 5'7\". My BMI?", "저는 150파운드, 5피트 7인치예요."),
        ("Your BMI is 23.5.", "BMI는 23.5입니다."),
    )
    assert texts[0] == "저는 68킬로그램, 170센티미터예요."
    assert findings == []


def test_kilograms_in_brackets_take_the_place_of_the_pounds():
    pair = ("You weigh 180 pounds (81.6 kg).", "180파운드(81.6kg)입니다.")
    assert localized(pair) == (["81.6킬로그램입니다."], [])


@pytest.mark.parametrize(
    ("english", "korean", "told"),
    [
        ("A gallon of gas costs $3.50.", "휘발유 1갤런이 3.50달러입니다.", "1리터에 약 1,300원"),
        ("Beef is $5 a pound.", "소고기는 1파운드에 5달러입니다.", "1킬로그램에 약 1만 5천 원"),
        ("Gas is 89 cents per gallon.", "휘발유는 1갤런에 89센트입니다.", "1리터에 약 330원"),
        ("Wood is $3 to $4 a foot.", "목재는 1피트에 3~4달러입니다.",
         "1미터에 약 1만 4천 원~1만 8천 원"),
        ("It is $150 per square foot.", "제곱피트당 150달러입니다.", "1제곱미터에 약 230만 원"),
        ("I paid $6 for a pound of nuts.", "견과 1파운드에 6달러를 냈어요.",
         "1킬로그램에 약 1만 9천 원"),
        ("15 gallons at $3.50 a gallon come to $52.50.",
         "1갤런에 3.50달러이니 15갤런은 52.50달러입니다.", "1리터에 약 1,300원"),
    ],
)  # fmt: skip
def test_the_price_of_one_unit_is_left_with_what_it_is_in_korea(english, korean, told):
    texts, findings = localized((english, korean))
    assert texts == [korean]
    assert any(told in finding for finding in findings)


@pytest.mark.parametrize(
    ("english", "korean", "expected"),
    [
        ("Eggs are $3 a dozen.", "달걀은 열두 개에 3달러입니다.", "달걀은 열두 개에 4,200원입니다."),
        ("Coffee is $5 a cup.", "커피는 한 잔에 5달러입니다.", "커피는 한 잔에 7천 원입니다."),
        ("Add a pound of beef. Beef is $5 a pound.",
         "소고기 1파운드를 넣으세요. 소고기는 파운드당 5달러입니다.",
         "소고기 450그램을 넣으세요. 소고기는 파운드당 5달러입니다."),
        ("It costs $60 for a foot massage.", "발 마사지는 60달러입니다.",
         "발 마사지는 8만 5천 원입니다."),
    ],
)  # fmt: skip
def test_what_is_no_price_of_a_unit_is_converted(english, korean, expected):
    assert localized((english, korean))[0] == [expected]


@pytest.mark.parametrize(
    ("english", "korean", "expected"),
    [
        ("I want to lose 10 lbs.", "10파운드를 빼고 싶어요.", "5킬로그램을 빼고 싶어요."),
        ("How do I lose 5 pounds?", "어떻게 5파운드를 빼나요?", "어떻게 2킬로그램을 빼나요?"),
        ("To lose weight, aim for one pound a week.", "일주일에 1파운드를 빼세요.",
         "일주일에 500그램을 빼세요."),
        ("You can lose 1 to 2 pounds a week.", "일주일에 1~2파운드를 뺄 수 있습니다.",
         "일주일에 500그램~1킬로그램을 뺄 수 있습니다."),
        ("Want to lose 1 pound? Cook 1 pound of beef.",
         "1파운드를 빼고 싶으세요? 소고기 1파운드를 요리하세요.",
         "500그램을 빼고 싶으세요? 소고기 450그램을 요리하세요."),
        ("She lost 10 pounds.", "그녀는 10파운드를 뺐습니다.", "그녀는 4.5킬로그램을 뺐습니다."),
        ("I need a pound of beef.", "소고기 1파운드가 필요해요.", "소고기 450그램이 필요해요."),
        ("I'm 130 pounds and want to lose 10 pounds, to 120 pounds.",
         "130파운드에서 10파운드를 빼 120파운드가 되고 싶어요.",
         "59킬로그램에서 4.5킬로그램을 빼 54킬로그램이 되고 싶어요."),
    ],
)  # fmt: skip
def test_what_somebody_means_to_lose_is_told_in_whole_or_half_kilograms(english, korean, expected):
    assert localized((english, korean)) == ([expected], [])


@pytest.mark.parametrize(
    ("question", "english", "korean", "told"),
    [
        ("How tall is the Empire State Building?", "It is 1,454 feet tall.",
         "높이는 1,454피트입니다.", "443미터"),
        ("How far is Boston from New York?", "About 215 miles.", "약 215마일입니다.",
         "350킬로미터"),
        ("How fast can a cheetah run?", "About 70 mph.", "시속 70마일쯤입니다.",
         "시속 110킬로미터"),
        ("How much does an elephant weigh?", "About 13,000 pounds.", "약 13,000파운드입니다.",
         "6,000킬로그램"),
        ("How hot is Venus?", "About 870°F.", "화씨 870도쯤입니다.", "섭씨 466도"),
    ],
)  # fmt: skip
def test_the_number_that_is_asked_for_is_left_with_what_it_is_in_korea(
    question, english, korean, told
):
    texts, findings = localized((question, "얼마인가요?"), (english, korean))
    assert texts[1] == korean
    assert len(findings) == 1
    assert "묻는 수" in findings[0]
    assert told in findings[0]


@pytest.mark.parametrize(
    ("question", "english", "korean", "expected"),
    [
        ("How high should I hang it?", "Hang it 60 inches up.", "60인치 높이에 거세요.",
         "150센티미터 높이에 거세요."),
        ("How far do I stand?", "Stand 10 feet away.", "10피트 떨어져 서세요.",
         "3미터 떨어져 서세요."),
        ("How tall is the tower?", "Old. It weighs 50 pounds.", "오래됐습니다. 50파운드입니다.",
         "오래됐습니다. 23킬로그램입니다."),
        ("How tall is Mount Everest?", "It is 29,032 feet (8,849 meters).",
         "29,032피트(8,849미터)입니다.", "8,849미터입니다."),
        ("Tell me about it.", "It is 1,454 feet tall.", "높이는 1,454피트입니다.",
         "높이는 443미터입니다."),
    ],
)  # fmt: skip
def test_advice_and_what_was_not_asked_for_are_converted(question, english, korean, expected):
    texts, findings = localized((question, "질문"), (english, korean))
    assert texts[1] == expected
    assert findings == []


def test_of_many_amounts_none_is_rounded():
    english = ", ".join(f"${number}" for number in range(101, 165))
    texts, _ = localized((english, english))
    assert "14만 1,400원, 14만 2,800원" in texts[0]


@pytest.mark.parametrize(
    "english",
    [
        "10% of 0.01 inches is 0.001 inches. My BMI is 25 at 0 pounds and 0.001 inches, $0 a foot.",
        "Lose 0 pounds a week. " + "1" * 300 + " grams per pound, $" + "9" * 300 + " a pound.",
    ],
)
def test_strange_quantities_break_nothing(english):
    texts, _ = localized((english, "0.001인치, 0파운드"))
    assert len(texts) == 1
