"""Decided texts that belong to another example are told, and what people write anew is not."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hand_made_drafts import draft, review

from bllossom_data.examples import Message
from pipelines.decision_files import add_decisions, read_decisions
from pipelines.decision_texts import mistakes_of_all
from pipelines.foreign_texts import ForeignTexts

LEVELS = {"system": "합쇼체", "user": "해요체", "assistant": "합쇼체"}
NOW = datetime(2026, 11, 27, tzinfo=UTC)
TEXTS = {
    "salt": (
        ("Why is the sea salty?", "바닷물은 왜 짠가요?"),
        (
            "Rivers carry salts from rocks to the sea, and only water evaporates from it.",
            "강물이 암석에서 소금 성분을 녹여 바다로 나르고, 바다에서는 물만 증발하기 때문입니다.",
        ),
    ),
    "bread": (
        ("How do I keep bread fresh?", "빵을 어떻게 하면 오래 보관할 수 있나요?"),
        (
            "Slice the loaf, freeze it in a sealed bag, and toast each slice when you need it.",
            "식빵을 썰어 밀폐 봉지에 담아 냉동하고, 먹을 때마다 한 조각씩 꺼내 구우면 됩니다.",
        ),
    ),
    "moon": (
        ("What makes the tides?", "밀물과 썰물은 무엇 때문에 생기나요?"),
        (
            "The pull of the Moon raises the water on both sides of the Earth.",
            "달의 중력이 지구 양쪽의 물을 끌어 올려 하루 두 차례 해수면이 높아집니다.",
        ),
    ),
}
ROLES = ("user", "assistant")


def made(name: str, pairs, **changes):
    messages = tuple(Message(role, one) for role, (one, _) in zip(ROLES, pairs, strict=True))
    translations = tuple(korean for _, korean in pairs)
    return draft(name, **{"messages": messages, "translations": translations, **changes})


DRAFTS = {name: made(name, pairs) for name, pairs in TEXTS.items()}


def decided(name: str, *texts: str, **changes):
    messages = tuple(map(Message, ROLES, texts))
    given = {"draft_sha256": None, "messages": messages, "decided_at": "2025-11-25", **changes}
    return review(DRAFTS[name], "correct", **given)


def told(one, drafts=DRAFTS) -> list[tuple[int | None, str]]:
    return [(found.turn, found.message) for found in ForeignTexts(drafts).findings(one)]


def korean(name: str) -> tuple[str, ...]:
    return DRAFTS[name].translations


def test_the_text_of_another_example_is_told_with_its_name():
    for name, other in (("salt", "bread"), ("bread", "moon"), ("moon", "salt")):
        ((turn, message),) = told(decided(name, *korean(other)))
        assert turn is None
        assert f"다른 예시 ‘{other}’" in message
        assert told(decided(name, *korean(name))) == []


def test_a_corrected_text_is_still_known_as_that_of_another_example():
    corrected = (
        korean("bread")[0],
        "식빵은 먹기 좋게 썰어 밀폐 봉지에 담아 냉동 보관하고, 한 조각씩 꺼내 구우면 됩니다.",
    )
    ((_, message),) = told(decided("salt", *corrected))
    assert "‘bread’" in message


def test_one_turn_of_another_example_is_told_where_it_stands():
    long = (*TEXTS["salt"][:1], ("x", " ".join([korean("salt")[1], *map(str, range(100, 130))])))
    drafts = DRAFTS | {"salt": made("salt", long)}
    question = " ".join([korean("salt")[0], *map(str, range(200, 230))])
    ((turn, message),) = told(decided("salt", question, korean("bread")[1]), drafts)
    assert (turn, "‘bread’" in message) == (1, True)


@pytest.mark.parametrize(
    "texts",
    [
        (
            "소금기가 바다에 있는 까닭을 알려 주세요.",
            "빗물이 땅속 광물에서 염류를 씻어 내고, 그 염류가 오랜 세월 쌓여 짠맛을 냅니다.",
        ),
        ("왜 짠가요?", "강이 소금을 나릅니다."),
        ("빵을 어떻게 하면?", "네, 그렇습니다."),
    ],
)
def test_a_text_written_anew_and_a_short_one_are_not_told(texts):
    assert told(decided("salt", *texts)) == []


def test_examples_that_resemble_each_other_are_not_told_apart():
    twin = ((TEXTS["salt"][0][0], "바닷물은 어째서 짠가요?"), TEXTS["salt"][1])
    drafts = DRAFTS | {"twin": made("twin", twin)}
    assert told(decided("salt", *korean("salt")), drafts) == []
    assert told(decided("salt", "바닷물은 어째서 짠가요?", korean("salt")[1]), drafts) == []


def test_where_nothing_is_translated_the_english_tells_whose_text_it_is():
    untranslated = made("new", TEXTS["salt"], translations=(None, None))
    drafts = DRAFTS | {"new": untranslated}
    given = replace(decided("salt", *korean("salt")), example_id="new")
    assert told(given, drafts) == []
    ((_, message),) = told(replace(decided("salt", *korean("bread")), example_id="new"), drafts)
    assert "‘bread’" in message


def test_decisions_without_a_text_are_not_looked_at():
    assert told(review(DRAFTS["salt"])) == []
    assert told(review(DRAFTS["salt"], "remove")) == []


@pytest.fixture
def exchanged(tmp_path):
    """What a tool that is off by one line writes."""

    def write(**changes):
        lines = [
            {
                "example_id": name,
                "decision": "correct",
                "draft_sha256": None,
                "messages": [
                    {"role": role, "content": text}
                    for role, text in zip(ROLES, korean(other), strict=True)
                ],
                "reviewer": "kim",
                "decided_at": "2025-11-25",
                **changes,
            }
            for name, other in (("salt", "bread"), ("bread", "moon"), ("moon", "salt"))
        ]
        path = tmp_path / "incoming.jsonl"
        path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
        return path

    return write


def test_exchanged_texts_are_kept_out_by_an_import_and_by_a_recipe(exchanged, tmp_path):
    store = tmp_path / "store.jsonl"
    path = exchanged()
    result = add_decisions(store, path, DRAFTS, LEVELS, NOW)
    assert (result.added, result.rejected) == (0, 3)
    assert f'{path}:1: messages: error "unrelated": ' in result.mistakes[0]
    assert '"dismissed": ["unrelated"]' in result.mistakes[0]
    for workers in (1, 2):
        said = mistakes_of_all(read_decisions([path]), DRAFTS, LEVELS, workers)
        assert [one.partition(" error ")[0] for one in said] == [
            "salt: messages:", "bread: messages:", "moon: messages:",
        ]  # fmt: skip


def test_a_person_may_say_why_the_text_is_right_all_the_same(exchanged, tmp_path):
    path = exchanged(dismissed=["unrelated"], comment="두 예시의 주제를 서로 바꿈")
    assert add_decisions(tmp_path / "store.jsonl", path, DRAFTS, LEVELS, NOW).added == 3
    assert mistakes_of_all(read_decisions([path]), DRAFTS, LEVELS, 1) == []


def test_many_drafts_with_the_same_words_cost_no_more():
    """Words that hundreds of turns have in common lead to none of them."""
    filler = " ".join(korean("salt"))
    drafts = DRAFTS | {
        f"same-{number}": made(f"same-{number}", ((f"Q {number}", filler), ("A", filler)))
        for number in range(300)
    }
    assert told(decided("moon", filler, filler), drafts) == []
    ((_, message),) = told(decided("moon", *korean("bread")), drafts)
    assert "‘bread’" in message
