"""Entities from the English to edits of the Korean: decisions, places, particles, overlaps."""

import importlib.util
import sys
import types
from itertools import pairwise
from pathlib import Path

import pytest
from entity_policy import OWN_CASES, measure
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.examples import Message, apply_edits
from bllossom_data.localization.catalogue import built_in
from bllossom_data.localization.entities import entity_edits, entity_glossary, plan_entities

JOSA = {"은": "는", "이": "가", "을": "를", "과": "와", "으로": "로"}


def simple_repair(text, end, reading=None):
    """Particles of two forms right behind a word, for a checkout without the real chooser."""
    word = reading or text[:end]
    last = (ord(word[-1]) - 0xAC00) % 28
    for closed, opened in JOSA.items():
        for form in (closed, opened):
            if text.startswith(form, end):
                wants_open = not last or (closed == "으로" and last == 8)
                right = opened if wants_open else closed
                return None if right == form else (end, end + len(form), right)
    return None


@pytest.fixture(autouse=True)
def particles(monkeypatch):
    name = "bllossom_data.korean.josa"
    if importlib.util.find_spec(name) is None:
        module = types.ModuleType(name)
        module.repair_josa = simple_repair
        monkeypatch.setitem(sys.modules, name, module)


def planned(*texts):
    roles = ("user", "assistant")
    return plan_entities([Message(roles[n % 2], text) for n, text in enumerate(texts)])


def decided(*texts):
    return {one.entity.source: one.policy for one in planned(*texts).decisions}


def rewritten(english, korean):
    edits, findings = entity_edits(planned(english), [korean])
    return apply_edits(korean, edits), edits, findings


def test_own_cases_are_decided_as_labelled():
    figures = measure(OWN_CASES)
    assert figures["items"] >= 80
    assert figures["precision"] >= 0.98
    assert figures["recall"] >= 0.95
    assert figures["accuracy"] >= 0.97


def test_every_part_of_measure_counts(tmp_path):
    rows = Path(tmp_path, "gold.jsonl")
    rows.write_text(
        '{"id":"a","messages":[{"role":"user","content":"I buy milk at Walmart and eat rye bread."}],'
        '"entities":[{"text":"Walmart","turn":0,"policy":"keep"},{"text":"rye bread","turn":0,"policy":"gloss"}]}\n'
        '{"id":"b","messages":[{"role":"user","content":"I buy milk at Kroger."}],"entities":[]}\n',
        encoding="utf-8",
    )
    figures = measure(rows)
    assert figures["precision"] == 0.0
    assert figures["confusion"]["keep"]["substitute"] == 1
    assert figures["confusion"]["gloss"]["keep"] == 1
    assert "b: Kroger (substitute) is not labelled" in figures["errors"]


LOOK_ALIKES = [
    ("Our target is to buy milk cheaply.", "Target"),
    ("TELL US WHERE TO FILE TAXES AND HOW TO GET A REFUND NOW", "United States"),
    ("How do I file taxes? Tell us.", "United States"),
    ("The staples of my diet are paper-thin.", "Staples"),
    ("I planted mint; how do I track its budget of water?", "Mint"),
    ("He will chase the bank robber to his account.", "Chase"),
    ("I sat an exam and my score is low.", "SAT"),
    ("Add 911 grams of flour and call me.", "911"),
    ("It costs $911 in an emergency.", "911"),
    ("Call 555-911-2000 in an emergency.", "911"),
    ("See mywalmart or walmart_list when you buy milk.", "Walmart"),
    ("I buy milk; see https://walmart.com/walmart", "Walmart"),
    ("I buy milk. `Walmart` is a constant.", "Walmart"),
    ("I buy milk.\n\n```\nWalmart\n```", "Walmart"),
    ("I buy milk.\n\n    Walmart = 1\n", "Walmart"),
]


@pytest.mark.parametrize(("text", "source"), LOOK_ALIKES)
def test_look_alikes_are_no_mentions(text, source):
    policies = decided(text)
    assert policies.get(source, "keep") == "keep"


