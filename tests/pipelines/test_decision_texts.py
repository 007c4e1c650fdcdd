"""Texts that decisions publish: what the checks refuse, and how a person says that they are wrong."""

import json
from datetime import UTC, datetime

import pytest
from hand_made_drafts import draft, review

from bllossom_data.examples import Message
from pipelines.decision_files import add_decisions, read_decisions
from pipelines.decision_texts import judge_text, mistakes_of_all

LEVELS = {"system": "합쇼체", "user": "해요체", "assistant": "합쇼체"}
NOW = datetime(2026, 11, 27, tzinfo=UTC)
ENGLISH = (
    Message("user", "How do I print a list with `print`?"),
    Message("assistant", "See https://docs.python.org and run this:\n\n```python\nprint(x)\n```"),
)
KOREAN = (
    "`print`로 목록을 어떻게 출력하나요?",
    "https://docs.python.org 를 보고 다음을 실행합니다.\n\n```python\nprint(x)\n```",
)
CODE = draft(messages=ENGLISH, translations=KOREAN)


def corrected(*texts: str, **changes):
    messages = tuple(Message(one.role, text) for one, text in zip(ENGLISH, texts, strict=True))
    return review(CODE, "correct", messages=messages, **changes)


def checks(one, about=CODE) -> set[str]:
    return {said.split('"')[1] for said in judge_text(one, about, LEVELS)[0]}


def test_a_draft_and_a_correction_that_keep_everything_pass():
    assert checks(review(CODE)) == set()
    assert checks(corrected(*KOREAN)) == set()


@pytest.mark.parametrize(
    ("texts", "check"),
    [
        ((KOREAN[0], ENGLISH[1].content), "untranslated"),
        ((ENGLISH[0].content, KOREAN[1]), "echo"),
        ((KOREAN[0], "https://docs.python.org 를 보고 실행합니다."), "code"),
        ((KOREAN[0], KOREAN[1].replace("print(x)", "print(y)")), "code"),
        (("목록을 어떻게 출력하나요?", KOREAN[1]), "structure"),
        ((KOREAN[0], KOREAN[1].replace("docs.python.org", "python.org")), "addresses"),
        ((KOREAN[0].replace("목록을", "목록를"), KOREAN[1]), "josa"),
        ((KOREAN[0], "죄송하지만 번역할 수 없습니다.\n\n```python\nprint(x)\n```"), "refusal"),
    ],
)
def test_a_correction_that_cannot_be_published_is_refused(texts, check):
    assert check in checks(corrected(*texts))


def test_a_person_says_which_checks_compare_with_what_was_not_translated():
    moved = KOREAN[1].replace("docs.python.org", "www.gov.kr")
    assert checks(corrected(KOREAN[0], moved, label="newly_created")) == {"addresses"}
    assert checks(corrected(KOREAN[0], moved, dismissed=("addresses",))) == set()
    lost = corrected(KOREAN[0], "https://www.gov.kr 을 보세요.", dismissed=("addresses",))
    assert checks(lost) == {"code"}


@pytest.mark.parametrize("text", ["\u200b", ".", " … "])
def test_a_text_that_says_nothing_is_none(text):
    assert "empty" in checks(corrected(KOREAN[0], text, label="newly_created"))


@pytest.mark.parametrize("added", [" ⟦1⟧", ' <x id="3"/>', " \u202e"])
def test_marks_of_machines_are_refused(added):
    assert checks(corrected(KOREAN[0] + added, KOREAN[1]))


def test_one_item_of_a_list_that_stayed_english_is_refused():
    english = "- Put the pot on the stove.\n- Wait until the water boils."
    korean = "- 냄비를 불에 올립니다.\n- Wait until the water boils."
    about = draft(messages=(ENGLISH[0], Message("assistant", english)))
    messages = (Message("user", KOREAN[0]), Message("assistant", korean))
    assert "untranslated" in checks(review(about, "correct", messages=messages), about)


def test_what_is_proposed_as_removed_is_not_published_without_a_word():
    about = draft(messages=ENGLISH, translations=KOREAN, label="removed")
    assert any('decide "remove"' in one for one in judge_text(review(about), about, LEVELS)[0])
    assert judge_text(review(about, label="newly_created"), about, LEVELS)[0] == []
    assert judge_text(review(about, "remove"), about, LEVELS)[0] == []


def test_what_a_persons_text_has_wrong_and_the_draft_had_not_is_told():
    english = (Message("user", "How long?"), Message("assistant", "Boil it for 30 minutes."))
    korean = ("얼마나 걸려요?", "30분 동안 끓입니다.")
    about = draft(messages=english, translations=korean)
    given = review(
        about,
        "correct",
        messages=(Message("user", korean[0]), Message("assistant", "300분 동안 끓입니다.")),
    )
    mistakes, warnings = judge_text(given, about, LEVELS)
    assert mistakes == []
    assert any('warning "numbers"' in one for one in warnings)


