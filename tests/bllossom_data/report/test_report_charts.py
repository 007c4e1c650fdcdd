"""The report's charts, numbers and marked texts."""

import html as entities
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from bllossom_data.errors import StepError
from bllossom_data.report.charts import (
    Segment,
    WaterfallRow,
    bar,
    histogram,
    mix_bars,
    strip,
    waterfall,
)
from bllossom_data.report.comparison import mark_differences, mark_shared
from bllossom_data.report.data import Histogram, MixShare, Threshold
from bllossom_data.report.formatting import (
    comparison,
    format_bytes,
    format_seconds,
    format_share,
    format_value,
    visible,
)


def percent(text: str) -> float:
    return float(text.removesuffix("%"))


def rectangles(svg: str, css: str) -> list[tuple[float, float]]:
    found = etree.fromstring(svg).iter("rect")
    chosen = [each for each in found if css in each.get("class").split()]
    return [(percent(each.get("x")), percent(each.get("width"))) for each in chosen]


def pieces(svg: str, css: str, kind: str) -> list[tuple[float, float, float]]:
    """Left end, right end and height of each bar, 0-1000."""
    path = etree.fromstring(svg).find(f"svg[@class='{css}']/path[@class='{kind}']")
    if path is None:
        return []
    found = re.findall(r"M(\S+) 1000V(\S+)H(\S+)V1000Z", path.get("d"))
    return [(float(left), float(right), 1000 - float(top)) for left, top, right in found]


def test_waterfall_bars_are_as_long_as_their_numbers() -> None:
    rows = [
        WaterfallRow("Decide", "", 200, (Segment("a", "x", 90), Segment("b", "y", 10))),
        WaterfallRow("Mix", "", 100, (Segment("a", "x", 150),)),
    ]
    svg = waterfall(rows, "steps")
    assert rectangles(svg, "segment") == [(0, 45), (45, 5), (0, 75)]
    assert rectangles(svg, "leaves") == [(50, 50)]
    assert rectangles(svg, "joins") == [(50, 25)]
    text = "".join(etree.fromstring(svg).itertext())
    assert "−100 (50%)" in text
    assert "+50 (50%)" in text


@pytest.mark.parametrize("rows", [[], [WaterfallRow("Ingest", "", 0, ())]])
def test_a_waterfall_of_nothing_is_still_a_picture(rows: list[WaterfallRow]) -> None:
    assert etree.fromstring(waterfall(rows, "nothing")).tag == "svg"


def test_a_bin_that_the_threshold_cuts_is_cut_there() -> None:
    shown = Histogram("x", "ko", (0, 1, 2), (10, 10), (Threshold(1.5, "above", 0.25),))
    svg = histogram(shown)
    (goes,) = pieces(svg, "linear", "goes")
    assert goes[0] == 750
    assert [round(right) for _, right, _ in pieces(svg, "linear", "stays")] == [460, 750]
    assert rectangles(svg, "zone") == [(75, 25)]


def test_two_thresholds_remove_both_ends() -> None:
    sides = (Threshold(1, "below", 0.2), Threshold(3, "above", 0.2))
    svg = histogram(Histogram("x", "ko", (0, 1, 3, 4), (5, 20, 5), sides))
    assert len(pieces(svg, "linear", "goes")) == 2
    assert len(pieces(svg, "linear", "stays")) == 1
    assert rectangles(svg, "zone") == [(0, 25), (75, 25)]


def test_bars_grow_with_their_counts_and_a_rare_bin_stays_visible() -> None:
    svg = histogram(Histogram("x", "ko", (0, 1, 2, 3), (1_000_000, 500_000, 1)))
    heights = [height for *_, height in pieces(svg, "linear", "stays")]
    assert heights == [1000, 500, 12]
    logarithmic = [height for *_, height in pieces(svg, "log", "stays")]
    assert logarithmic[0] == 1000
    assert logarithmic[2] > 40


def test_a_threshold_beyond_the_axis_is_shown_with_an_arrow() -> None:
    shown = Histogram("n", "ko", (0, 10), (4,), (Threshold(100_000, "above", 0.0),))
    assert "&gt; 100,000 →" in histogram(shown)


def test_a_logarithmic_axis_puts_each_decade_at_the_same_distance() -> None:
    shown = Histogram("n", "ko", (1, 10, 100), (3, 3), (Threshold(10, "below", 0.5),), scale="log")
    assert rectangles(histogram(shown), "zone") == [(0, 50)]


