"""Emphasis that a Korean particle would break shows again, and nothing else changes."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from bllossom_data.translation.emphasis import repair_emphasis

BOLD, ITALIC, BOTH = "Some **bold** text.", "Some *slanted* text.", "Some ***strong*** text."

REPAIRED = [
    (BOLD, "**북한산(836m)**은 높다.", "**북한산**(836m)은 높다."),
    (BOLD, "**'북한산'**은 높다.", "'**북한산**'은 높다."),
    (BOLD, "**“중요”**합니다.", "“**중요**”합니다."),
    (BOLD, '**"중요"**합니다.', '"**중요**"합니다.'),
    (BOLD, "**‘중요’**합니다.", "‘**중요**’합니다."),
    (BOLD, "**「난중일기」**를 읽었다.", "「**난중일기**」를 읽었다."),
    (BOLD, "**『난중일기』**를 읽었다.", "『**난중일기**』를 읽었다."),
    (BOLD, "**《난중일기》**를 읽었다.", "《**난중일기**》를 읽었다."),
    (BOLD, "**〈아리랑〉**을 불렀다.", "〈**아리랑**〉을 불렀다."),
    (ITALIC, "*Note:*를 누르세요.", "*Note*:를 누르세요."),
    (ITALIC, "*'산'*은 산이다.", "'*산*'은 산이다."),
    (BOLD, "__북한산__은 높다.", "**북한산**은 높다."),
    (ITALIC, "_북한산_은 높다.", "*북한산*은 높다."),
    (ITALIC, "그_산_", "그*산*"),
    (BOLD, "__북한산(836m)__은 높다.", "**북한산**(836m)은 높다."),
    (BOTH, "***중요!***는 말", "***중요***!는 말"),
    (BOTH, "___중요___한 말", "***중요***한 말"),
    (BOLD, "**중요!**라고 했다.", "**중요**!라고 했다."),
    (BOLD, "**정말?**이라고 물었다.", "**정말**?이라고 물었다."),
    (BOLD, "**주의:**를 붙인다.", "**주의**:를 붙인다."),
    (BOLD, "**기다리다…**가 끝났다.", "**기다리다**…가 끝났다."),
    (BOLD, "**북한산(836m).**그리고", "**북한산(836m)**.그리고"),
    (BOLD, "**국제통화기금(IMF)**에서", "**국제통화기금**(IMF)에서"),
    (BOLD, "**배열[0]**은 처음이다.", "**배열**[0]은 처음이다."),
    (BOLD, "말**(주의)사항**은", "말(주의)**사항**은"),
    (BOLD, "가**(나)**다", "가(**나**)다"),
    (BOLD, "**중요 **는 말", "**중요** 는 말"),
    (BOLD, "말 ** 중요**는", "말  **중요**는"),
    (BOLD, "**`make`**를 실행", "<strong>`make`</strong>를 실행"),
    (BOLD, "**[문서](https://a.org)**를", "<strong>[문서](https://a.org)</strong>를"),
    (BOLD, "**3.5%**가 올랐다.", "<strong>3.5%</strong>가 올랐다."),
    (BOLD, "**C++**를 배운다.", "<strong>C++</strong>를 배운다."),
    (BOLD, "**$x^2$**을 푼다.", "<strong>$x^2$</strong>을 푼다."),
    (ITALIC, "*`make`*를 실행", "<em>`make`</em>를 실행"),
    (BOTH, "***`make`***를", "<strong><em>`make`</em></strong>를"),
    (BOLD, '**높은 "산"**은', '<strong>높은 "산"</strong>은'),
    (BOLD, '**"가"와 "나"**는', '<strong>"가"와 "나"</strong>는'),
    (BOLD, "**😀**는 웃는다.", "<strong>😀</strong>는 웃는다."),
    (BOLD, "> **높은\n> 산(836m)**은", "> **높은\n> 산**(836m)은"),
    (BOLD, "- 하나\n- **둘(2)**은", "- 하나\n- **둘**(2)은"),
    (BOLD, "## **제목(1)**은", "## **제목**(1)은"),
    (BOLD, "| **칸(1)**은 | x |\n|---|---|", "| **칸**(1)은 | x |\n|---|---|"),
    ("**a** and **b**", "**가(1)**은 **나**다.", "**가**(1)은 **나**다."),
    ("**a** and **b**", "**가(1)**은 **나(2)**다.", "**가**(1)은 **나**(2)다."),
    ("**a** and **b**", "**가(나)**은 다**라**마", "**가**(나)은 다**라**마"),
    ("**a** and `b`", "`**코드(1)**은` **산(1)**은", "`**코드(1)**은` **산**(1)은"),
]  # fmt: skip

LEFT_ALONE = [
    (BOLD, "**북한산**은 높다."),
    (BOLD, "**북한산(836m)** 은 높다."),
    (BOLD, "“**중요**”합니다."),
    (BOLD, "<strong>중요(1)</strong>한 말과 **산(2)**은"),
    ("No emphasis here.", "**북한산(836m)**은 높다."),
    ("No emphasis: 2 * 3 * 4.", "2 * 3(4) * 5는"),
    (BOLD, "`**북한산(836m)**은`"),
    (BOLD, "```\n**북한산(836m)**은\n```"),
    (BOLD, "    **북한산(836m)**은"),
    (BOLD, "<div>\n**북한산(836m)**은\n</div>"),
    (BOLD, "$**a(b)**c$를 푼다."),
    (BOLD, "\\*\\*북한산(836m)\\*\\*은"),
    (BOLD, "2 * 3(4) * 5는 곱이다."),
    (BOLD, "__init__은 이름이다."),
    (BOLD, "snake_case(1)_name은 이름이다."),
    (BOLD, "****은 빈 강조다."),
    (BOLD, ""),
]


def shown(markdown):
    """How often something is rendered strong or slanted."""
    html = MarkdownIt("commonmark").enable("table").render(markdown)
    return html.count("<strong>"), html.count("<em>")


def without_marks(text):
    return re.sub(r"[*_\s]|</?(?:strong|em)>", "", text)


@pytest.mark.parametrize(("source", "korean", "repaired"), REPAIRED)
def test_broken_emphasis_is_repaired_with_the_least_change(source, korean, repaired):
    made, notes = repair_emphasis(source, korean)
    assert made == repaired
    assert notes
    assert shown(made) == shown(source) or "`" in source
    assert sum(shown(made)) >= sum(shown(korean))
    assert without_marks(made) == without_marks(korean)


@pytest.mark.parametrize(("source", "korean"), LEFT_ALONE)
def test_what_shows_or_is_no_emphasis_is_left_alone(source, korean):
    assert repair_emphasis(source, korean) == (korean, ())


def test_there_are_enough_cases():
    assert len(REPAIRED) + len(LEFT_ALONE) >= 40


def test_a_repair_says_what_was_written_and_what_is_now():
    _, notes = repair_emphasis(BOLD, "여기 **산(1)**은 높다.")
    assert notes == ("보이지 않던 강조를 고쳤습니다: **산(1)** → **산**(1)",)


def test_a_text_is_never_repaired_against_itself():
    text = "The *open . *list* of *names** and **only\n** this *. One* is here."
    assert repair_emphasis(text, text) == (text, ())


PIECES = ["**", "*", "__", "_", "***", "산", "은 ", "(1)", "'", '"', "“", "”", ".", "!", " ", "\n", "`",
          "> ", "[", "](u)", "a", "\\", "$", "<b>", "</b>"]  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=24).map("".join))
def test_a_repair_only_moves_marks_and_never_loses_emphasis(korean):
    made, notes = repair_emphasis("**a** *b* **c** *d* ***e***", korean)
    assert without_marks(made) == without_marks(korean)
    assert sum(shown(made)) >= sum(shown(korean))
    assert notes or made == korean
