import pytest
from training_units import write_run

from bllossom_data.errors import RunFileError
from training.pinning import hub_commit, pinning_problem
from training.run_file import load_run

COMMIT = "0123456789abcdef0123456789abcdef01234567"


def told(path, **variables):
    with pytest.raises(RunFileError) as error:
        load_run(path, variables)
    return str(error.value)


def test_a_run_file_is_read_with_its_paths_filled_in(tmp_path):
    path = write_run(tmp_path / "a.toml", "sft", tmp_path / "data", tmp_path / "tok")
    path.write_text(path.read_text().replace(str(tmp_path / "data"), "${DATA}/final"))
    run = load_run(path, {"DATA": "/somewhere"})
    assert run.datasets[0].path == "/somewhere/final"
    assert run.trainer["max_length"] == 64


@pytest.mark.parametrize(
    ("place", "words"),
    [
        ("owner/name", "has no commit"),
        ("owner/name@main", '"main" can move'),
        ("owner/name@v1.0", '"v1.0" can move'),
        ("owner/name@0123456", '"0123456" can move'),
        ("owner/name@" + COMMIT.upper(), "can move"),
    ],
)
def test_an_unpinned_revision_is_refused_with_what_to_write(tmp_path, place, words):
    path = write_run(tmp_path / "a.toml", "sft", place, tmp_path / "tok")
    message = told(path)
    assert words in message
    assert "datasets[0].path" in message
    assert "line" in message
    assert "40 digits" in message
    assert "1 mistake" in message, "not of an empty list as well"


def test_a_commit_is_accepted_for_data_and_models(tmp_path):
    path = write_run(
        tmp_path / "a.toml", "sft", f"owner/name@{COMMIT}", "", model=f"meta/model@{COMMIT}"
    )
    run = load_run(path, {})
    assert hub_commit(run.datasets[0].path) == ("owner/name", COMMIT)
    assert hub_commit(run.model.path) == ("meta/model", COMMIT)
    assert pinning_problem(f"owner/name@{COMMIT}") is None


def test_a_variable_cannot_smuggle_in_a_branch(tmp_path):
    path = write_run(tmp_path / "a.toml", "sft", "${DATA}", tmp_path / "tok")
    assert "can move" in told(path, DATA="owner/name@main")
    assert "${DATA} has no value" in told(path)


@pytest.mark.parametrize(
    ("kind", "name", "near"),
    [
        ("sft", "learning_rat", "learning_rate"),
        ("sft", "max_seq_length", "max_length"),
        ("pretrain", "evaluation_strategy", "eval_strategy"),
        ("dpo", "bata", "beta"),
    ],
)
def test_an_unknown_field_is_refused_with_the_nearest_one(tmp_path, kind, name, near):
    path = write_run(tmp_path / "a.toml", kind, tmp_path, tmp_path, trainer={name: 1})
    assert f"trainer.{name} is not a field of trl's" in told(path)
    assert f"did you mean `{near}`?" in told(path)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("learning_rate", -1e-3, "= -0.001: must be 0 or more"),
        ("per_device_train_batch_size", 0, "= 0: must be 1 or more"),
        ("max_steps", -5, "= -5: must be above 0, or left out"),
        ("num_train_epochs", 0, "= 0: must be above 0"),
        ("save_steps", 0, "= 0: must be above 0"),
        ("eval_strategy", "steps", ": no dataset has a `validation_split`"),
    ],
)
def test_a_value_that_would_fail_only_in_training_is_refused(tmp_path, name, value, words):
    path = write_run(tmp_path / "a.toml", "dpo", tmp_path, tmp_path, trainer={name: value})
    assert f"trainer.{name}{'' if words[0] == ':' else ' '}{words}" in told(path)


