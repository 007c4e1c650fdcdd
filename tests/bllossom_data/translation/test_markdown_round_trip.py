"""Any text survives being cut into segments and put together again."""

from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.translation.markdown import assemble, parse_markdown
from bllossom_data.translation.segments import SLOT
from bllossom_data.translation.slots import slot_problem

# Pieces that mean something to Markdown, to the slots or to the patterns, in any order.
MARKS = [
    *"\n\n\n\n\r\t  >>-*+#_`|:[]()<>!\\$~=&;.,'\"⟦⟧0123456789",
    "\r\n", "\r\n\r\n", "\n\n", "  \n", "\\\n", "    ", "> ", "> > ", "- ", "1. ", "* ", "- [ ] ",
    "# ", "## ", "---\n", "===\n", "```", "```\n", "~~~py\n", "`", "``", "**", "__", "*", "_", "~~",
    "| a | b |\n|---|---|\n| c | d |\n", "|", "\\|", "[x](", ")", "](http://a.b/c)", "![", "[r]",
    "\n[r]: http://e.org \"t\"\n", "[^1]", "\n[^1]: note\n", "<b>", "</b>", "<div>\n", "</div>",
    "<!--", "-->", "<code>", "</code>", "$", "$$", "\\(", "\\)", "\\[", "\\]", "\\begin{align}",
    "\\end{align}", "\\frac{a}{b}", "⟦1⟧", "⟦2⟧", "⟦", "⟧", "\0", "\ufeff", "\x0b", "\x0c", "\u2028",
    "\u00a0", "\u3000", "한글", "é", "e\u0301", "😀", "word", "Words here. ", "the end of it is in a ",
    "https://x.org/a_(b)?q=1", "a@b.co", "/usr/bin/x", "C:\\x\\y", "{name}", "%s", "[1]", "@me", ":+1:",
    "v1.2.3", "&nbsp;", "&#35;", "::: tip", "[!NOTE]", "---\nkey: v\n---\n", "\\*", "snake_case",
]  # fmt: skip
MARKDOWN = st.lists(st.sampled_from(MARKS), max_size=60).map("".join)
LINE = st.tuples(
    st.sampled_from(["", "", "", "> ", "> > ", "- ", "  ", "    ", "\t", "1. ", "# ", "| ", "[^1]: "]),
    st.lists(
        st.sampled_from(
            ["A sentence.", "no sentence", "Name: it", "• item", "`co de`", "$x^2$", "[a word](u)",
             "**bold**", "<b>", "⟦1⟧", "long " * 28, "it is in the house of a", "|", "```", "\\["]
        ),
        min_size=1,
        max_size=3,
    ).map(" ".join),
    st.sampled_from(["\n", "\n", "  \n", "\\\n", "\n\n", "\r\n", "  \r\n", " |\n", "\n|---|---|\n"]),
)  # fmt: skip
LINES = st.lists(LINE.map("".join), max_size=8).map("".join)
ANYTHING = st.one_of(st.text(max_size=200), MARKDOWN, LINES)


@settings(max_examples=1500, deadline=None)
@given(ANYTHING)
def test_a_text_whose_segments_stay_as_they_are_stays_as_it_is(text):
    parsed = parse_markdown(text)
    assert assemble(parsed, [segment.text for segment in parsed.segments]) == text
    assert assemble(parsed, [None] * len(parsed.segments)) == text


@settings(max_examples=700, deadline=None)
@given(ANYTHING)
def test_segments_are_in_order_apart_and_say_where_they_stand(text):
    done = 0
    for segment in parse_markdown(text).segments:
        assert done <= segment.start < segment.end <= len(text)
        assert len(SLOT.findall(segment.text)) == len(segment.slots)
        assert [int(number) for number in SLOT.findall(segment.text)] == list(
            range(1, len(segment.slots) + 1)
        )
        assert all(slot for slot in segment.slots)
        assert any(map(str.isalpha, SLOT.sub("", segment.text)))
        assert "\r" not in segment.text
        done = segment.end


@settings(max_examples=700, deadline=None)
@given(ANYTHING)
def test_a_segment_as_it_is_has_no_slot_problem(text):
    for segment in parse_markdown(text).segments:
        assert slot_problem(segment, segment.text) is None


@settings(max_examples=500, deadline=None)
@given(ANYTHING, st.text(max_size=20))
def test_what_is_outside_a_translated_segment_stays_byte_for_byte(text, translation):
    parsed = parse_markdown(text)
    for number, segment in enumerate(parsed.segments[:4]):
        chosen = [translation if at == number else None for at in range(len(parsed.segments))]
        made = assemble(parsed, chosen)
        assert made.startswith(text[: segment.start])
        assert made.endswith(text[segment.end :])