LONG = (
    "The bus leaves at nine. It stops at the market and at the school. Take the second exit and "
    "walk along the river. The museum is behind the old bridge and opens at ten."
)
WHOLE = (
    "버스는 아홉 시에 떠납니다. 시장과 학교에 섭니다. 두 번째 출구로 나가 강을 따라 걸으시기 "
    "바랍니다. 박물관은 오래된 다리 뒤에 있고 열 시에 엽니다."
)


@pytest.mark.parametrize(
    ("text", "changes", "expected"),
    [
        ("버스는 아홉 시에 떠납니다.", {}, True),
        (f"{WHOLE} " * 3, {}, True),
        (WHOLE.replace("아홉 시에", "오전 아홉 시에"), {}, False),
        ("버스는 아홉 시에 떠납니다.", {"label": "newly_created"}, False),
    ],
)
def test_a_corrected_turn_that_can_be_no_whole_translation_is_told(text, changes, expected):
    english = (Message("user", "How long?"), Message("assistant", LONG))
    about = draft(messages=english, translations=("얼마나 걸려요?", WHOLE))
    messages = (Message("user", "얼마나 걸려요?"), Message("assistant", text.strip()))
    mistakes, warnings = judge_text(
        review(about, "correct", messages=messages, **changes), about, LEVELS
    )
    assert not any('"length"' in one for one in mistakes)
    assert any('messages[1]: warning "length"' in one for one in warnings) == expected


def test_a_draft_that_is_taken_as_it_is_was_written_anew_by_nobody():
    moved = KOREAN[1].replace("docs.python.org", "www.gov.kr")
    about = draft(messages=ENGLISH, translations=(KOREAN[0], moved), label="target_modified")
    assert checks(review(about), about) == {"addresses"}


def test_decisions_without_a_text_and_about_another_draft_are_not_looked_at():
    english = draft(messages=ENGLISH, translations=tuple(one.content for one in ENGLISH))
    assert "untranslated" in checks(review(english), english)
    assert checks(review(english, "remove"), english) == set()
    assert checks(review(english), draft(messages=ENGLISH, translations=(None, None))) == set()


def test_many_decisions_are_told_with_their_examples():
    wrong = corrected(KOREAN[0], ENGLISH[1].content)
    said = mistakes_of_all([wrong] * 60, {"demo-1": CODE}, LEVELS, 2)
    assert len(said) == 60 * len(judge_text(wrong, CODE, LEVELS)[0])
    assert said[0].startswith('demo-1: messages[1]: error "untranslated"')


def line(**changes) -> str:
    turns = [
        {"role": one.role, "content": text}
        for one, text in zip(ENGLISH, (KOREAN[0], ENGLISH[1].content), strict=True)
    ]
    given = {
        "example_id": "demo-1",
        "decision": "correct",
        "draft_sha256": None,
        "messages": turns,
        "reviewer": "kim",
        "decided_at": "2026-11-26",
        **changes,
    }
    return json.dumps(given, ensure_ascii=False) + "\n"


@pytest.fixture
def imported(tmp_path):
    def import_lines(*lines: str):
        (tmp_path / "incoming.jsonl").write_text("".join(lines), encoding="utf-8")
        store = tmp_path / "decisions.jsonl"
        result = add_decisions(store, tmp_path / "incoming.jsonl", {"demo-1": CODE}, LEVELS, NOW)
        return result, read_decisions([store])

    return import_lines


def test_english_text_is_kept_out_of_the_store_and_written_beside_the_file(imported):
    result, stored = imported(line())
    assert (result.added, result.rejected, stored) == (0, 1, [])
    assert 'messages[1]: error "untranslated"' in result.mistakes[0]
    assert result.rejected_file.read_text(encoding="utf-8") == line()


def test_a_person_may_say_why_an_error_is_none(imported):
    told = line(dismissed=["untranslated", "echo"], comment="영어 예문이 주제임")
    result, stored = imported(told)
    assert (result.added, stored[0].dismissed) == (1, ("untranslated", "echo"))
    result, _ = imported(told)
    assert (result.added, result.known) == (0, 1)


def test_an_error_is_not_dismissed_without_a_reason(imported):
    result, stored = imported(line(dismissed=["untranslated", "echo"]))
    assert stored == []
    assert "comment: must say why" in result.mistakes[0]


@pytest.mark.parametrize("decision", ["accept", "correct"])
def test_what_is_published_cannot_have_the_label_of_what_is_taken_out(imported, decision):
    changes = {"decision": decision, "label": "removed"}
    result, stored = imported(line(**changes))
    assert stored == []
    assert any('take it out with decision = "remove"' in one for one in result.mistakes)