@pytest.mark.parametrize("edges", [(0.0, 0.0), (5.0, 5.0)])
def test_a_signal_with_one_value_has_a_picture(edges: tuple[float, float]) -> None:
    svg = histogram(Histogram("x", "ko", edges, (7,), (Threshold(5.0, "above", 0.0),)))
    assert pieces(svg, "linear", "stays") + pieces(svg, "linear", "goes")


@pytest.mark.parametrize(
    ("edges", "counts"), [((0.0, 1.0), (1, 2)), ((1.0, 0.0), (1,)), ((0.0,), ())]
)
def test_edges_that_do_not_fit_the_counts_are_refused(
    edges: tuple[float, ...], counts: tuple[int, ...]
) -> None:
    with pytest.raises(StepError, match=r"histogram of x \(ko\)"):
        Histogram("x", "ko", edges, counts)


def test_strip_and_table_bars_are_as_long_as_their_numbers() -> None:
    svg = strip([Segment("kept", "a", 3), Segment("gone", "b", 1)], "fate")
    assert rectangles(svg, "segment") == [(0, 75), (75, 25)]
    svg = bar(50, 200, 10)
    assert rectangles(svg, "outer") == [(0, 25)]
    assert rectangles(svg, "inner") == [(0, 5)]
    assert rectangles(bar(0, 0), "outer") == [(0, 0)]


def test_mix_bars_show_the_asked_and_the_achieved_ratio() -> None:
    shares = (MixShare("ko", 0.7, 0.6, 9, 6), MixShare("en", 0.3, 0.4, 9, 4))
    svg = mix_bars(shares, {"ko": "hue-0", "en": "hue-1"}, {"ko": "Korean", "en": "English"})
    assert rectangles(svg, "segment") == [(0, 70), (70, 30), (0, 60), (60, 40)]
    label = etree.fromstring(svg).get("aria-label")
    assert "asked Korean 70%" in label
    assert "achieved English 40%" in label


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (format_bytes(999), "999 B"),
        (format_bytes(999_500), "1.00 MB"),
        (format_bytes(-1_234_567), "−1.23 MB"),
        (format_share(0.00001), "<0.1%"),
        (format_share(0.99999), ">99.9%"),
        (format_share(1.0), "100%"),
        (format_share(float("nan")), "–"),
        (format_seconds(59.96), "1 min 00 s"),
        (format_seconds(7_260), "2 h 01 min"),
        (format_value(0.3740001), "0.374"),
        (format_value(100_000.0), "100,000"),
        (format_value(float("-inf")), "−∞"),
        (comparison(0.61, 0.374, "above"), "0.61 > 0.374"),
        (comparison(0.3740001, 0.374, "above"), "0.3740001 > 0.374"),
        (comparison(None, None, None), ""),
        (visible("a\x00\ud800\tb\n"), "a\ufffd\ufffd\tb\n"),
    ],
)
def test_numbers_and_texts_are_written_so_that_they_cannot_mislead(
    written: str, expected: str
) -> None:
    assert written == expected


def test_only_the_words_that_differ_are_marked() -> None:
    left, right = mark_differences(
        "값은 소유자라는 변수를 갖는다", "값은 소유자라는 이름을\n갖는다"
    )
    assert left == "값은 소유자라는 <del>변수를</del> 갖는다"
    assert right == "값은 소유자라는 <ins>이름을</ins>\n갖는다"


def test_a_leak_marks_the_run_that_both_texts_share() -> None:
    left, right = mark_shared("앞말 하나 둘 셋 넷 뒷말 하나", "하나 둘 셋 넷")
    assert left == "앞말 <mark>하나 둘 셋 넷</mark> 뒷말 하나"
    assert right == "<mark>하나 둘 셋 넷</mark>"


@given(st.text('가나<&" \n', max_size=60), st.text('가나<&" \n', max_size=60))
def test_marking_never_changes_a_text_and_always_escapes_it(left: str, right: str) -> None:
    for marked in (*mark_differences(left, right), *mark_shared(left, right)):
        bare = re.sub("</?(?:del|ins|mark)>", "", marked)
        assert "<" not in bare
        assert entities.unescape(bare) in (left, right)