@pytest.mark.parametrize(
    ("kind", "name", "value", "words"),
    [
        ("sft", "learning_rate", "nan", "must be a finite number"),
        ("sft", "max_grad_norm", "inf", "must be a finite number"),
        ("sft", "truncation_mode", '"keep_strat"', 'did you mean "keep_start"?'),
        ("dpo", "truncation_mode", '"middle"', "allowed: keep_start, keep_end"),
        ("dpo", "loss_type", '["sigmoidd"]', 'did you mean "sigmoid"?'),
        ("sft", "loss_type", '"sigmoid"', "allowed: nll"),
    ],
)
def test_a_choice_or_number_that_trl_would_take_in_silence_or_fail_at_is_refused(
    tmp_path, kind, name, value, words
):
    path = write_run(tmp_path / "a.toml", kind, tmp_path, tmp_path, trainer={"learning_rate": 1})
    text = path.read_text().replace("learning_rate = 1\n", f"{name} = {value}\n")
    path.write_text(text)
    message = told(path)
    assert f"trainer.{name} = " in message
    assert words in message


def test_losses_that_dpo_knows_are_those_of_trl():
    import inspect
    import re

    from trl import DPOTrainer

    from training.trainer_fields import PREFERENCE_LOSSES

    text = inspect.getsource(DPOTrainer)
    assert set(re.findall(r'if loss_type == "(\w+)"', text)) == set(PREFERENCE_LOSSES)


def test_an_attention_that_transformers_has_not_is_refused_with_the_nearest(tmp_path):
    more = 'attn_implementation = "sdap"'
    message = told(write_run(tmp_path / "a.toml", "sft", tmp_path, tmp_path, model_more=more))
    assert 'model.attn_implementation: "sdap" is not known; did you mean "sdpa"?' in message
    for known in ("eager", "flex_attention", "kernels-community/flash-attn3"):
        more = f'attn_implementation = "{known}"'
        load_run(write_run(tmp_path / "a.toml", "sft", tmp_path, tmp_path, model_more=more), {})


def test_an_adapter_of_rank_0_is_refused(tmp_path):
    path = write_run(tmp_path / "a.toml", "sft", tmp_path, tmp_path, more="adapter = {r = 0}")
    assert "adapter.r = 0: must be 1 or more" in told(path)


def test_all_mistakes_are_told_at_once_with_their_lines(tmp_path):
    path = write_run(
        tmp_path / "a.toml",
        "sft",
        tmp_path,
        tmp_path,
        trainer={"learning_rate": "fast", "packing_strategy": "wrapped", "output_dir": "x"},
        more="sead = 3",
    )
    message = told(path)
    assert "4 mistakes" in message
    assert 'trainer.learning_rate = "fast": must be a valid number' in message
    assert "others mix documents" in message
    assert "trainer.output_dir is not set here" in message
    assert "did you mean `seed`" in message


def test_other_libraries_tables_are_checked_too(tmp_path):
    path = write_run(
        tmp_path / "a.toml",
        "sft",
        tmp_path,
        tmp_path,
        more='adapter = {rank = 8, target_modules = ["q_proj", "lm_head"]}',
    )
    message = told(path)
    assert "adapter.rank is not a field of peft's LoraConfig" in message
    assert 'an adapter on "lm_head" would not be trained' in message


@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("sft", "mix = {ratio = {ko = 0.7, en = 0.3}}", "mix is for pretrain, this is sft"),
        ("pretrain", "mix = {ratio = {ko = 0.7, en = 0.2}}", "the shares sum to 0.9, not 1"),
        ("pretrain", 'chat = {template = "llama3"}', "chat is for sft and dpo"),
        ("sft", "quantization = {load_in_4bit = true}", "add [adapter]"),
    ],
)
def test_what_only_two_tables_get_wrong_is_told(tmp_path, kind, more, words):
    assert words in told(write_run(tmp_path / "a.toml", kind, tmp_path, tmp_path, more=more))


def test_a_template_of_ones_own_lies_beside_the_run_file(tmp_path):
    path = write_run(
        tmp_path / "a.toml", "sft", tmp_path, tmp_path, more='chat = {template = "own.jinja"}'
    )
    assert load_run(path, {}).chat.template == str(tmp_path / "own.jinja")
    path.write_text(path.read_text().replace("own.jinja", "llama2"))
    assert load_run(path, {}).chat.template == "llama2"


def test_text_that_is_not_toml_and_a_missing_file_are_told(tmp_path):
    (tmp_path / "a.toml").write_text("kind = ", encoding="utf-8")
    assert "is not TOML" in told(tmp_path / "a.toml")
    assert "cannot be read" in told(tmp_path / "b.toml")
