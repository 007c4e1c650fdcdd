"""The sample corpus through every step, by the command that people type."""

import json
import subprocess
import sys
from collections import Counter
from itertools import pairwise
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner
from datasets import load_dataset
from huggingface_hub import DatasetCard

from bllossom_data.cli import main
from bllossom_data.corpus.rules import reasons_of
from bllossom_data.korean.personal_data import find_personal_data
from bllossom_data.manifest import read_manifest, verify_manifest
from bllossom_data.sample.materialise import labels
from pipelines.layout import Layout

RECIPE = Path(__file__).parents[2] / "data_cards" / "demo.toml"

ORIGINALS = {label.duplicate_of for label in labels() if label.duplicate_of}


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("demo")
    command = [sys.executable, "-m", "bllossom_data.cli", "build", str(RECIPE), "--json"]
    done = subprocess.run(
        [*command, "--root", str(folder), "--workers", "1"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    (folder / "summary.json").write_text(done.stdout)
    return folder


@pytest.fixture(scope="module")
def layout(root) -> Layout:
    return Layout(root / "demo" / "2026.11.0-dev")


@pytest.fixture(scope="module")
def verdicts(layout) -> dict[str, dict]:
    """What the build did with every document, by the key of its label."""
    found = {}
    for name in layout.part_names():
        frame = pl.read_parquet(
            layout.part("ingest", name), columns=["id", "text", "source_id", "origin"]
        )
        for step in ("decide", "deduplicate", "decontaminate", "clean"):
            rows = pl.read_parquet(layout.part(step, name)).drop("id")
            frame = frame.hstack(rows.rename(lambda column, step=step: f"{step}.{column}"))
        for row in frame.iter_rows(named=True):
            key = row["source_id"] or Path(row["origin"]).stem
            found[key] = row
    return found


def test_every_document_becomes_what_its_label_says(verdicts):
    wrong = []
    for label in labels():
        row = verdicts.get(label.key)
        if label.expect == "quarantine":
            ok = row is None
        elif row is None:
            ok = False
        else:
            ok = outcome_fits(label, row)
        if not ok:
            reasons = reasons_of(row["decide.failed"]) if row else "not read"
            wrong.append(f"{label.key}: {label.expect} ({label.why}); found {reasons}")
    assert not wrong, "\n".join(wrong)


def outcome_fits(label, row) -> bool:
    reasons = set(reasons_of(row["decide.failed"]))
    if label.expect == "drop":
        return not row["decide.kept"] and bool(reasons & set(label.reasons))
    if not row["decide.kept"]:
        return False
    if label.expect == "contaminated":
        return row["deduplicate.kept"] and not row["decontaminate.kept"]
    if label.expect == "duplicate":
        return row["deduplicate.cluster"] is not None
    # Of an original and its copy, either may be the one that stays.
    if label.key in ORIGINALS and row["deduplicate.cluster"] is not None:
        return True
    masked = json.loads(row["clean.edits"])
    return row["decontaminate.kept"] and masked == (label.personal_data or {})


def test_of_each_cluster_of_duplicates_one_document_stays(verdicts):
    clusters: dict[int, list[bool]] = {}
    for row in verdicts.values():
        if row["deduplicate.cluster"] is not None:
            clusters.setdefault(row["deduplicate.cluster"], []).append(row["deduplicate.kept"])
    assert len(clusters) == len(ORIGINALS)
    assert all(sum(kept) == 1 for kept in clusters.values())


def test_no_personal_data_of_the_sample_reaches_the_published_files(layout, verdicts):
    values = [
        row["text"][span.start : span.end]
        for row in verdicts.values()
        if row["decontaminate.kept"]
        for span in find_personal_data(row["text"])
    ]
    assert len(values) == sum(
        sum((label.personal_data or {}).values()) for label in labels() if label.expect == "clean"
    )
    texts = "\n".join(published(layout)["text"])
    assert [value for value in values if value in texts] == []


def published(layout) -> pl.DataFrame:
    return pl.concat(pl.read_parquet(file) for file in sorted(layout.final.glob("data/*.parquet")))


def test_the_published_files_hold_the_mix_exactly_once(layout, verdicts):
    frame = published(layout)
    copies = Counter(frame["id"])
    mixed = Counter()
    for name in layout.part_names():
        ids = pl.read_parquet(layout.part("clean", name), columns=["clean_id"])["clean_id"]
        times = pl.read_parquet(layout.part("mix", name), columns=["copies"])["copies"]
        for identity, number in zip(ids, times, strict=True):
            mixed[identity] += number
    assert copies == +mixed


def test_datasets_reads_both_splits(layout, tmp_path):
    found = load_dataset(str(layout.final), cache_dir=str(tmp_path))
    assert set(found) == {"train", "validation"}
    assert found["train"].column_names == [
        "id",
        "text",
        "language",
        "source",
        "source_id",
        "license",
        "url",
    ]
    assert found["train"].num_rows + found["validation"].num_rows == published(layout).height


def test_each_shard_holds_both_languages_in_mixed_order(layout):
    for file in sorted(layout.final.glob("data/train-*.parquet")):
        languages = pl.read_parquet(file)["language"].to_list()
        changes = sum(one != other for one, other in pairwise(languages))
        assert changes > 3


def test_the_card_has_a_header_that_the_hub_reads(layout):
    card = DatasetCard.load(layout.final / "README.md")
    assert card.data.license == "apache-2.0"
    assert card.data.language == ["ko", "en"]
    assert card.data.configs[0]["data_files"][0] == {
        "split": "train",
        "path": "data/train-*.parquet",
    }
    assert "실제 말뭉치" in card.text


def test_the_manifest_agrees_with_the_files_and_the_counts_with_the_labels(layout):
    assert verify_manifest(layout.final) == []
    counts = read_manifest(layout.final).counts
    read = sum(source["documents"] for source in counts["ingest"].values())
    assert read == sum(label.expect != "quarantine" for label in labels())
    leaked = sum(source.get("contaminated", 0) for source in counts["removed"].values())
    assert leaked == sum(label.expect == "contaminated" for label in labels())


def test_the_summary_for_programs_is_json_on_stdout(root):
    summary = json.loads((root / "summary.json").read_text())
    assert summary["languages"]["ko"]["share"] == pytest.approx(0.7, abs=0.005)
    assert Path(summary["report"]).is_file()


def test_a_second_build_does_nothing(root, layout):
    before = {path: path.stat().st_mtime_ns for path in layout.root.rglob("step.json")}
    done = CliRunner().invoke(main, ["build", str(RECIPE), "--root", str(root)])
    assert done.exit_code == 0, done.output
    assert {path: path.stat().st_mtime_ns for path in layout.root.rglob("step.json")} == before


def test_status_inspect_and_report_speak_about_the_build(root):
    run = CliRunner().invoke
    status = run(main, ["status", str(RECIPE), "--root", str(root)])
    assert status.exit_code == 0, status.output
    assert status.output.count("done") == 8
    removed = run(
        main, ["inspect", str(RECIPE), "--root", str(root), "--reason", "spam_terms", "--json"]
    )
    assert removed.exit_code == 0, removed.output
    documents = json.loads(removed.output)
    assert documents
    for document in documents:
        failure = next(one for one in document["failures"] if one["reason"] == "spam_terms")
        assert failure["value"] > failure["threshold"] in (5, 10)
    kept = run(main, ["inspect", str(RECIPE), "--root", str(root), "--kept", "--language", "ko"])
    assert kept.exit_code == 0
    assert "ko-news" in kept.output
    report = run(main, ["report", str(RECIPE), "--root", str(root)])
    assert report.exit_code == 0, report.output
    assert Path(report.output.strip()).read_text(encoding="utf-8").startswith("<!doctype html>")


def test_inspect_refuses_a_reason_that_cannot_occur(root):
    done = CliRunner().invoke(
        main, ["inspect", str(RECIPE), "--root", str(root), "--reason", "too_long"]
    )
    assert done.exit_code == 1
    assert "gopher_long_doc" in done.output
