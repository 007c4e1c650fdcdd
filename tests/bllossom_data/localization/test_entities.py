"""Names are moved to Korea only where they are a backdrop, and only where they stand."""

import tempfile
from functools import cache
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bllossom_data.errors import LocalizationError
from bllossom_data.examples import Message, apply_edits
from bllossom_data.localization.catalogue import load_catalogue
from bllossom_data.localization.entities import entity_edits, entity_glossary, plan_entities

CATALOGUE = """
[[entity]]
id = "place-0001"
name = "Mount Stuart"
aliases = ["Mt. Stuart"]
policy = "substitute"
korean = ["스튜어트산", "마운트 스튜어트"]
counterpart = "북한산"
reading = "북한산"
why = "가까운 등반지"
applies = ["hike", "climb", "ridge"]
excludes = ["geology"]
dependency = "whole_answer"
facts = ["높이", "길"]

[[entity]]
id = "retail-0001"
name = "Walmart"
policy = "substitute"
korean = ["월마트"]
counterpart = "이마트"
reading = "이마트"
why = "장을 보는 곳"
applies = ["buy", "shopping"]
review = "auto"

[[entity]]
id = "retail-0002"
name = "Kmart"
policy = "substitute"
korean = ["케이마트"]
counterpart = "이마트"
reading = "이마트"
why = "장을 보는 곳"
review = "auto"

[[entity]]
id = "institution-0001"
name = "Internal Revenue Service"
aliases = ["IRS"]
policy = "substitute"
korean = ["미국 국세청(IRS)", "국세청(IRS)", "IRS"]
counterpart = "국세청"
reading = "국세청"
why = "세금을 맡는 곳"
applies = ["refund", "tax return"]
excludes = ["history of"]
dependency = "whole_answer"

[[entity]]
id = "finance-0001"
name = "401(k)"
policy = "gloss"
korean = ["401(k)"]
counterpart = "미국의 퇴직연금"
why = "한국에 없는 제도"

[[entity]]
id = "person-0001"
name = "John"
policy = "substitute"
korean = ["존"]
counterpart = "철수"
reading = "철수"
why = "예문의 이름"
applies = ["word problem"]

[[entity]]
id = "place-0002"
name = "Rome"
policy = "keep"
korean = ["로마"]
why = "세계의 도시"
"""


@cache
def small_catalogue():
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "all.toml").write_text(CATALOGUE, encoding="utf-8")
        return load_catalogue(Path(folder))


@pytest.fixture
def catalogue():
    return small_catalogue()


def policies(catalogue, *turns: str) -> dict[str, str]:
    roles = ("user", "assistant")
    messages = [Message(roles[n % 2], text) for n, text in enumerate(turns)]
    plan = plan_entities(messages, catalogue)
    return {one.entity.name: one.policy for one in plan.entities}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Where should I start to hike Mount Stuart?", {"Mount Stuart": "substitute"}),
        ("We want to climb Mt. Stuart's north ridge.", {"Mount Stuart": "substitute"}),
        ("Mount Stuart is pretty.", {"Mount Stuart": "keep"}),
        ("Explain the geology of Mount Stuart to hikers who climb.", {"Mount Stuart": "keep"}),
        ("What is Mount Stuart? Can I climb it?", {"Mount Stuart": "keep"}),
        ("I buy milk at Walmart.", {"Walmart": "substitute"}),
        ("I buy milk at Walmarts.", {"Walmart": "substitute"}),
        ("Who is Walmart owned by? I buy there.", {"Walmart": "keep"}),
        ("Tell me about Walmart, where I go shopping.", {"Walmart": "keep"}),
        ("Walmart vs Amazon: where to buy?", {"Walmart": "keep"}),
        ("I buy at walmart", {}),
        ("I buy `Walmart` at https://Walmart.com/Walmart", {}),
        ("SuperWalmartX to buy", {}),
        ("The IRS owes me a refund.", {"Internal Revenue Service": "substitute"}),
        ("The history of the IRS and its refund.", {"Internal Revenue Service": "keep"}),
        ("My FIRST refund", {}),
        ("Should I pay into my 401(k)?", {"401(k)": "gloss"}),
        ("Rome is old.", {"Rome": "keep"}),
        ("Solve this word problem: John has 3 apples.", {"John": "substitute"}),
        ("John wrote to me.", {"John": "keep"}),
        ("A word problem about John Lennon.", {}),
        ("A word problem for President John.", {}),
    ],
)
def test_a_name_is_only_substituted_where_it_is_a_backdrop(catalogue, text, expected):
    assert policies(catalogue, text) == expected


def test_the_whole_conversation_is_looked_at(catalogue):
    assert policies(catalogue, "Is Mount Stuart nice?", "Yes, to climb.") == {
        "Mount Stuart": "substitute"
    }


def test_two_names_never_become_one(catalogue):
    found = policies(catalogue, "I buy milk at Walmart and bread at Kmart.")
    assert sorted(found.values()) == ["keep", "substitute"]


def edited(catalogue, english: str, korean: str) -> tuple[str, list]:
    plan = plan_entities([Message("user", english)], catalogue)
    edits, findings = entity_edits(plan, [korean])
    return apply_edits(korean, edits), findings


