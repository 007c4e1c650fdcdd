import pytest
import torch
from training_units import LLAMA, make_tokenizer, write_run

from bllossom_data.errors import TrainingError
from bllossom_data.progress import no_progress
from training.run_file import load_run
from training.running import train
from training.stages import freeze_all_but, outer_layers_model


def tiny_model(layers=4):
    from transformers import AutoConfig, AutoModelForCausalLM

    torch.manual_seed(3)
    fields = {**LLAMA, "num_hidden_layers": layers}
    del fields["model_type"]
    return AutoModelForCausalLM.from_config(AutoConfig.for_model("llama", **fields, vocab_size=400))


@pytest.fixture
def base(tmp_path):
    tiny_model().save_pretrained(tmp_path / "base")
    make_tokenizer(tmp_path / "base")
    return tmp_path / "base"


def weights(folder):
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def staged(made, base, tmp_path, stages, **more):
    tmp_path.mkdir(exist_ok=True)
    path = write_run(
        tmp_path / "staged.toml",
        "pretrain",
        made.corpus,
        "",
        model=base,
        trainer={"weight_decay": 0.1, "save_steps": 2, "max_steps": 1},
        more="new_rows_from = 380\nmix = {ratio = {ko = 0.7, en = 0.3}}",
    )
    path.write_text(path.read_text().replace("max_steps = 1\n", "") + stages)
    return train(load_run(path, {}), tmp_path / "runs", no_progress(), **more)


ROWS = """
[[stages]]
name = "rows"
max_steps = 4
trainable = ["new-input-rows", "new-output-rows"]
"""
LAST = """
[[stages]]
name = "last"
max_steps = 2
trainable = ["layers.last", "norm"]
"""
OUTER = """
[[stages]]
name = "outer"
max_steps = 3
trainable = ["layers"]
only_first_last_layers = 1
"""


def test_frozen_rows_stay_bit_equal_though_weights_decay(made, base, tmp_path):
    done = staged(made, base, tmp_path, ROWS)
    before, after = weights(base), weights(done.model)
    for name in before:
        if name in ("model.embed_tokens.weight", "lm_head.weight"):
            assert torch.equal(before[name][:380], after[name][:380]), name
        else:
            assert torch.equal(before[name], after[name]), name
    assert not torch.equal(before["lm_head.weight"][380:], after["lm_head.weight"][380:])


def test_without_leaving_decay_out_the_old_rows_would_move(made, base, tmp_path, monkeypatch):
    """The trap itself: a gradient of 0 is not enough."""
    from training.guarded import GuardedTrainer

    monkeypatch.delattr(GuardedTrainer, "get_decay_parameter_names")
    after = weights(staged(made, base, tmp_path, ROWS).model)["lm_head.weight"]
    assert not torch.equal(weights(base)["lm_head.weight"][:380], after[:380])


def test_a_matrix_that_is_head_and_embedding_at_once_keeps_its_old_rows():
    from transformers import AutoConfig, AutoModelForCausalLM

    fields = {**LLAMA, "tie_word_embeddings": True}
    del fields["model_type"]
    model = AutoModelForCausalLM.from_config(
        AutoConfig.for_model("llama", **fields, vocab_size=400)
    )
    frozen = freeze_all_but(model, ["new-input-rows", "new-output-rows"], 380)
    assert frozen == {"model.embed_tokens.weight"}
    ids = torch.arange(370, 400)[None]
    model(input_ids=ids, labels=ids).loss.backward()
    gradient = model.lm_head.weight.grad
    assert not gradient[:380].any()
    assert gradient[380:].any()


def test_stages_follow_each_other_and_go_on_in_the_data(made, base, tmp_path):
    import json

    done = staged(made, base, tmp_path, ROWS + LAST)
    assert done.steps == 6
    middle = weights(done.folder / "stages" / "rows" / "result")
    after = weights(done.model)
    changed = {name for name in middle if not torch.equal(middle[name], after[name])}
    assert changed
    assert all(
        name.startswith("model.layers.3.") or name == "model.norm.weight" for name in changed
    )
    record = done.folder / "stages" / "last" / "checkpoints" / "checkpoint-2" / "checkpoint.json"
    assert json.loads(record.read_text())["position"]["rows_before"] == 8


