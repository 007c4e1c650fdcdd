"""What a run reads when it is gone on with: the rows that are left, and none before them."""

import pytest
from training_units import LLAMA, conversations, documents, preferences, write_dataset, write_run

from bllossom_data.progress import log_progress, no_progress
from training.run_file import load_run
from training.running import train

STEPS, SAVED, DIED = 48, 40, 43
ROWS = {"pretrain": documents(60), "sft": conversations(120), "dpo": preferences(120)}


@pytest.fixture(scope="module")
def base(made):
    """A model with random weights that SFT and DPO begin from."""
    import torch
    from training_units import make_tokenizer
    from transformers import AutoConfig, AutoModelForCausalLM

    folder = made.folder / "position-base"
    torch.manual_seed(5)
    fields = {name: value for name, value in LLAMA.items() if name != "model_type"}
    config = AutoConfig.for_model("llama", **fields, vocab_size=400)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    make_tokenizer(folder)
    return folder


def long_run(kind, made, base, folder, **trainer):
    data = write_dataset(folder / "data", {"train": ROWS[kind]})
    fields = {"max_steps": STEPS, "save_steps": SAVED, **trainer}
    return write_run(
        folder / f"{kind}.toml", kind, data, made.tokenizer, model=base, trainer=fields
    )


def killed_after(step, path, root, progress=None):
    from training.reporting import StopSignal

    def die(self, args, state, control, **more):
        if state.global_step == step:
            raise KeyboardInterrupt
        return control

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StopSignal, "on_step_end", die)
        with pytest.raises(KeyboardInterrupt):
            train(load_run(path, {}), root, progress or no_progress())


@pytest.mark.parametrize("kind", ["pretrain", "sft", "dpo"])
def test_a_resumed_run_reads_no_row_that_was_trained_on(kind, made, base, tmp_path, monkeypatch):
    """However late it stopped; what is skipped are numbers of rows, never rows."""
    from datasets import Dataset

    from training.token_stream import TokenStream

    path = long_run(kind, made, base, tmp_path)
    killed_after(DIED, path, tmp_path)
    rows, streamed = [], []
    read, row = Dataset.__getitems__, TokenStream.row

    def counted(self, numbers):
        rows.extend(numbers)
        return read(self, numbers)

    def counted_in_stream(self, number, end=None):
        streamed.append((self.language, number))
        return row(self, number, end)

    monkeypatch.setattr(Dataset, "__getitems__", counted)
    monkeypatch.setattr(TokenStream, "row", counted_in_stream)
    assert train(load_run(path, {}), tmp_path, no_progress()).steps == STEPS
    left = (STEPS - SAVED) * 2
    # The loader is one batch ahead of the trainer.
    assert left <= len(rows) <= left + 2
    assert len(set(rows)) == len(rows)
    if kind == "pretrain":
        assert len(set(streamed)) == len(streamed) == len(rows)


def test_the_reference_reads_every_pair_once_and_tells_how_far_it_is(
    made, base, tmp_path, monkeypatch, capfd
):
    import io
    import time

    from training.tuning import PreferenceTrainer

    path = long_run(
        "dpo", made, base, tmp_path, max_steps=4, save_steps=2, precompute_ref_log_probs=True
    )
    pairs = []
    reference = PreferenceTrainer.compute_ref_log_probs

    def counted(self, model, inputs):
        found = reference(self, model, inputs)
        pairs.extend(found[0])
        return found

    monkeypatch.setattr(PreferenceTrainer, "compute_ref_log_probs", counted)
    told = io.StringIO()
    killed_after(3, path, tmp_path, log_progress(told, time.monotonic))
    assert len(pairs) == len(ROWS["dpo"])
    assert f"reference log-probabilities: done, {len(pairs)} pairs" in told.getvalue()
    told = io.StringIO()
    train(load_run(path, {}), tmp_path, log_progress(told, time.monotonic))
    assert len(pairs) == len(ROWS["dpo"]), "a resumed run finds what the reference said"
    assert "log-probabilities" not in told.getvalue()
    assert "it/s" not in capfd.readouterr().err
