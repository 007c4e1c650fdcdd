"""Packing of conversations: nothing is lost but what is told."""

from types import SimpleNamespace

import pytest
from training_units import chat, write_dataset

from bllossom_data.progress import log_progress, no_progress
from training.chat import IGNORED, install_template, label_conversation
from training.conversations import conversation_rows, filled
from training.pinned_data import open_dataset
from training.run_file import DatasetEntry


def config(**other):
    fields = {
        "max_length": 64,
        "truncation_mode": "keep_start",
        "assistant_only_loss": True,
        "packing_strategy": "bfd",
        "shuffle_dataset": False,
        "seed": 1,
    }
    return SimpleNamespace(**{**fields, **other})


@pytest.fixture
def chosen(made):
    dataset = open_dataset(DatasetEntry.model_validate({"path": str(made.chat), "name": "tiny"}))
    return [(dataset, dataset.train)]


def alone(tokenizer, made):
    import pyarrow.parquet as pq

    rows = pq.read_table(made.chat / "data" / "train.parquet").to_pylist()
    return [label_conversation(tokenizer, row["messages"]) for row in rows]


@pytest.mark.parametrize("strategy", ["bfd", "bfd_split"])
def test_packed_rows_hold_the_conversations_that_fit_token_by_token(
    tokenizer, made, chosen, strategy
):
    install_template(tokenizer, None)
    settings = config(max_length=128, packing_strategy=strategy)
    found = conversation_rows(chosen, tokenizer, settings, no_progress(), packing=True)
    pieces = []
    for row in found.dataset:
        start = 0
        for length in row["seq_lengths"]:
            part = slice(start, start + length)
            pieces.append((tuple(row["input_ids"][part]), tuple(row["labels"][part])))
            start += length
        assert start == len(row["input_ids"]) <= 128
    whole = [(tuple(one.input_ids), tuple(one.labels)) for one in alone(tokenizer, made)]
    assert max(len(ids) for ids, _ in whole) <= 128
    assert sorted(pieces) == sorted(whole)
    assert len(found.dataset) < len(whole)


def test_splitting_loses_no_token_of_long_conversations(tokenizer, made, chosen):
    install_template(tokenizer, None)
    settings = config(max_length=24, packing_strategy="bfd_split")
    found = conversation_rows(chosen, tokenizer, settings, no_progress(), packing=True)
    expected = sorted(token for one in alone(tokenizer, made) for token in one.input_ids)
    assert sorted(token for row in found.dataset for token in row["input_ids"]) == expected


def test_what_is_cut_and_dropped_is_counted_and_told(tokenizer, tmp_path, capsys):
    import sys

    install_template(tokenizer, None)
    rows = [
        {"messages": chat("city?", "river")},
        {"messages": chat("city?", "The city lies on a river. " * 9)},
        {"messages": chat("Which city lies on a river? " * 9, "this one")},
    ]
    dataset = open_dataset(
        DatasetEntry.model_validate(
            {"path": str(write_dataset(tmp_path / "data", {"train": rows})), "name": "tiny"}
        )
    )
    progress = log_progress(sys.stderr)
    found = conversation_rows(
        [(dataset, dataset.train)], tokenizer, config(), progress, packing=False
    )
    counted = found.counts["tiny"]
    assert (counted.rows, counted.truncated, counted.dropped) == (3, 2, 1)
    assert len(found.dataset) == 2
    told = capsys.readouterr().err
    assert "2 cut to max_length" in told
    assert "1 dropped, nothing trained was left" in told


def test_sources_and_languages_are_kept_through_packing(tokenizer, chosen):
    install_template(tokenizer, None)
    found = conversation_rows(chosen, tokenizer, config(), no_progress(), packing=True)
    assert set(found.group_names) == {"tiny-ko", "tiny-en"}
    korean = conversation_rows(
        chosen, tokenizer, config(), no_progress(), packing=False, language="ko"
    )
    assert korean.group_names == ("tiny-ko",)
    assert len(korean.dataset) == 12


def test_filling_trains_nothing(tokenizer, chosen):
    install_template(tokenizer, None)
    rows = conversation_rows(chosen, tokenizer, config(), no_progress(), packing=False).dataset
    more = filled(rows, 7)
    assert len(more) == 28
    assert all(row["labels"] == [IGNORED] for row in more.select(range(len(rows), 28)))
    assert filled(rows, len(rows)) is rows