def test_a_run_can_end_with_a_stage_and_go_on_later(made, base, tmp_path):
    first = staged(made, base, tmp_path, ROWS + LAST, until="rows")
    assert first.steps == 4
    assert not (first.folder / "final").exists()
    assert staged(made, base, tmp_path, ROWS + LAST).steps == 6
    with pytest.raises(TrainingError, match="the run has the stages rows, last"):
        staged(made, base, tmp_path, ROWS + LAST, until="all")


@pytest.mark.parametrize("died_at", [(0, 3), (1, 3)], ids=["first stage", "second stage"])
def test_a_run_that_dies_in_a_stage_ends_with_the_same_bits(
    made, base, tmp_path, monkeypatch, died_at
):
    """Frozen rows, then a model of outer layers; both are saved in step 2, and die in step 3."""
    from training.reporting import StopSignal
    from training.token_stream import TokenStream

    whole = staged(made, base, tmp_path / "whole", ROWS + OUTER)
    stage, step = died_at
    trained, read = [], []
    row = TokenStream.row

    def die(self, args, state, control, **more):
        trained.append(state.global_step)
        # Each stage counts its steps from 1.
        if (trained.count(1) - 1, state.global_step) == (stage, step):
            raise KeyboardInterrupt
        return control

    def noted(self, number, end=None):
        read.append((self.language, number))
        return row(self, number, end)

    with monkeypatch.context() as patch:
        patch.setattr(StopSignal, "on_step_end", die)
        with pytest.raises(KeyboardInterrupt):
            staged(made, base, tmp_path / "died", ROWS + OUTER)
    monkeypatch.setattr(TokenStream, "row", noted)
    done = staged(made, base, tmp_path / "died", ROWS + OUTER)
    before, after = weights(whole.model), weights(done.model)
    assert all(torch.equal(before[name], after[name]) for name in before)
    # Two rows a step: what was saved is not read again, what was not is.
    assert len(read) == len(set(read)) == 2 * {0: 2 + 3, 1: 1}[stage]


def test_only_the_outer_layers_are_trained_and_put_back(made, base, tmp_path):
    done = staged(made, base, tmp_path, OUTER)
    before, after = weights(base), weights(done.model)
    assert before.keys() == after.keys()
    changed = {name.split(".")[2] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"0", "3"}


def test_the_model_of_outer_layers_is_smaller_and_runs():
    whole = tiny_model()
    small = outer_layers_model(tiny_model(), 1)
    assert small.config.num_hidden_layers == 2
    ids = torch.arange(9)[None]
    assert small(input_ids=ids).logits.shape == whole(input_ids=ids).logits.shape
    assert torch.equal(
        small.model.layers[1].mlp.up_proj.weight, whole.model.layers[3].mlp.up_proj.weight
    )
    assert small.generate(ids, max_new_tokens=2, do_sample=False).shape == (1, 11)
    with pytest.raises(TrainingError, match="nothing would be left out"):
        outer_layers_model(tiny_model(), 2)


@pytest.mark.parametrize(
    ("trainable", "words"),
    [(["layers.4"], '"layers.0" to "layers.3"'), (["attention"], "is no part of a model")],
)
def test_names_that_mean_nothing_are_refused(trainable, words):
    with pytest.raises(TrainingError, match=words):
        freeze_all_but(tiny_model(), trainable, None)


def test_new_rows_must_lie_inside():
    with pytest.raises(TrainingError, match="new_rows_from = 400: the embeddings have 400 rows"):
        freeze_all_but(tiny_model(), ["new-input-rows"], 400)


def test_single_rows_under_fsdp_are_refused_with_what_to_do(made, base, tmp_path, monkeypatch):
    monkeypatch.setenv("ACCELERATE_USE_FSDP", "true")
    with pytest.raises(TrainingError, match=r"stage 'rows': .*DDP configuration up to this stage"):
        staged(made, base, tmp_path, ROWS)