CLIMB = "I want to climb Mount Stuart."


@pytest.mark.parametrize(
    ("english", "korean", "expected"),
    [
        (CLIMB, "스튜어트산을 오르고 싶어요.", "북한산을 오르고 싶어요."),
        (CLIMB, "마운트 스튜어트를 오르고 싶어요.", "북한산을 오르고 싶어요."),
        (CLIMB, "**스튜어트산**에는 길이 있어요.", "**북한산**에는 길이 있어요."),
        (CLIMB, "`스튜어트산`은 코드예요.", None),
        (CLIMB, "스튜어트산맥은 다른 말이에요.", None),
        ("I buy at Walmart.", "월마트는 싸고 월마트가 커요.", "이마트는 싸고 이마트가 커요."),
        ("I buy at Walmart.", "월마트에서 사요.", "이마트에서 사요."),
        ("IRS refund", "IRS는 환급을 해요.", "국세청은 환급을 해요."),
        ("IRS refund", "미국 국세청(IRS)이 환급을 해요.", "국세청이 환급을 해요."),
        ("IRS refund", "IRSX는 아니에요.", None),
        ("word problem: John has 2", "존은 사과가 있어요.", "철수는 사과가 있어요."),
        ("word problem: John has 2", "존중은 다른 말이에요.", None),
        (
            "My 401(k) and my 401(k)",
            "401(k)에 넣고 401(k)을 봐요.",
            "401(k)(미국의 퇴직연금)에 넣고 401(k)을 봐요.",
        ),
    ],
)
def test_names_are_changed_where_they_stand_with_the_particle_behind(
    catalogue, english, korean, expected
):
    text, findings = edited(catalogue, english, korean)
    assert text == (expected or korean)
    assert [one.check for one in findings] == ([] if expected else ["entity"])


def test_the_particle_is_an_edit_of_its_own_that_names_the_one_it_follows(catalogue):
    plan = plan_entities([Message("user", "IRS refund")], catalogue)
    (entity, josa), _ = entity_edits(plan, ["IRS는 환급을 해요."])
    assert (entity.kind, entity.source, entity.dependency) == (
        "entity",
        "entity:institution-0001",
        "whole_answer",
    )
    assert (josa.kind, josa.source, josa.before, josa.after) == (
        "josa",
        "josa:entity:institution-0001",
        "는",
        "은",
    )
    assert plan.needs_person


def test_engines_are_told_the_names_with_which_something_is_done(catalogue):
    text = "I climb Mt. Stuart, buy at Walmart and see Rome."
    glossary = entity_glossary(plan_entities([Message("user", text)], catalogue))
    assert glossary == (("Mt. Stuart", "스튜어트산"), ("Walmart", "월마트"))


WORDS = st.lists(
    st.sampled_from(
        [
            "월마트",
            "월마트에서",
            "스튜어트산은",
            "마운트 스튜어트",
            "IRS가",
            "401(k)",
            "존은",
            "가",
            " ",
            "\n",
            "`IRS`",
        ]
    )
)


@given(WORDS.map(" ".join))
def test_nothing_outside_the_names_changes_and_edits_never_overlap(text):
    messages = [Message("user", "climb Mount Stuart, buy at Walmart, IRS refund, 401(k)")]
    plan = plan_entities(messages, small_catalogue())
    edits, _ = entity_edits(plan, [text])
    for one, other in pairwise(edits):
        assert one.end <= other.start
    rest, done = [], 0
    for edit in edits:
        rest.append(text[done : edit.start])
        done = edit.end
    changed = apply_edits(text, edits)
    for piece in [*rest, text[done:]]:
        assert piece in changed


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (('policy = "keep"', 'policy = "kept"'), "place-0002: policy = 'kept': Input should be"),
        (('reading = "국세청"\n', ""), "institution-0001: reading is required with policy"),
        (('reading = "국세청"', 'reading = "IRS"'), "reading = 'IRS' must be Hangul"),
        (('id = "place-0002"', 'id = "place-0001"'), "place-0001: 2 entries have this id"),
        (('name = "Rome"', 'name = "IRS"'), "'IRS' is a spelling of institution-0001 as well"),
        (('applies = ["buy", ', 'applies = ["Buy", '), "applies: 'Buy' must be in small letters"),
        (('why = "세계의 도시"', 'reason = "도시"'), "place-0002: why"),
    ],
)
def test_a_wrong_catalogue_is_refused_with_entry_and_key(change, message, tmp_path):
    assert change[0] in CATALOGUE
    text = CATALOGUE.replace(*change)
    (tmp_path / "all.toml").write_text(text, encoding="utf-8")
    with pytest.raises(LocalizationError, match="mistakes in the entity catalogue") as caught:
        load_catalogue(tmp_path)
    assert message in str(caught.value)


def test_the_packaged_catalogue_is_right_large_and_mostly_keeps():
    entities = load_catalogue().entities
    kept = sum(one.policy == "keep" for one in entities)
    assert len(entities) >= 300
    assert kept >= len(entities) / 2
    kinds = {one.id.partition("-")[0] for one in entities}
    assert {"retail", "brand", "food", "holiday", "media", "person", "organisation"} <= kinds
