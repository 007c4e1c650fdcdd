"""The card: a header that the Hub reads, tables that hold, and nothing that varies."""

from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from huggingface_hub import DatasetCard
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.publishing.card import (
    CardNumbers,
    SourceRow,
    StepRow,
    card_header,
    render_card,
)
from bllossom_data.publishing.tables import size_category
from bllossom_data.recipe import Dataset, Recipe, Source

PROSE = "# 시험 말뭉치\n\nWhat it is for, and its limits.\n"
NUMBERS = CardNumbers(
    splits=[("train", 1_900), ("validation", 100)],
    sources=[
        SourceRow("ko-web", "ko", "cc-by-sa-4.0", "2026-01", 3_000, 1_500, 1_234_567),
        SourceRow("en-news", "en", "cc0-1.0", "", 1_000, 500, 765_433),
    ],
    steps=[StepRow("ingest", 4_000, 5_000_000), StepRow("mix", 2_000, 2_000_000)],
    reasons=[("gopher_short_doc", 1_700), ("near_duplicate", 300)],
    shares=[("ko", 0.7, 0.6173), ("en", None, 0.3827)],
    mix_unit="bytes",
    shortfall="",
    personal_data=[("email", 3), ("phone", 1_200)],
    versions=[("kiwipiepy", "0.24.1"), ("numpy", "2.2.0")],
    language_model="py3langid 0.4.0",
    words="fast",
    build_command="bllossom build data_cards/test.toml",
)


def recipe(**dataset: object) -> Recipe:
    described = {
        "name": "test",
        "version": "2026.11.0",
        "license": "cc-by-sa-4.0",
        "pretty_name": '시험: "a test" # 1',
        "languages": ("ko", "en"),
    }
    return Recipe(
        dataset=Dataset(**{**described, **dataset}),
        sources=(Source(name="ko-web", path="/x", license="cc0-1.0"),),
    )


def header(numbers: CardNumbers = NUMBERS, **dataset: object) -> dict:
    text = card_header(recipe(**dataset), numbers)
    assert text.startswith("---\n")
    assert text.endswith("---\n")
    return yaml.safe_load(text.strip("-\n"))


def tables(card: str) -> list[list[list[str]]]:
    """Cells of every Markdown table, as a renderer splits them: at bars without a backslash."""
    found: list[list[list[str]]] = [[]]
    for line in card.splitlines():
        if line.startswith("|"):
            cells = line.replace(r"\|", "\0").strip("|").split("|")
            found[-1].append([cell.strip().replace("\0", "|") for cell in cells])
        elif found[-1]:
            found.append([])
    return [table for table in found if table]


def table(card: str, *columns: str) -> list[list[str]]:
    return next(rows[2:] for rows in tables(card) if tuple(rows[0]) == columns)


def test_the_hub_s_own_reader_finds_what_the_recipe_says():
    card = DatasetCard(render_card(recipe(), PROSE, NUMBERS))
    assert card.data.license == "cc-by-sa-4.0"
    assert card.data.language == ["ko", "en"]
    assert card.data.pretty_name == '시험: "a test" # 1'
    assert card.data.size_categories == ["1K<n<10K"]
    assert card.data.task_categories == ["text-generation"]
    assert card.text.strip().startswith("# 시험 말뭉치")


def test_the_header_names_the_files_of_each_split_that_has_documents():
    (config,) = header()["configs"]
    assert config["data_files"] == [
        {"split": "train", "path": "data/train-*.parquet"},
        {"split": "validation", "path": "data/validation-*.parquet"},
    ]
    (config,) = header(replace(NUMBERS, splits=[("train", 5), ("validation", 0)]))["configs"]
    assert [entry["split"] for entry in config["data_files"]] == ["train"]


def test_the_header_keeps_korean_readable_and_the_order_of_its_keys():
    text = card_header(recipe(pretty_name="한국어 말뭉치"), NUMBERS)
    assert "pretty_name: 한국어 말뭉치" in text
    assert list(header())[:3] == ["license", "language", "pretty_name"]


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1))
def test_any_title_and_license_survive_the_header(text):
    found = header(pretty_name=text, license=text)
    assert (found["pretty_name"], found["license"]) == (text, text)


