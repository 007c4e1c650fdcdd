"""What people get wrong in a run or its data is told as theirs, never as a bug."""

import importlib.util

import pytest
from training_units import documents, preferences, write_dataset, write_run

from bllossom_data.errors import TrainingError
from bllossom_data.progress import no_progress
from training.planning import plan_run
from training.run_file import load_run
from training.running import train


def refusals(path, root):
    """What training and the plan say."""
    with pytest.raises(TrainingError) as trained:
        train(load_run(path, {}), root, no_progress())
    with pytest.raises(TrainingError) as planned:
        plan_run(load_run(path, {}), root, "H100", 1, "ddp", no_progress())
    return str(trained.value), str(planned.value)


@pytest.mark.skipif(
    importlib.util.find_spec("flash_attn") is not None, reason="flash-attn is installed"
)
@pytest.mark.parametrize("random", [True, False], ids=["random", "model"])
def test_a_missing_flash_attention_is_told(made, tmp_path, random):
    base = None
    if not random:
        path = write_run(tmp_path / "base.toml", "sft", made.chat, made.tokenizer)
        base = train(load_run(path, {}), tmp_path, no_progress()).model
    path = write_run(
        tmp_path / "run.toml",
        "sft",
        made.chat,
        made.tokenizer,
        model=base,
        model_more='attn_implementation = "flash_attention_2"',
    )
    with pytest.raises(
        TrainingError, match=r'"flash_attention_2": what it needs is not installed .*choose "sdpa"'
    ):
        train(load_run(path, {}), tmp_path, no_progress())


@pytest.mark.parametrize(
    ("kind", "rows", "words"),
    [
        (
            "pretrain",
            [{**one, "text": number} for number, one in enumerate(documents(4))],
            "the column text holds int64, and must hold text",
        ),
        (
            "sft",
            [{"messages": "a"}],
            "the column messages holds string, and must hold messages",
        ),
        (
            "dpo",
            [{"prompt": 1, "chosen": "a", "rejected": "b"}],
            "the column prompt holds int64, and must hold text or messages",
        ),
    ],
)
def test_a_column_of_another_type_is_told(made, tmp_path, kind, rows, words):
    data = write_dataset(tmp_path / "data", {"train": rows})
    told = refusals(write_run(tmp_path / "run.toml", kind, data, made.tokenizer), tmp_path)
    assert all(words in one for one in told)


def without(key):
    return [
        {
            name: [{part: text for part, text in turn.items() if part != key} for turn in turns]
            for name, turns in pair.items()
        }
        for pair in preferences(3)
    ]


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (without("role"), r"3 left out \(prompt: message 0 has no `role`"),
        (without("content"), r"3 left out \(prompt: message 0 has no text in `content`"),
        (
            [{"prompt": ["a"], "chosen": ["b"], "rejected": ["c"]}],
            r"1 left out \(prompt: message 0 has no `role`",
        ),
    ],
)
def test_pairs_of_what_are_no_messages_are_left_out_and_told(made, tmp_path, rows, words):
    data = write_dataset(tmp_path / "data", {"train": rows})
    path = write_run(tmp_path / "run.toml", "dpo", data, made.tokenizer)
    with pytest.raises(TrainingError, match="no pair is left.*" + words):
        train(load_run(path, {}), tmp_path, no_progress())


def test_conversations_of_plain_texts_are_left_out_and_told(made, tmp_path):
    rows = [{"messages": ["a", "b"]}] * 2
    data = write_dataset(tmp_path / "data", {"train": rows})
    path = write_run(tmp_path / "run.toml", "sft", data, made.tokenizer)
    with pytest.raises(TrainingError, match=r"2 left out \(message 0 has no `role`"):
        train(load_run(path, {}), tmp_path, no_progress())
