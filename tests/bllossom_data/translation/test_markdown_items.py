"""Markdown that was written to be hard: what is sent to a translator and what must survive."""

import json
import re
from pathlib import Path

import pytest

from bllossom_data.translation.markdown import MAX_SEGMENT_CHARS, assemble, parse_markdown
from bllossom_data.translation.segments import SLOT
from bllossom_data.translation.slots import slot_problem

ITEMS = [
    json.loads(line)
    for line in (Path(__file__).parent / "markdown_items.jsonl").read_text().splitlines()
]


def in_korean_letters(text: str) -> str:
    """A text whose every letter outside slots is a Hangul syllable."""
    parts = re.split(f"({SLOT.pattern.replace('(', '(?:')})", text)
    return "".join(
        part if SLOT.fullmatch(part) else re.sub(r"[^\W\d_]", "가", part) for part in parts
    )


@pytest.mark.parametrize("item", ITEMS, ids=[item["why"] for item in ITEMS])
def test_what_must_survive_survives_when_every_letter_becomes_korean(item):
    parsed = parse_markdown(item["text"])
    assert assemble(parsed, [segment.text for segment in parsed.segments]) == item["text"]
    translated = [in_korean_letters(segment.text) for segment in parsed.segments]
    made = assemble(parsed, translated)
    for piece in item["survives"]:
        assert piece in item["text"], "the item is wrong"
        assert made.count(piece) == item["text"].count(piece), made
    for segment, translation in zip(parsed.segments, translated, strict=True):
        assert slot_problem(segment, translation) is None


@pytest.mark.parametrize(
    "item", [item for item in ITEMS if "sent" in item], ids=lambda item: item["why"]
)
def test_a_translator_receives_just_the_prose(item):
    assert [segment.text for segment in parse_markdown(item["text"]).segments] == item["sent"]


def test_there_are_enough_hard_items():
    assert len(ITEMS) >= 60


def test_the_kind_says_what_a_segment_is():
    text = "# Head\n\nText here.\n\n- item\n\n> quoted\n\n| cell |\n|---|\n\n- > in a list\n"
    kinds = [segment.kind for segment in parse_markdown(text).segments]
    assert kinds == ["heading", "paragraph", "list_item", "quote", "table_cell", "quote"]


def test_prose_in_a_fence_is_marked_as_ambiguous():
    text = "```\nThis is a note to all of you: we will be in the hall at noon with `tea` for all.\n```\n"
    (segment,) = parse_markdown(text).segments
    assert segment.kind == "ambiguous_code"
    assert segment.slots == ("`tea`",)


def test_every_line_of_a_longer_translation_of_a_quote_is_quoted():
    parsed = parse_markdown("- > One line.\n\nAfter.")
    assert assemble(parsed, ["첫 줄\n둘째 줄", None]) == "- > 첫 줄\n  > 둘째 줄\n\nAfter."


def test_a_translation_with_fewer_lines_than_a_quote_leaves_none_of_its_marks_behind():
    parsed = parse_markdown("> One line\n> and another.\n\nAfter.")
    assert assemble(parsed, ["한 줄", None]) == "> 한 줄\n\nAfter."


def test_a_cell_and_a_heading_stay_on_one_line():
    parsed = parse_markdown("| One |\n|---|\n| two |\n\n# Three")
    made = assemble(parsed, ["하\n나", "둘", "셋\n넷"])
    assert made == "| 하 나 |\n|---|\n| 둘 |\n\n# 셋 넷"


def test_marks_of_slots_that_do_not_exist_stay_as_they_are():
    parsed = parse_markdown("Use `x` here.")
    assert assemble(parsed, ["⟦0⟧ ⟦2⟧ ⟦1⟧ ⟦99999999999999999999⟧"]) == (
        "⟦0⟧ ⟦2⟧ `x` ⟦99999999999999999999⟧"
    )


def test_as_many_translations_as_segments_are_expected():
    parsed = parse_markdown("One.\n\nTwo.")
    with pytest.raises(ValueError, match="zip"):
        assemble(parsed, ["하나."])


def test_a_very_long_paragraph_is_cut_where_sentences_end():
    sentence = "Dr. Smith said on page 3.5 that it is so, e.g. here with `a. B` code. "
    text = sentence * 200
    parsed = parse_markdown(text)
    assert len(parsed.segments) > 3
    assert all(len(segment.text) <= MAX_SEGMENT_CHARS for segment in parsed.segments)
    assert all(segment.text.endswith("code.") for segment in parsed.segments)
    assert all(segment.text.startswith("Dr. Smith") for segment in parsed.segments)
    assert assemble(parsed, [segment.text for segment in parsed.segments]) == text


def test_a_long_text_without_sentences_stays_whole():
    (segment,) = parse_markdown("word " * 2_000).segments
    assert len(segment.text) > MAX_SEGMENT_CHARS
