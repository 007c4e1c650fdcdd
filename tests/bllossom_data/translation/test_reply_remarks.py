"""Remarks of an engine around its translation, and good translations that look like them."""

import csv
from collections import Counter
from pathlib import Path

import pytest

from bllossom_data.translation.check_context import CheckContext
from bllossom_data.translation.checks import OF_SEGMENTS_TOO, check_message, check_segment
from bllossom_data.translation.checks_reply import check_answer
from bllossom_data.translation.checks_wrapping import check_wrapping

GOLD = Path(__file__).parents[2] / "fixtures" / "korean" / "reply_remarks.tsv"
OF_REPLIES = {"answer", "commentary", "refusal", "echo"}


def gold(verdict):
    """Pairs of this verdict; a line break is written as \\n."""
    with GOLD.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    return [
        (row["english"], row["korean"].replace("\\n", "\n"), row["kind"])
        for row in rows
        if row["verdict"] == verdict
    ]


def level(source, korean, check=check_segment):
    levels = {one.level for one in check(source, korean, CheckContext()) if one.check in OF_REPLIES}
    return min(levels, default=None)


def test_the_labelled_pairs_are_many_and_varied():
    assert len(gold("remark")) >= 170
    assert len(gold("ok")) >= 180
    for verdict in ("remark", "ok"):
        assert min(Counter(kind for *_, kind in gold(verdict)).values()) >= 3


def test_nearly_all_remarks_are_told_and_most_for_certain():
    found = Counter(level(source, korean) for source, korean, _ in gold("remark"))
    assert found[None] <= 0.02 * found.total(), found
    assert found["error"] >= 0.9 * found.total(), found


def test_no_good_translation_is_refused():
    wrong = [pair for pair in gold("ok") if level(*pair[:2]) == "error"]
    assert wrong == []


def test_few_good_translations_are_doubted():
    doubted = [pair for pair in gold("ok") if level(*pair[:2]) == "warning"]
    assert len(doubted) <= 0.05 * len(gold("ok")), doubted


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("네! ", ""),
        ("안녕하세요! ", ""),
        ("안녕하십니까? ", ""),
        ("한국어로는 이렇게 말할 수 있습니다: ", ""),
        ("네, 한국어로 바꿔 드릴게요.\n", ""),
        ("아래와 같이 옮겼습니다.\n", ""),
        ("Sure! ", ""),
        ("Output: ", ""),
        ("", " (직역: 날씨가 괜찮다.)"),
        ("", " [끝]"),
        ('{"s1": "', '"}'),
        ("", "\n\n다른 문장도 보내 주세요!"),
    ],
)
def test_a_remark_is_an_error_in_a_segment_and_in_a_message(before, after):
    source, korean = "The weather turned cold overnight.", "밤새 날씨가 추워졌습니다."
    assert level(source, korean) is None
    for check in (check_segment, check_message):
        assert level(source, f"{before}{korean}{after}", check) == "error"


@pytest.mark.parametrize(
    ("source", "korean"),
    [
        ("Roger that.", "알겠습니다."),
        ("(Optional: add a pinch of salt.)", "(참고: 소금을 한 꼬집 넣어도 됩니다.)"),
        ("What a great thing to ask!", "좋은 질문이네요!"),
        ("If it fails again, write back.", "다시 실패하면 문의해 주세요."),
        ("He said: “Go home.”", "그는 이렇게 말했습니다. “집에 가.”"),
        ("I love it. Not the price, though.", "마음에 들어요. (가격은 빼고요.)"),
    ],
)
def test_what_the_source_says_in_other_words_is_no_remark(source, korean):
    assert level(source, korean) is None


def test_what_a_speaker_may_say_is_only_doubted():
    assert level("They open at nine every day.", "네, 매일 아홉 시에 엽니다.") == "warning"
    assert (
        level("The shops open at nine every day.", "네, 가게는 매일 아홉 시에 엽니다.") == "error"
    )


@pytest.mark.parametrize(
    ("source", "korean", "expected"),
    [
        ("List some fruits that are rich in vitamin C.", "오렌지, 키위, 딸기, 브로콜리", "warning"),
        ("Summarize the plot of Hamlet.", "햄릿은 아버지의 원수를 갚습니다.", "warning"),
        ("Describe the taste of mango.", "달콤하고 새콤합니다.", "warning"),
        ("Write a poem about spring.", "봄에 관한 시", None),
        ("Compare cats and dogs.", "고양이와 강아지 비교", None),
        ("Name three rivers.", "강 이름 세 개를 말해 줘.", None),
    ],
)
def test_a_short_answer_to_an_instruction_of_the_user_is_doubted(source, korean, expected):
    found = check_answer(source, korean, CheckContext(role="user"))
    assert [one.level for one in found] == ([expected] if expected else [])
    assert check_answer(source, korean, CheckContext(role="assistant")) == []


def test_praise_of_a_question_stands_for_no_other_short_sentence():
    assert level("Ice. Ice is bad. It melts.", "좋은 질문입니다. 전원을 끄십시오.") == "warning"


def test_english_may_begin_the_translation_of_a_task_about_english():
    source, korean = "정답을 고르세요: The cat sleeps.", "Answer: 고양이가 잔다"
    assert check_wrapping(source, korean, CheckContext(expects_english=True)) == []


def test_a_remark_within_a_message_is_kept_for_the_reviewer():
    assert {"answer", "commentary"} <= OF_SEGMENTS_TOO
