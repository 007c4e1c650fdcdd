"""Texts beside each other: what differs, what they look like, which names are in them."""

import re

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_attacks import ATTACKS

from annotation.comparing.markdown_html import markdown_html
from annotation.comparing.terms import TermPage
from annotation.comparing.word_difference import difference, difference_html, edit_distance_ratio
from bllossom_data.examples import Message

TEXT = st.text(alphabet=st.sampled_from("북한산관악을에 가나다\n.ab<>&\"' "), max_size=60)
ALLOWED_TAGS = set(
    [
        "p",
        "ul",
        "ol",
        "li",
        "pre",
        "code",
        "em",
        "strong",
        "a",
        "blockquote",
        "hr",
        "br",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "s",
        "del",
        "span",
        "div",
    ]
)
ALLOWED_ATTRIBUTES = {"href", "rel", "class", "start", "title"}
"""`start` of a numbered list, `class` of a code's language."""


@settings(deadline=None)
@given(TEXT, TEXT)
def test_a_difference_holds_both_texts(before, after):
    spans = difference(before, after)
    assert "".join(one.text for one in spans if one.change != "added") == before
    assert "".join(one.text for one in spans if one.change != "removed") == after
    assert all(one.text for one in spans)


@given(TEXT)
def test_the_same_text_has_no_difference(text):
    assert [one.change for one in difference(text, text)] in ([], ["same"])


def test_a_particle_that_stays_is_not_part_of_the_difference():
    spans = [
        (one.change, one.text) for one in difference("어제 북한산에 갔다", "어제 관악산에 갔다")
    ]
    assert spans == [
        ("same", "어제 "),
        ("removed", "북한산"),
        ("added", "관악산"),
        ("same", "에 갔다"),
    ]


def test_a_difference_is_said_in_words_and_marked_beside_its_colour():
    html = difference_html("가 <b>", "나 <b>")
    assert "<del><span" in html
    assert "<ins><span" in html
    assert "&lt;b&gt;" in html


def test_how_much_changed():
    assert edit_distance_ratio("가나다라", "가나다마") == 0.25
    assert edit_distance_ratio("", "") == 0.0


def check_harmless(html):
    for element in lxml.html.fragments_fromstring(f"<div>{html}</div>")[0].iter():
        assert element.tag in ALLOWED_TAGS, element.tag
        for name, value in element.attrib.items():
            assert name in ALLOWED_ATTRIBUTES, name
            if name == "href":
                assert re.match(r"(?i)(https?://|mailto:)", value), value


@pytest.mark.parametrize("attack", ATTACKS)
def test_rendered_markdown_cannot_act(attack):
    check_harmless(markdown_html(attack))
    check_harmless(markdown_html(f"- {attack}\n\n> {attack}\n\n| a |\n|:-:|\n| {attack} |"))


@settings(max_examples=300)
@given(
    st.lists(
        st.sampled_from(
            [
                "<",
                ">",
                "script",
                "[a]",
                "(",
                ")",
                "javascript:",
                "!",
                "`",
                "\n",
                " ",
                "onerror=",
                '"',
                "http://x",
                "&colon;",
                "&#106;",
                "|",
                "-",
                "*",
                "data:",
                "img",
                "src=",
                "\\",
                "'",
            ]
        ),
        max_size=30,
    ).map("".join)
)
def test_no_text_becomes_markup_that_acts(text):
    check_harmless(markdown_html(text))


def test_pictures_are_links_and_headings_are_no_part_of_the_outline():
    html = markdown_html("# 제목\n\n![산](https://example.com/a.png)")
    assert "<img" not in html
    assert "<h1" not in html
    assert '<p class="heading h1">제목</p>' in html
    assert 'href="https://example.com/a.png"' in html
    assert "[산]" in html


def test_names_are_found_under_particles_and_not_inside_other_words():
    page = TermPage((Message("user", "How do I file with the IRS this year?"),))
    assert [term.english for term in page.terms()] == ["IRS"]
    assert '<span class="term">IRS</span>' in page.english_html(
        0, "How do I file with the IRS this year?"
    )
    shown = page.korean_html("국세청에서는 국세청장이 <b>")
    assert '<span class="term">국세청</span>에서는' in shown
    assert "국세청장" in shown
    assert "&lt;b&gt;" in shown
