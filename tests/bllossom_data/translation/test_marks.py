"""Marks that are shown instead of being rendered, and bold text that is lost, are told."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.examples import Message
from bllossom_data.localization.rewritten import check_rewritten
from bllossom_data.translation.marks import mark_findings

BOLD = "The **red button** stops the machine."


def levels(english: str, korean: str) -> list[str]:
    return [one.level for one in mark_findings(english, korean, 0)]


@pytest.mark.parametrize(
    ("english", "korean", "expected"),
    [
        (BOLD, "**빨간 버튼**을 누르면 기계가 멈춥니다.", []),
        (BOLD, "<strong>빨간 버튼</strong>을 누르면 기계가 멈춥니다.", []),
        (BOLD, "**빨간 버튼을 누르면 기계가 멈춥니다.", ["error", "warning"]),
        (BOLD, "**빨간 버튼(비상)**을 누르면 기계가 멈춥니다.", ["error", "warning"]),
        (BOLD, "빨간 버튼을 누르면 기계가 멈춥니다.", ["warning"]),
        ("It *must* stop.", "*반드시 멈춰야 합니다.", ["error"]),
        ("It *must* stop.", "*반드시* 멈춰야 합니다.", []),
        ("It must stop.", "반드시 `멈춰야 합니다.", ["error"]),
        ("Run `make`.", "`make`를 실행하십시오.", []),
        ("Run `make`.", "`make를 실행하십시오.", ["error"]),
        ("It is ~~red~~ blue.", "~~빨갛고 파랗습니다.", ["error"]),
        ("Hello there!", "안녕하세요~~", []),
        ("2 * 3 is 6.", "2 * 3은 6입니다.", []),
        (r"Write \*this\*.", r"\*이것\*을 쓰십시오.", []),
        ("- one\n- **two**", "* 하나\n* **둘**", []),
        ("| **a** | b |\n|---|---|\n| c | d |", "| **가 | 나 |\n|---|---|\n| 다 | 라 |",
         ["error", "warning"]),
        ("```\n**x\n```\nA sentence.", "```\n**x\n```\n문장입니다.", []),
    ],
)  # fmt: skip
def test_what_the_reader_sees_of_the_marks(english, korean, expected):
    assert levels(english, korean) == expected


def test_the_finding_quotes_the_place_and_blocks_the_message():
    korean = "**빨간 버튼을 누르면 기계가 멈춥니다."
    found = list(check_rewritten(Message("assistant", BOLD), korean, 3, "합니다체"))
    [error] = [one for one in found if one.level == "error"]
    assert (error.check, error.turn) == ("structure", 3)
    assert "빨간 버튼" in error.message


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab #-*>|`\n1.$<\t\\~", max_size=80))
def test_a_text_shows_the_marks_of_itself(text):
    assert levels(text, text) == []
