import json

import pytest
from training_units import (
    LLAMA,
    documents,
    make_tokenizer,
    preferences,
    write_dataset,
    write_run,
)

from bllossom_data.errors import TrainingError
from bllossom_data.progress import no_progress
from training.memory import Load, estimate_memory
from training.planning import plan_run
from training.run_file import load_run
from training.running import train
from training.throughput import GIB, GPUS, gpu_named, mfu, model_size

LLAMA3_8B = {
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
}
LLAMA32_1B = {
    "hidden_size": 2048,
    "intermediate_size": 8192,
    "num_hidden_layers": 16,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "head_dim": 64,
    "vocab_size": 128256,
    "tie_word_embeddings": True,
}


def size_of(fields):
    from transformers import AutoConfig

    return model_size(AutoConfig.for_model("llama", **fields))


@pytest.mark.parametrize("fields", [LLAMA3_8B, LLAMA32_1B, {**LLAMA, "vocab_size": 400}])
def test_parameters_are_those_of_the_model(fields):
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    fields = {name: value for name, value in fields.items() if name != "model_type"}
    with torch.device("meta"):
        model = AutoModelForCausalLM.from_config(AutoConfig.for_model("llama", **fields))
    assert size_of(fields).parameters == sum(one.numel() for one in model.parameters())


@pytest.mark.parametrize(
    ("fields", "tokens", "gigaflops"), [(LLAMA3_8B, 4096, 48.25), (LLAMA32_1B, 2048, 7.82)]
)
def test_flops_of_a_token(fields, tokens, gigaflops):
    """Against figures computed by hand from the same formula."""
    assert size_of(fields).flops_per_token(tokens) / 1e9 == pytest.approx(gigaflops, rel=5e-3)


def load(**other):
    fields = {
        "weight_bytes": 4.0,
        "trained_ratio": 1.0,
        "adapter_parameters": 0,
        "optimizer_bytes": 8.0,
        "rows": 1,
        "tokens": 4096,
        "checkpointing": True,
        "reference": False,
        "packed": True,
        "devices": 1,
        "sharded": False,
    }
    return Load(**{**fields, **other})


def test_full_training_of_8b_needs_16_bytes_a_weight_and_no_80_gib_gpu_has_that():
    memory = estimate_memory(size_of(LLAMA3_8B), load())
    assert memory.weights + memory.gradients + memory.optimizer > 16 * 8.03e9
    assert memory.total > GPUS["H100"].memory_bytes
    shared = estimate_memory(size_of(LLAMA3_8B), load(devices=8, sharded=True))
    assert shared.total < 0.5 * GPUS["H100"].memory_bytes


def test_what_costs_more_is_estimated_as_more():
    size = size_of(LLAMA3_8B)
    base = estimate_memory(size, load()).total
    assert estimate_memory(size, load(checkpointing=False)).total > base
    assert estimate_memory(size, load(rows=4)).total > base
    assert estimate_memory(size, load(reference=True)).total > base
    adapted = load(weight_bytes=2.0, trained_ratio=0.0, adapter_parameters=42_000_000)
    assert estimate_memory(size, adapted).total < base / 3
    four_bits = load(weight_bytes=0.56, trained_ratio=0.0, adapter_parameters=42_000_000)
    assert estimate_memory(size, four_bits).total < estimate_memory(size, adapted).total


def test_gpus_are_known_by_the_names_of_their_drivers():
    assert gpu_named("NVIDIA H100 80GB HBM3") == GPUS["H100"]
    assert gpu_named("NVIDIA A100-SXM4-40GB") == GPUS["A100-40"]
    assert gpu_named("NVIDIA A100-SXM4-80GB") == GPUS["A100-80"]
    assert gpu_named("NVIDIA GeForce RTX 4090") == GPUS["RTX-4090"]
    assert gpu_named("Some card") is None
    assert mfu(494.5e12, GPUS["H100"]) == pytest.approx(0.5)
    assert mfu(1.0, None) is None


def big_run(made, tmp_path, **more):
    path = write_run(tmp_path / "big.toml", "sft", made.chat, made.tokenizer, **more)
    text = path.read_text()
    for name, value in LLAMA3_8B.items():
        text = text.replace(f"{name} = {LLAMA.get(name, 400)}", f"{name} = {value}")
    path.write_text(text)
    return load_run(path, {})


