"""What is published of instruction data: configurations, card and manifest that agree."""

import json

import pytest
from datasets import load_dataset
from hand_made_drafts import ENTITY, draft, review
from huggingface_hub import DatasetCard

from bllossom_data.build import StepFolder
from bllossom_data.errors import StepError
from bllossom_data.examples import Message
from bllossom_data.instruction_recipe import InstructionRecipe
from bllossom_data.manifest import StepRecord, read_manifest, verify_manifest
from bllossom_data.progress import no_progress
from pipelines.drafts import TranslatedSegment, Translation
from pipelines.instruction_final import FinalInputs, write_instruction_final
from pipelines.reviewing import settle

RECIPE = InstructionRecipe.model_validate(
    {
        "dataset": {
            "name": "demo-ko",
            "version": "2026.11.0-dev",
            "kind": "instruction",
            "license": "cc0-1.0",
            "pretty_name": "시험 데이터",
            "languages": ["ko", "en"],
        },
        "sources": [{"name": "demo", "path": "/demo.jsonl", "license": "cc0-1.0"}],
    }
)
RECORD = StepRecord("ingest", 1, {}, {}, {"demo": "f1"}, "a", {}, (), {"python": "3.11"})
FINAL = (Message("user", "어디로 갈까요?"), Message("assistant", "북한산이 좋습니다."))


def examples() -> tuple[list, list]:
    modified = draft("demo-2", edits=(ENTITY,), label="target_modified")
    tested = draft("demo-3", split="test")
    waits = draft("demo-4", split="test")
    gone = draft("demo-5")
    drafts = [draft("demo-1"), modified, tested, waits, gone]
    decisions = [
        review(modified),
        review(tested, "correct", messages=FINAL, reviewer="reviewer-2"),
        review(gone, "correct", messages=FINAL, reviewer="kim@example.org"),
        review(gone, "remove"),
    ]
    return settle(drafts, decisions), decisions


def write(folder, settled, decisions=()):
    segments = (TranslatedSegment(0, 0, 5, "Where", "어디", "memory", ()),)
    inputs = FinalInputs(
        RECIPE,
        "# 시험 데이터\n",
        "bllossom build demo-ko.toml",
        settled,
        decisions,
        [Translation("demo-1", ("어디",), segments, ())],
        {"demo": len(settled)},
        {"ingest": RECORD},
    )
    return write_instruction_final(inputs, StepFolder(folder, {}, no_progress()))


@pytest.fixture
def final(tmp_path):
    write(tmp_path / "final", *examples())
    return tmp_path / "final"


def load(folder, name, split):
    return load_dataset(str(folder), name, split=split, cache_dir=str(folder.parent / "cache"))


def test_both_configurations_are_read_by_datasets_as_trl_expects_them(final):
    train = load(final, "ko", "train")
    assert train["id"] == ["demo-1", "demo-2"]
    assert train[1]["messages"][1] == {
        "role": "assistant",
        "content": "북한산에 가 보시기 바랍니다.",
    }
    assert train["reviewed"] == [False, True]
    assert load(final, "ko", "test")[0]["messages"][1]["content"] == "북한산이 좋습니다."
    both = load(final, "bilingual", "train")
    assert both["language"] == ["ko", "ko", "en", "en"]
    assert both[2]["messages"][1]["content"] == "Try Mount Stuart."


def test_what_waits_or_was_removed_is_not_published(final):
    published = {row["id"] for row in load(final, "bilingual", "test")}
    assert published == {"demo-3"}


def test_the_card_says_what_the_manifest_says(final):
    manifest = read_manifest(final)
    assert verify_manifest(final) == []
    assert manifest.counts["rows"]["ko"] == {"train": 2, "test": 1}
    assert manifest.counts["examples"]["states"] == {
        "approved": 2,
        "passed": 1,
        "removed": 1,
        "waiting": 1,
    }
    assert manifest.counts["examples"]["reviewers"] == {"reviewer-1": 2, "reviewer-2": 1}
    assert manifest.counts["examples"]["votes"] == {"correct+remove": 1}
    assert manifest.counts["edits"] == {"entity": {"as_proposed": 1}}
    card = DatasetCard.load(final / "README.md")
    names = [config["config_name"] for config in card.data.to_dict()["configs"]]
    assert names == ["ko", "bilingual"]
    assert "| bilingual | train | 4 |" in card.text
    assert "| Waiting for a decision | 1 |" in card.text
    assert "| 결정 대기 | 1 |" in card.text


def test_nothing_that_is_published_says_who_decided(tmp_path):
    one = draft("demo-3", split="test")
    settled = settle([one], [review(one, reviewer="kim@example.org")])
    write(tmp_path / "final", settled)
    for path in (tmp_path / "final").rglob("*"):
        assert path.is_dir() or b"kim@example.org" not in path.read_bytes()
    counts = read_manifest(tmp_path / "final").counts
    assert counts["examples"]["reviewers"] == {"reviewer-1": 1}


def test_the_same_decisions_give_the_same_bytes(final, tmp_path):
    write(tmp_path / "again", *examples())
    for name in ("README.md", "manifest.json", "data/ko/train.parquet"):
        assert (final / name).read_bytes() == (tmp_path / "again" / name).read_bytes()
    json.loads((final / "manifest.json").read_text(encoding="utf-8"))


def test_nothing_to_publish_is_said_with_what_to_do(tmp_path):
    with pytest.raises(StepError, match="1 of 1 examples waits for people; review them with"):
        write(tmp_path, settle([draft(split="test")], []))