@pytest.mark.parametrize(
    ("documents", "category"),
    [
        (0, "n<1K"),
        (999, "n<1K"),
        (1_000, "1K<n<10K"),
        (9_999, "1K<n<10K"),
        (10_000, "10K<n<100K"),
        (100_000, "100K<n<1M"),
        (1_000_000, "1M<n<10M"),
        (10_000_000, "10M<n<100M"),
        (999_999_999, "100M<n<1B"),
        (1_000_000_000, "1B<n<10B"),
        (10_000_000_000, "10B<n<100B"),
        (100_000_000_000, "100B<n<1T"),
        (1_000_000_000_000, "n>1T"),
    ],
)
def test_size_categories_are_those_of_the_hub(documents, category):
    assert size_category(documents) == category


def test_every_number_is_in_its_table():
    card = render_card(recipe(), PROSE, NUMBERS)
    columns = ("source", "language", "licence", "revision", "documents read", "documents", "bytes")
    assert table(card, *columns) == [
        ["ko-web", "ko", "cc-by-sa-4.0", "2026-01", "3,000", "1,500", "1,234,567"],
        ["en-news", "en", "cc0-1.0", "—", "1,000", "500", "765,433"],
    ]
    assert table(card, "split", "documents") == [["train", "1,900"], ["validation", "100"]]
    assert table(card, "language", "asked", "achieved") == [
        ["ko", "70.00%", "61.73%"],
        ["en", "as available", "38.27%"],
    ]
    assert table(card, "step", "documents", "bytes") == [
        ["ingest", "4,000", "5,000,000"],
        ["mix", "2,000", "2,000,000"],
    ]
    assert table(card, "reason", "documents")[0] == ["gopher_short_doc", "1,700"]
    assert table(card, "kind", "replaced") == [["email", "3"], ["phone", "1,200"]]
    assert table(card, "package", "version")[0] == ["kiwipiepy", "0.24.1"]
    assert "```sh\nbllossom build data_cards/test.toml\n```" in card
    assert "py3langid 0.4.0" in card


def test_bars_and_line_breaks_stay_inside_their_cell():
    odd = SourceRow("ko-web", "ko", "CC BY | 자체 허락", "판 1\n2026년 | 1월\r\n끝", 1, 1, 1)
    card = render_card(recipe(), PROSE, replace(NUMBERS, sources=[odd]))
    composition = tables(card)[0]
    assert {len(row) for row in composition} == {7}
    assert composition[2][2] == "CC BY | 자체 허락"
    assert composition[2][3].split() == ["판", "1", "2026년", "|", "1월", "끝"]


def test_every_table_has_as_many_cells_in_each_row_as_columns():
    for rows in tables(render_card(recipe(), PROSE, NUMBERS)):
        assert {len(row) for row in rows} == {len(rows[0])}
        assert all(set(cell) <= {"-", ":"} for cell in rows[1])


def test_why_the_ratio_was_missed_is_told_below_the_mix():
    why = "language en comes to 765433 bytes: the mix has 2000000 bytes instead of 2500000"
    card = render_card(recipe(), PROSE, replace(NUMBERS, shortfall=why))
    assert (
        card.index("| en | as available") < card.index(why) < card.index("## What each step left")
    )
    assert why not in render_card(recipe(), PROSE, NUMBERS)


def test_no_personal_data_is_said_in_words():
    card = render_card(recipe(), PROSE, replace(NUMBERS, personal_data=[]))
    assert "Nothing was replaced." in card
    assert "| kind | replaced |" not in card


def test_the_same_input_gives_the_same_bytes_and_other_numbers_do_not():
    card = render_card(recipe(), PROSE, NUMBERS)
    assert card == render_card(recipe(), PROSE, replace(NUMBERS))
    assert card != render_card(recipe(), PROSE, replace(NUMBERS, words="exact"))
    assert card.endswith("\n")
    assert not card.endswith("\n\n")
    assert str(Path.home()) not in card


def test_a_card_of_an_empty_dataset_can_still_be_read():
    empty = replace(
        NUMBERS,
        splits=[("train", 0), ("validation", 0)],
        sources=[],
        steps=[],
        reasons=[],
        shares=[],
        personal_data=[],
    )
    card = DatasetCard(render_card(recipe(), "", empty))
    assert card.data.size_categories == ["n<1K"]


def test_prose_with_its_own_rules_and_dashes_does_not_end_the_header():
    prose = "# 제목\n\n---\n\nlicense: other\n\n---\n"
    card = DatasetCard(render_card(recipe(), prose, NUMBERS))
    assert card.data.license == "cc-by-sa-4.0"
    assert "license: other" in card.text