def test_what_cannot_fit_is_refused_with_what_would(made, tmp_path):
    run = big_run(made, tmp_path, trainer={"max_length": 4096})
    plan = plan_run(run, tmp_path, "H100", 1, "ddp", no_progress())
    assert plan.parameters == pytest.approx(8.03e9, rel=1e-3)
    assert not plan.fits
    with pytest.raises(TrainingError, match="GiB are needed on each H100 of 80 GiB") as error:
        plan.refuse_what_cannot_fit()
    assert "--sharding fsdp --devices 8" in str(error.value)
    assert "(QLoRA)" in str(error.value)
    sharded = plan_run(run, tmp_path, "H100", 8, "fsdp", no_progress())
    assert sharded.fits
    sharded.refuse_what_cannot_fit()
    assert not plan_run(run, tmp_path, "H100", 4, "fsdp", no_progress()).fits
    assert plan.memory.total > 80 * GIB


def test_the_plan_says_the_steps_and_tokens_that_training_then_takes(made, tmp_path):
    path = write_run(
        tmp_path / "run.toml",
        "pretrain",
        made.corpus,
        made.tokenizer,
        more="mix = {ratio = {ko = 0.7, en = 0.3}}",
        trainer={"num_train_epochs": 2},
    )
    path.write_text(path.read_text().replace("max_steps = 4\n", ""))
    run = load_run(path, {})
    plan = plan_run(run, tmp_path, "H100", 1, "ddp", no_progress())
    done = train(run, tmp_path, no_progress())
    assert plan.steps == pytest.approx(done.steps, abs=1)
    read = json.loads((done.model / "lineage.json").read_text())["tokens_read"]
    assert plan.tokens == pytest.approx(read, rel=0.03)


@pytest.mark.parametrize("more", [{}, {"gradient_accumulation_steps": 3}])
def test_a_plan_of_dpo_counts_pairs_that_are_left_and_tokens_after_the_cut(made, tmp_path, more):
    long = [{"role": "user", "content": "The city lies on a wide river. " * 9}]
    rows = [*preferences(13), *({**one, "prompt": long} for one in preferences(3))]
    rows.append({**rows[0], "rejected": rows[0]["chosen"]})
    data = write_dataset(tmp_path / "pairs", {"train": rows})
    fields = {"num_train_epochs": 2, "max_length": 48, "per_device_train_batch_size": 2, **more}
    path = write_run(tmp_path / "run.toml", "dpo", data, made.tokenizer, trainer=fields)
    path.write_text(path.read_text().replace("max_steps = 4\n", ""))
    run = load_run(path, {})
    plan = plan_run(run, tmp_path, "H100", 1, "ddp", no_progress())
    done = train(run, tmp_path, no_progress())
    lineage = json.loads((done.model / "lineage.json").read_text())
    assert (plan.steps, plan.tokens) == (done.steps, lineage["tokens_read"])
    counted = lineage["preparation"]["tiny"]
    assert counted["rows"] == 17
    assert counted["dropped"] == 3
    assert counted["broken"] == {"chosen and rejected are the same": 1}
    assert 2 * counted["tokens"] == lineage["tokens_read"]
    assert 6 < counted["truncated"] < 32
    assert 0 < counted["trained_tokens"] < counted["tokens"]
    assert lineage["datasets"][0]["tokens"] == counted["tokens"]
    card = (done.model / "README.md").read_text("utf-8")
    assert f"| tiny | 17 | {counted['tokens']:,} | {counted['trained_tokens']:,} |" in card
    assert f"| {counted['truncated']} | 3 | 1 |" in card


STAGED = """
[[stages]]
name = "new-rows"
max_steps = 3
trainable = ["new-input-rows", "new-output-rows"]

[[stages]]
name = "whole"
max_steps = 5
trainable = ["all"]
"""


@pytest.fixture
def staged(made, tmp_path):
    """8B in two stages; the first is refused on fsdp, the second needs it."""
    run = write_run(
        tmp_path / "big.toml",
        "pretrain",
        made.corpus,
        made.tokenizer,
        more="new_rows_from = 300",
        trainer={"gradient_checkpointing": True, "max_length": 4096},
    )
    text = run.read_text().replace("max_steps = 4\n", "")
    for name, value in LLAMA3_8B.items():
        text = text.replace(f"{name} = {LLAMA.get(name, 400)}", f"{name} = {value}")
    run.write_text(text + STAGED)
    return run