HIDDEN = [
    'My son reads "Walmart and the American Dream" and I buy milk at Walmart.',
    "> I buy milk at Walmart.\n\nI buy milk at Walmart too.",
    "I buy milk at the Walmart Museum and at Walmart.",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_a_name_inside_a_title_quotation_or_longer_name_stays_everywhere(text):
    assert decided(text)["Walmart"] == "keep"


@pytest.mark.parametrize(
    "text",
    [
        "I bought milk at Walmart’s pharmacy counter.",
        "I bought milk at walmart.",
        "I bought milk at WALMART.",
        "I bought milk at two Walmarts.",
        "I bought milk at Walmart/Kroger.",
    ],
)
def test_possessives_plurals_and_cases_are_mentions(text):
    assert decided(text)["Walmart"] == "substitute"


def test_the_context_of_the_whole_conversation_decides():
    assert decided("Where do I get milk?", "Try Walmart.") == {"Walmart": "substitute"}
    answer = "Try Walmart. It is like Chuseok shopping in Korea."
    assert decided("Where do I get milk?", answer)["Walmart"] == "keep"


def test_two_sources_never_take_one_target():
    policies = decided("I need a prescription filled. My CVS and my Walgreens are closed.")
    assert policies == {"CVS": "keep", "Walgreens": "keep"}


def test_one_source_takes_one_target_in_all_turns():
    plan = planned("A burglar is inside. Do I call 911?", "Call 911 now.", "911 hung up on me.")
    (one,) = plan.decisions
    assert one.counterpart is not None
    assert one.counterpart.text == "112"
    assert [mention.turn for mention in one.mentions] == [0, 1, 2]


def test_a_place_that_stays_keeps_its_shops():
    text = "We're in Rome for a week. I need milk; is there a Walmart nearby?"
    assert decided(text)["Walmart"] == "keep"


def test_a_person_is_asked_for_where_the_whole_answer_depends_on_it():
    assert planned("How do I file my taxes with the IRS?").needs_person
    assert not planned("I buy milk at Walmart.").needs_person
    assert not planned("What is the IRS?").needs_person


def test_unknown_names_are_listed_and_never_edited():
    plan = planned("I buy milk at Walmart near Old Mill Crossing with my friend.")
    assert [one.text for one in plan.unknown] == ["Old Mill Crossing"]
    assert len(plan.decisions) == 1


def test_the_glossary_asks_for_plain_korean():
    glossary = entity_glossary(planned("Bob buys milk at Walmart. Is the root beer from Rome?"))
    assert dict(glossary) == {"Bob": "밥", "Walmart": "월마트", "root beer": "루트비어"}


SHOP = "I buy milk at Walmart and pay my friends back with Venmo."
KOREAN = [
    ("월마트에서 우유를 사요.", "이마트에서 우유를 사요."),
    ("월마트로 가요.", "이마트로 가요."),
    ("월마트에서는 안 사요.", "이마트에서는 안 사요."),
    ("**월마트**에서 사요.", "**이마트**에서 사요."),
    ("'월마트'라는 곳이에요.", "'이마트'라는 곳이에요."),
    ("여기는 월마트입니다.", "여기는 이마트입니다."),
    ("(월마트) 앞이에요.", "(이마트) 앞이에요."),
    ("월마트점과 월마트풍은 아니에요.", "월마트점과 월마트풍은 아니에요."),
    ("`월마트`는 상수예요.", "`월마트`는 상수예요."),
    ("『월마트 이야기』를 읽어요.", "『월마트 이야기』를 읽어요."),
    (
        "https://ko.wikipedia.org/wiki/월마트 를 봐요.",
        "https://ko.wikipedia.org/wiki/월마트 를 봐요.",
    ),
    ("```\n월마트\n```\n월마트", "```\n월마트\n```\n이마트"),
]


@pytest.mark.parametrize(("before", "after"), KOREAN)
def test_korean_forms_are_found_as_words_only(before, after):
    assert rewritten(SHOP, before)[0] == after


def test_blanks_inside_a_korean_form_are_optional():
    english = "My family meets at Thanksgiving."
    assert rewritten(english, "추수 감사절에는 모여요.")[0] == "추석에는 모여요."
    assert rewritten(english, "추수감사절에는 모여요.")[0] == "추석에는 모여요."
    assert rewritten(english, "땡스기빙에는 모여요.")[0] == "추석에는 모여요."


@pytest.mark.parametrize("state", ["오하이오주", "오하이오 주", "오하이오"])
def test_a_state_is_found_with_its_suffix(state):
    english = "I grew up in Ohio with my two brothers and my grandmother."
    korean = f"저는 {state}에서 형제 둘, 할머니와 함께 자랐어요."
    text, _, findings = rewritten(english, korean)
    assert text.startswith("저는 충청북도에서 형제 둘")
    assert findings == []


def test_the_particle_behind_a_new_name_agrees_with_its_reading():
    english = "My kid is nervous about the SAT."
    text, edits, _ = rewritten(english, "SAT를 봐요. SAT가 어려워요. SAT로 가요.")
    assert text == "수능을 봐요. 수능이 어려워요. 수능으로 가요."
    assert {edit.source for edit in edits} == {"entity:school-0001", "josa:entity:school-0001"}
    assert all(edit.dependency == "whole_answer" for edit in edits if edit.kind == "entity")


def test_people_of_one_example_take_korean_names_together():
    problem = "Emily has 5 apples and gives 2 to Kevin. How many are left?"
    text, _, _ = rewritten(problem, "에밀리는 사과 5개 중 2개를 케빈에게 줘요.")
    assert text == "서연은 사과 5개 중 2개를 건우에게 줘요."


def test_names_of_public_people_are_left_alone():
    told = "Who was the actor who played Kevin? My friend asked."
    assert (
        rewritten(told, "케빈을 연기한 배우는 누구였나요?")[0] == "케빈을 연기한 배우는 누구였나요?"
    )


def test_two_numbers_to_call_may_become_one():
    english = "My toddler swallowed a pill. Should I call 911 or 1-800-222-1222?"
    text, _, _ = rewritten(english, "911이나 1-800-222-1222로 전화할까요?")
    assert text == "119나 119로 전화할까요?"


def test_a_longer_name_of_another_entity_is_left_alone():
    english = "I live in New York and an article in the New York Times is about my apartment."
    text, _, _ = rewritten(english, "뉴욕에 살며 뉴욕 타임스를 읽어요.")
    assert text == "서울에 살며 뉴욕 타임스를 읽어요."


def test_a_name_with_its_abbreviation_in_brackets_is_one_edit():
    english = "How do I file my taxes with the Internal Revenue Service (IRS)?"
    text, edits, _ = rewritten(english, "미국 국세청(IRS)에 세금을 어떻게 신고하나요?")
    assert text == "국세청에 세금을 어떻게 신고하나요?"
    assert len(edits) == 1


def test_a_gloss_stands_behind_the_first_mention_only_and_outside_bold():
    english = ["We drink root beer.", "Good.", "More root beer?"]
    korean = ["**루트 비어**를 마셔요.", None, "루트비어를 더?"]
    plan = planned(*english)
    edits, findings = entity_edits(plan, korean)
    assert len(edits) == 1
    assert apply_edits(korean[0], edits).startswith("**루트 비어**(나무뿌리")
    assert findings == []


def test_a_gloss_that_the_translation_has_already_is_not_repeated():
    assert rewritten("We drink root beer.", "루트비어(탄산음료)를 마셔요.")[1] == []


def test_what_cannot_be_found_is_told():
    _, edits, findings = rewritten("I buy milk at Walmart.", "마트에서 우유를 사요.")
    assert edits == []
    assert [(one.check, one.level, one.turn) for one in findings] == [("entities", "warning", 0)]
    assert "Walmart" in findings[0].message


def test_more_places_than_the_english_has_are_told():
    _, edits, findings = rewritten("I buy milk at Walmart.", "월마트는 월마트예요.")
    assert len(edits) >= 2
    assert len(findings) == 1


def test_messages_without_translation_are_passed_over():
    assert entity_edits(planned("I buy milk at Walmart."), [None]) == ([], [])


SUBSTITUTED = [one for one in built_in().entities if one.policy in ("substitute", "gloss")]
PIECES = st.sampled_from(
    [
        "은 ",
        "를 ",
        "에서 ",
        "로부터 ",
        "점 ",
        ", ",
        "(",
        ")",
        "**",
        "`",
        "\n",
        "『",
        "』",
        " https://",
        "예요. ",
        "a",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(SUBSTITUTED), PIECES, PIECES), min_size=1, max_size=8))
