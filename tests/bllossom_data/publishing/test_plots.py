"""The plots of a card: valid SVG that needs nothing else and holds the numbers of its bars."""

import xml.etree.ElementTree as ElementTree

import pytest
from card_units import (
    COMMAND,
    INSTRUCTION,
    PRETRAINING,
    PROSE,
    instruction_recipe,
    pretraining_recipe,
)

from bllossom_data.publishing.card import card_of
from bllossom_data.publishing.plots import (
    BLUE,
    GREEN,
    HATCHED,
    ORANGE,
    VIOLET,
    Bar,
    Piece,
    bar_chart,
)

SVG = "{http://www.w3.org/2000/svg}"
CARDS = [
    card_of(pretraining_recipe(), PRETRAINING, PROSE, COMMAND),
    card_of(instruction_recipe(), INSTRUCTION, PROSE, COMMAND),
]
PLOTS = {path: text for card in CARDS for path, text in card.plots.items()}


def texts(svg: str) -> list[str]:
    return [one.text or "" for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("path", sorted(PLOTS))
def test_a_plot_is_svg_without_scripts_styles_or_other_files(path):
    root = ElementTree.fromstring(PLOTS[path])
    tags = {one.tag.removeprefix(SVG) for one in root.iter()}
    assert tags <= {"svg", "defs", "pattern", "rect", "text", "title"}
    assert "http" not in PLOTS[path].replace("http://www.w3.org/2000/svg", "")


def test_each_card_names_its_plots_and_has_them_in_both_languages():
    for card in CARDS:
        english, _, korean = card.readme.partition("\n\n---\n\n")
        for path in card.plots:
            part = english if path.endswith(".en.svg") else korean
            assert f"]({path})" in part
    assert "단계별 남은 문서 수" in texts(PLOTS["plots/steps.ko.svg"])
    assert "중복 제거" in texts(PLOTS["plots/steps.ko.svg"])
    assert "2,207  (−296)" in texts(PLOTS["plots/steps.en.svg"])
    assert "156개 중 132개 배포" not in texts(PLOTS["plots/examples.ko.svg"])
    assert "141개 중 117개 배포" in texts(PLOTS["plots/examples.ko.svg"])


def test_lengths_are_in_proportion_and_bars_stay_inside():
    bars = [
        Bar("a", (Piece("x", BLUE, 100), Piece("y", ORANGE, 50)), "150"),
        Bar("b", (Piece("x", BLUE, 75),), "75"),
    ]
    root = ElementTree.fromstring(bar_chart("t", bars))
    widths = [
        float(one.get("width"))
        for one in root.iter(f"{SVG}rect")
        if one.find(f"{SVG}title") is not None
    ]
    assert widths[0] == pytest.approx(2 * widths[1], abs=0.2)
    assert widths[2] == pytest.approx(1.5 * widths[1], abs=0.2)
    assert all(0 <= float(one.get("x") or 0) < 860 for one in root.iter(f"{SVG}rect"))


def test_what_strangers_wrote_is_text_and_long_names_are_cut():
    svg = bar_chart("<b>", [Bar("<script>" * 9, (Piece("&", BLUE, 1),), "1")])
    assert any(one.startswith("<script>") and one.endswith("…") for one in texts(svg))


def test_a_legend_that_is_too_long_goes_on_in_another_line():
    pieces = tuple(Piece("a rather long name of a part " + name, BLUE, 1) for name in "abcdef")
    root = ElementTree.fromstring(bar_chart("t", [Bar("a", pieces, "")]))
    lines = {one.get("y") for one in root.iter(f"{SVG}text") if "rather" in (one.text or "")}
    assert len(lines) > 1


def luminance(colour: str) -> float:
    channels = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


@pytest.mark.parametrize("colour", [BLUE, ORANGE, GREEN, VIOLET])
def test_colours_stand_out_from_the_ground_that_the_plot_brings(colour):
    """3:1 for graphics, WCAG 2.2 criterion 1.4.11."""
    assert 'fill="#ffffff"' in bar_chart("t", [])
    assert 1.05 / (luminance(colour) + 0.05) >= 3


def test_nothing_and_what_is_hatched_can_be_drawn():
    ElementTree.fromstring(bar_chart("t", []))
    svg = bar_chart("t", [Bar("a", (Piece("x", HATCHED, 0), Piece("y", HATCHED, 1)), "1")])
    assert texts(svg) == ["t", "a", "1", "y"]