def test_a_stage_that_fsdp_cannot_train_is_planned_on_ddp(staged, tmp_path):
    plan = plan_run(load_run(staged, {}), tmp_path, "H100", 8, "fsdp", no_progress())
    assert [(one.name, one.sharding, one.steps) for one in plan.stages] == [
        ("new-rows", "ddp", 3),
        ("whole", "fsdp", 5),
    ]
    assert plan.fits
    assert plan.steps == 8
    assert plan.tokens == 8 * 8 * 2 * 4096
    whole = plan_run(load_run(staged, {}), tmp_path, "H100", 8, "ddp", no_progress())
    assert [one.fits for one in whole.stages] == [True, False]
    with pytest.raises(TrainingError, match=r"stage whole: about .* GiB are needed") as error:
        whole.refuse_what_cannot_fit()
    assert "--sharding fsdp" in str(error.value)
    assert plan.stages[0].memory == whole.stages[0].memory


def test_a_plan_ends_with_the_stage_that_training_would(staged, tmp_path):
    run = load_run(staged, {})
    plan = plan_run(run, tmp_path, "H100", 8, "ddp", no_progress(), "new-rows")
    assert [one.name for one in plan.stages] == ["new-rows"]
    assert plan.fits
    with pytest.raises(TrainingError, match="--until rows: the run has the stages new-rows, whole"):
        plan_run(run, tmp_path, "H100", 8, "ddp", no_progress(), "rows")


def test_the_command_says_how_stages_are_started(staged, tmp_path):
    from click.testing import CliRunner

    from bllossom_data.cli import main

    words = ["train", str(staged), "--plan", "--devices", "8", "--sharding", "fsdp"]
    result = CliRunner().invoke(main, [*words, "--root", str(tmp_path)])
    assert result.exit_code == 0, result.output
    assert "--until new-rows, then go on with FSDP" in result.stdout
    result = CliRunner().invoke(main, [*words, "--until", "rows", "--root", str(tmp_path)])
    assert result.exit_code == 1
    assert "the run has the stages new-rows, whole" in result.output


def test_an_unknown_gpu_is_refused_with_the_known_ones(made, tmp_path):
    run = load_run(write_run(tmp_path / "a.toml", "sft", made.chat, made.tokenizer), {})
    with pytest.raises(TrainingError, match=r"'H900' is not known; known: H100, H200"):
        plan_run(run, tmp_path, "H900", 1, "ddp", no_progress())


def test_the_command_prints_a_plan_and_trains_nothing(made, tmp_path):
    from click.testing import CliRunner

    from bllossom_data.cli import main

    path = write_run(tmp_path / "a.toml", "dpo", made.pairs, made.tokenizer)
    result = CliRunner().invoke(
        main, ["train", str(path), "--plan", "--json", "--root", str(tmp_path)]
    )
    assert result.exit_code == 0, result.output
    plan = json.loads(result.stdout)
    assert plan["fits"]
    assert plan["steps"] == 4
    assert not (tmp_path / "a").exists()
    result = CliRunner().invoke(main, ["train", str(path), "--plan", "--root", str(tmp_path)])
    assert "assumed, not measured" in result.stdout


def test_a_plan_of_many_rows_looks_at_a_sample(tmp_path, monkeypatch):
    from training import planned_tokens

    make_tokenizer(tmp_path / "tokenizer")
    data = write_dataset(tmp_path / "data", {"train": documents(300)})
    path = write_run(tmp_path / "a.toml", "pretrain", data, tmp_path / "tokenizer")
    run = load_run(path, {})
    whole = plan_run(run, tmp_path, "H100", 1, "ddp", no_progress()).data_tokens
    monkeypatch.setattr(planned_tokens, "SAMPLE_ROWS", 100)
    sampled = plan_run(run, tmp_path, "H100", 1, "ddp", no_progress()).data_tokens
    assert sampled != whole
    assert sampled == pytest.approx(whole, rel=0.1)