def test_edits_never_overlap_and_change_nothing_else(parts):
    english = "I buy milk and call my family. " + " and ".join(one.source for one, _, _ in parts)
    korean = "".join(first + one.korean[0] + last for one, first, last in parts)
    plan = plan_entities([Message("user", english)])
    edits, _ = entity_edits(plan, [korean])
    ordered = sorted(edits, key=lambda edit: (edit.start, edit.end))
    assert all(one.end <= other.start for one, other in pairwise(ordered))
    result = apply_edits(korean, edits)
    kept, done, place = [], 0, 0
    for edit in ordered:
        kept.append(korean[done : edit.start])
        assert result[place : place + len(kept[-1])] == kept[-1]
        place += len(kept[-1]) + len(edit.after)
        done = edit.end
    assert result[place:] == korean[done:]


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_can_be_planned(text):
    plan = plan_entities([Message("user", text), Message("assistant", text[::-1])])
    for one in plan.decisions:
        for mention in one.mentions:
            content = text if mention.turn == 0 else text[::-1]
            assert content[mention.start : mention.end] == mention.text
    entity_edits(plan, [text, None])


@pytest.mark.parametrize(
    ("korean", "half"),
    [
        ("안나가 웃었어요.\n제 친구 안나는 의사예요.", ["안나"]),
        ("안나가 웃었어요.\n그 친구는 의사예요.", []),
        ("안나가 웃었어요.\n제 친구 안나가 의사예요.", []),
    ],
)
def test_a_name_that_is_replaced_in_one_place_only_is_named(korean, half):
    _, edits, findings = rewritten("Anna smiled. My friend Anna is a doctor.", korean)
    assert edits
    told = [one for one in findings if "다른 낱말로 보아" in one.message]
    assert [korean[one.start : one.end] for one in told] == half
    assert {(one.level, one.turn) for one in told} <= {("warning", 0)}


def test_the_beginning_of_a_longer_word_is_no_name_that_was_left():
    _, edits, findings = rewritten(
        "The snow is gone. My friend Sarah came.", "눈이 사라지고 사라가 왔어요."
    )
    assert edits
    assert findings == []
