"""Packing in a run of SFT: what the model is given keeps conversations apart."""

import pyarrow.parquet as pq
import pytest
import torch
from training_units import LLAMA, make_tokenizer, write_run

from bllossom_data.progress import no_progress
from training.chat import install_template, label_conversation
from training.collating import FILLING
from training.run_file import load_run
from training.running import train
from training.token_trainer import TokenTrainer


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    """A model whose weights are as large as those of a trained one, so that leaks would show."""
    from transformers import AutoConfig, AutoModelForCausalLM

    folder = tmp_path_factory.mktemp("base")
    torch.manual_seed(0)
    fields = {name: value for name, value in LLAMA.items() if name != "model_type"}
    config = AutoConfig.for_model("llama", **fields, vocab_size=400, initializer_range=0.3)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    make_tokenizer(folder)
    return folder


@pytest.fixture(scope="module")
def batches(made, base, tmp_path_factory):
    """Batches that reach the model in one epoch of a packed run."""
    root = tmp_path_factory.mktemp("packed")
    path = write_run(
        root / "run.toml",
        "sft",
        made.chat,
        "",
        model=base,
        trainer={"packing": True, "max_length": 384, "max_steps": 2},
    )
    seen = []
    whole = TokenTrainer.compute_loss

    def watched(self, model, inputs, *arguments, **options):
        seen.append({name: value for name, value in inputs.items() if torch.is_tensor(value)})
        return whole(self, model, inputs, *arguments, **options)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TokenTrainer, "compute_loss", watched)
        train(load_run(path, {}), root, no_progress())
    return seen


def logits(model, **inputs):
    with torch.no_grad():
        return model(**inputs, use_cache=False).logits


def packed_and_alone(model, batch, begin, given):
    """Largest difference of a conversation's logits in its row from those it has alone."""
    found = logits(model, **{name: batch[name] for name in given})
    worst, parts = 0.0, []
    for row, (padded, groups) in enumerate(
        zip(batch["input_ids"].tolist(), batch["groups"].tolist(), strict=True)
    ):
        ids = padded[: len(groups) - groups.count(FILLING)]
        starts = [place for place, one in enumerate(ids) if one == begin]
        for start, end in zip(starts, [*starts[1:], len(ids)], strict=True):
            alone = logits(model, input_ids=torch.tensor([ids[start:end]]))[0]
            worst = max(worst, float((found[row, start:end] - alone).abs().max()))
            parts.append(tuple(ids[start:end]))
    return worst, parts


@pytest.fixture(scope="module")
def model(base):
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(base, attn_implementation="sdpa").eval()


@pytest.fixture
def known(made, tokenizer):
    install_template(tokenizer, None)
    rows = pq.read_table(made.chat / "data" / "train.parquet").to_pylist()
    return {tuple(label_conversation(tokenizer, row["messages"]).input_ids) for row in rows}


def test_a_packed_conversation_of_a_run_has_the_logits_that_it_has_alone(
    batches, model, tokenizer, known
):
    parts = []
    for batch in batches:
        rows = len(batch["input_ids"])
        worst, found = packed_and_alone(
            model, batch, tokenizer.bos_token_id, ("input_ids", "position_ids")
        )
        assert worst < 1e-5
        assert len(found) >= 2 * rows, "several conversations share a row"
        parts += found
    assert set(parts) <= known


def test_naive_concatenation_of_the_same_rows_fails_the_comparison(batches, model, tokenizer):
    worst, _ = packed_and_alone(model, batches[0], tokenizer.bos_token_id, ("input_ids",))
    assert worst > 1e-2
