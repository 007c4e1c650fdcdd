"""A translation that is built otherwise than its source is found out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.translation.markdown import assemble, parse_markdown
from bllossom_data.translation.structure import structure_problems

SOURCE = """# Install

Run this:

```sh
make all  # builds
```

- one
- two
  1. deep

| a | b |
|---|---|
| c | d |

> quoted

<div>raw</div>

$$
x = 1
$$

---

    indented
"""
KOREAN = (
    SOURCE.replace("Install", "설치")
    .replace("Run this", "이것을 실행하세요")
    .replace("one", "하나")
    .replace("two", "둘")
    .replace("deep", "깊은 것")
    .replace("quoted", "인용한 말")
    .replace("c | d", "다 | 라")
)


def test_a_faithful_translation_has_no_problem():
    assert structure_problems(SOURCE, KOREAN) == []


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("make all", "make every", "1번째 코드 블록의 내용이 바뀌었습니다"),
        ("# builds", "# 빌드", "1번째 코드 블록의 내용이 바뀌었습니다"),
        ("```sh", "```bash", "1번째 코드 블록의 내용이 바뀌었습니다"),
        ("```sh\nmake all  # builds\n```\n", "", "코드 블록의 수가 다릅니다(원문 1개, 번역 0개)"),
        ("builds\n```\n", "builds\n", "의 수가 다릅니다"),
        ("# 설치", "## 설치", "1단계 제목의 수가 다릅니다(원문 1개, 번역 0개)"),
        ("# 설치", "설치", "1단계 제목의 수가 다릅니다"),
        ("- 둘\n", "", "목록 항목의 수가 다릅니다(원문 3개, 번역 2개)"),
        ("- 둘\n  1. 깊은 것", "- 둘\n\n1. 깊은 것", "깊이가 다릅니다"),
        ("  1. 깊은 것", "  - 깊은 것", "번호 목록의 수가 다릅니다(원문 1개, 번역 0개)"),
        ("| 다 | 라 |\n", "", "2칸인 표의 행의 수가 다릅니다(원문 2개, 번역 1개)"),
        ("| a | b |\n|---|---|\n| 다 | 라 |", "| a |\n|---|\n| 다 |", "칸인 표의 행의 수가"),
        ("> 인용", "인용", "인용의 수가 다릅니다(원문 1개, 번역 0개)"),
        ("raw", "날것", "1번째 HTML 블록의 내용이 바뀌었습니다"),
        ("x = 1", "y = 1", "1번째 수식 블록의 내용이 바뀌었습니다"),
        ("\n---\n", "\n", "구분선의 수가 다릅니다"),
        ("    indented", "    들여 쓴", "1번째 들여 쓴 코드의 내용이 바뀌었습니다"),
    ],
)
def test_each_difference_is_told_in_korean(before, after, said):
    assert before in KOREAN
    problems = structure_problems(SOURCE, KOREAN.replace(before, after))
    assert any(said in problem.message for problem in problems), problems


def test_an_exchange_of_two_blocks_is_found():
    assert structure_problems("# A\n\n> b\n\n---\n", "# 가\n\n---\n\n> 나\n") == [
        ("structure", "2번째 구조가 다릅니다: 원문 인용, 번역 구분선.")
    ]


@pytest.mark.parametrize(
    ("before", "after", "check"),
    [
        ("make all", "make every", "code"),
        ("```sh\nmake all  # builds\n```\n", "", "code"),
        ("x = 1", "y = 1", "code"),
        ("- 둘\n", "", "structure"),
        ("# 설치", "## 설치", "structure"),
    ],
)
def test_what_must_stay_byte_for_byte_has_a_check_of_its_own(before, after, check):
    found = structure_problems(SOURCE, KOREAN.replace(before, after))
    assert {problem.check for problem in found} == {check}


def test_a_line_that_became_a_list_item_is_found():
    assert structure_problems("The 1990s.", "1990. 년대")


def test_prose_in_a_fence_may_be_translated_but_not_vanish():
    source = "```\nI hope that you are well and that we will see you in the spring.\n```"
    assert structure_problems(source, "```\n잘 지내시지요. 봄에 뵙기를 바랍니다.\n```") == []
    assert structure_problems(source, "잘 지내시지요. 봄에 뵙기를 바랍니다.")
    code = "\n\n```\nx = 1\n```"
    assert structure_problems(source + code, "```\n잘 지내시지요.\n```" + code) == []


def test_paragraphs_may_be_joined_and_line_ends_differ():
    assert (
        structure_problems("One.\r\n\r\nTwo.\r\n\r\n```\r\nx\r\n```", "하나. 둘.\n\n```\nx\n```")
        == []
    )


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab #-*>|`\n1.$<\t\\~", max_size=80))
def test_a_text_has_the_structure_of_itself(text):
    assert structure_problems(text, text) == []


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="ab #->|`\n1.\t", max_size=60))
def test_translated_segments_keep_the_structure(text):
    parsed = parse_markdown(text)
    made = assemble(parsed, [None if segment.slots else "가나다" for segment in parsed.segments])
    assert structure_problems(text, made) == []
