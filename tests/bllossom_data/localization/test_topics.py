"""Topic rules: what they load, what they match, and what a model's rewrite may do."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from localization_gold import messages_of, rows, topic_score

from bllossom_data.errors import LocalizationError, TopicRewriteError
from bllossom_data.examples import Message, apply_edits
from bllossom_data.localization.topic_rewrites import (
    read_rewrite,
    rewrite_instructions,
    rewrite_question,
    rewrite_schema,
)
from bllossom_data.localization.topic_rules import load_topic_rules
from bllossom_data.localization.topics import match_topics

ITEMS = rows("entities.jsonl")
RULES = {rule.id: rule for rule in load_topic_rules().rules}
POLICIES = {"substitute", "gloss", "transliterate", "keep"}


def ids(*contents: str) -> list[str]:
    roles = ("user", "assistant")
    messages = [Message(roles[turn % 2], content) for turn, content in enumerate(contents)]
    return [match.rule.id for match in match_topics(messages)]


def test_the_gold_is_large_and_every_entity_stands_in_its_turn():
    assert len(ITEMS) >= 170
    assert len({item["id"] for item in ITEMS}) == len(ITEMS)
    for item in ITEMS:
        assert item["messages"][0]["role"] == "user"
        seen = {(one["text"], one["turn"]) for one in item["entities"]}
        assert len(seen) == len(item["entities"]), item["id"]
        for one in item["entities"]:
            assert one["text"] in item["messages"][one["turn"]]["content"], item["id"]
            assert one["policy"] in POLICIES
        assert item["topic"] is None or item["topic"] in RULES, item["id"]


def test_a_third_to_two_fifths_of_the_entities_are_replaced():
    policies = [one["policy"] for item in ITEMS for one in item["entities"]]
    assert 0.33 <= policies.count("substitute") / len(policies) <= 0.42


def test_topics_agree_with_the_labels():
    score = topic_score()
    assert score.precision >= 0.95, score.extra
    assert score.recall >= 0.95, score.missed


def test_every_rule_has_its_own_korean_counterpart_and_checks():
    assert len(RULES) >= 45
    for rule in RULES.values():
        for text in (rule.subject, rule.counterpart, rule.prompt, *rule.must_check):
            assert re.search("[가-힣]", text), rule.id
        expected = {"adapt": "target_modified", "write_new": "newly_created", "remove": "removed"}
        assert rule.label == expected.get(rule.action, "simply_transferred"), rule.id
    assert len({rule.prompt for rule in RULES.values()}) == len(RULES)


def test_a_subject_that_is_only_mentioned_does_not_match():
    answer = "Open three boxes every evening. Start with the kitchen and the beds."
    assert ids("We moved in right before Thanksgiving. How do I unpack?", answer) == []
    assert (
        ids("My dentist retired after my tax refund came. How do I find a new one?", answer) == []
    )


def test_a_question_about_the_thing_itself_does_not_match():
    assert ids("When was the first Super Bowl party?", "In 1967, with football and wings.") == []


def test_a_prompt_without_an_answer_is_judged_by_its_question():
    assert ids("How do I file my taxes for the first time?") == ["tax.return"]
    assert ids("How do I peel an orange?") == []


@pytest.mark.parametrize(
    ("question", "answer", "rule"),
    [
        (
            "What are the primary objections Democrats have to a border wall?",
            "Cost, environmental impact, and symbolism.",
            "politics.border",
        ),
        (
            "I worked in two states last year. How do I file my taxes?",
            "File one return in each of them.",
            "tax.return",
        ),
        ("How much should I tip my hairdresser?", "Fifteen to twenty percent.", "money.tipping"),
        ("What do I need to bring to the DMV?", "Two proofs of address.", "driving.license"),
        ("Can I buy soda with food stamps?", "Yes, in most shops.", "work.unemployment"),
        ("Explain how to apply for food stamps.", "Ask online.", "work.unemployment"),
    ],
)
def test_a_short_answer_need_not_confirm_what_the_question_asks(question, answer, rule):
    assert ids(question, answer) == [rule]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("My dentist retired after my tax refund came. How do I find a new one?", "Ask friends."),
        ("Write a tip for the dishwasher.", "Clean the filter."),
        ("We met at the DMV last year. What should I give her?", "Flowers."),
    ],
)
def test_a_short_answer_makes_no_subject_of_a_mention(question, answer):
    assert ids(question, answer) == []


def test_a_long_answer_of_other_words_still_speaks_against_a_subject():
    answer = "Stretch both arms, breathe slowly and look at something far away. " * 4
    assert ids("How do I calm down at the DMV?", "Breathe.") == ["driving.license"]
    assert ids("How do I calm down at the DMV?", answer) == []


def test_code_shows_no_subject():
    assert ids("Why does this fail?\n```\nfile_my_taxes('IRS')\n# IRS tax refund\n```") == []


def test_the_focus_of_a_long_question_is_its_beginning_and_its_questions():
    filler = "I walked around the block and thought about it for a while. " * 12
    body = (
        f"My plant looks sad. I water it weekly. {filler}My cousin said jury duty is dull. {filler}"
    )
    answer = "Put it near a window. Jury and plants and courts have nothing in common."
    assert ids(f"{body}Why are its leaves yellow?", answer) == []
    assert ids(
        f"{body}Do I have to go to jury duty?",
        "Ask the clerk of the court. A judge may excuse jurors.",
    ) == ["law.jury"]


@settings(deadline=None)
@given(st.lists(st.text(max_size=300), max_size=4))
def test_any_conversation_is_scored_between_0_and_1(contents):
    roles = ("user", "assistant")
    messages = [Message(roles[turn % 2], content) for turn, content in enumerate(contents)]
    for match in match_topics(messages):
        assert 0 <= match.score <= 1
        assert all(messages[turn].role == "user" for turn in match.turns)


def test_all_mistakes_of_a_file_are_told_at_once(tmp_path):
    rule = (
        '[[rules]]\nid = "a.b"\nsubject = "세금"\naction = "{action}"\nlabel = "removed"\n'
        'dependency = "none"\ncounterpart = "가"\nprompt = "나"\nmust_check = ["다"]\n'
        "[rules.match]\nany = ['{pattern}']\nsupport = ['one', 'two', 'three']\n"
    )
    path = tmp_path / "topics.toml"
    path.write_text(
        rule.format(action="delete", pattern="tax") + rule.format(action="keep", pattern="(tax")
        + rule.format(action="keep", pattern="tax").replace("any = ['tax']", "anything = ['tax']"),
        encoding="utf-8",
    )  # fmt: skip
    with pytest.raises(LocalizationError) as error:
        load_topic_rules(path)
    told = str(error.value)
    for part in (
        "line 4: rules.0.action",
        "not a regular expression",
        "anything",
        "another rule is called 'a.b'",
        "never matches",
    ):
        assert part in told, told


def test_mistakes_across_the_files_of_a_folder_are_told(tmp_path):
    rule = (
        '[[rules]]\nid = "a.b"\nsubject = "세금"\naction = "keep"\nlabel = "removed"\n'
        'dependency = "none"\ncounterpart = "가"\nprompt = "나"\nmust_check = ["다"]\n'
        "[rules.match]\nany = ['tax']\nsupport = ['one', 'two', 'three']\n"
    )
    with pytest.raises(LocalizationError, match="no rules"):
        load_topic_rules(tmp_path)
    (tmp_path / "first.toml").write_text(rule, encoding="utf-8")
    (tmp_path / "second.toml").write_text("about_itself = ['who was']\n", encoding="utf-8")
    rules = load_topic_rules(tmp_path)
    assert (len(rules.rules), rules.about_itself) == (1, ("who was",))
    (tmp_path / "third.toml").write_text(f"\n{rule}", encoding="utf-8")
    with pytest.raises(LocalizationError, match=r"third\.toml, line 3: .*called 'a\.b'"):
        load_topic_rules(tmp_path)


def test_a_file_that_is_absent_or_no_toml_is_told(tmp_path):
    with pytest.raises(LocalizationError, match="cannot be read"):
        load_topic_rules(tmp_path / "none.toml")
    (tmp_path / "bad.toml").write_text("rules = [", encoding="utf-8")
    with pytest.raises(LocalizationError, match="not TOML"):
        load_topic_rules(tmp_path / "bad.toml")


RULE = RULES["emergency.calls"]
KOREAN = ["911에 언제 전화하나요?", "가슴이 아프면 911에 전화하세요. `call 911`은 예제 코드입니다."]


def reply(**changes: object) -> str:
    change = {
        "turn": 1, "before": "가슴이 아프면 911에", "after": "가슴이 아프면 119에",
        "reason": "한국의 구급 번호",
    }  # fmt: skip
    return json.dumps({"edits": [change | changes]}, ensure_ascii=False)


def test_a_good_reply_becomes_edits_that_fit_the_translation():
    [edit] = read_rewrite(RULE, KOREAN, reply(), "openai:fake-1")
    assert apply_edits(KOREAN[1], [edit]).startswith("가슴이 아프면 119에 전화")
    assert (edit.kind, edit.source) == ("topic", "model:openai:fake-1")
    assert edit.dependency == "whole_answer"
    assert read_rewrite(RULE, KOREAN, '{"edits": []}', "openai:fake-1") == []


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"before": "없는 글귀"}, "0번 나옵니다"),
        ({"before": "911"}, "2번 나옵니다"),
        ({"before": " "}, "비어 있습니다"),
        ({"after": "가슴이 아프면 911에"}, "같습니다"),
        ({"turn": 2}, "번역이 없습니다"),
        ({"turn": -1}, "번역이 없습니다"),
        ({"reason": ""}, "reason"),
        ({"before": "`call 911`은", "after": "`call 119`는"}, "코드나 주소"),
        ({"turn": "1"}, "turn"),
        ({"note": "x"}, "note"),
    ],
)  # fmt: skip
def test_a_reply_that_does_not_fit_is_refused(changes, told):
    with pytest.raises(TopicRewriteError, match=told):
        read_rewrite(RULE, KOREAN, reply(**changes), "m")


def test_prose_is_refused_and_so_are_overlapping_changes():
    with pytest.raises(TopicRewriteError):
        read_rewrite(RULE, KOREAN, "물론입니다! 고친 글은 다음과 같습니다.", "m")
    first, second = (
        json.loads(reply(before=part))["edits"][0] for part in ("가슴이 아프면", "아프면 911에")
    )
    with pytest.raises(TopicRewriteError, match="겹칩니다"):
        read_rewrite(RULE, KOREAN, json.dumps({"edits": [first, second]}), "m")


def test_the_schema_asks_for_exactly_what_is_read():
    item = rewrite_schema()["properties"]["edits"]["items"]
    assert item["required"] == list(json.loads(reply())["edits"][0])
    assert item["additionalProperties"] is False


def test_the_prompt_has_the_rule_and_the_conversation_as_data():
    item = next(one for one in ITEMS if one["id"] == "emergency-when-911")
    told = rewrite_instructions(RULE)
    assert RULE.prompt in told
    assert RULE.counterpart in told
    turns = json.loads(rewrite_question(messages_of(item), [None, KOREAN[1]]))["turns"]
    assert [(one["turn"], one["korean"]) for one in turns] == [(1, KOREAN[1])]
