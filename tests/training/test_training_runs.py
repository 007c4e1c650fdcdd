"""Whole runs on the CPU: all three kinds from their file to the finished model."""

import json
import math
import shutil
import sys

import pytest
import torch
from training_units import chat, preferences, write_dataset, write_run

from bllossom_data.errors import TrainingError
from bllossom_data.progress import no_progress
from training.checkpoints import checkpoint_problem
from training.reporting import read_log
from training.run_file import load_run
from training.running import train

KINDS = ("pretrain", "sft", "dpo")
ADAPTER = 'adapter = {r = 4, lora_alpha = 8, target_modules = ["q_proj", "v_proj"]}'
MIX = 'mix = {unit = "tokens", ratio = {ko = 0.7, en = 0.3}}'


def weights(folder):
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def equal(one, other):
    first, second = weights(one), weights(other)
    assert first.keys() == second.keys()
    return all(torch.equal(first[name], second[name]) for name in first)


@pytest.fixture(scope="module")
def base(made):
    """A model with random weights that SFT and DPO begin from."""
    from training_units import LLAMA, make_tokenizer
    from transformers import AutoConfig, AutoModelForCausalLM

    folder = made.folder / "base"
    torch.manual_seed(5)
    fields = {name: value for name, value in LLAMA.items() if name != "model_type"}
    AutoModelForCausalLM.from_config(
        AutoConfig.for_model("llama", **fields, vocab_size=400)
    ).save_pretrained(folder)
    make_tokenizer(folder)
    return folder


def make_run(kind, made, base, path, **more):
    data = {"pretrain": made.corpus, "sft": made.chat, "dpo": made.pairs}[kind]
    extra = {"pretrain": MIX}.get(kind, "")
    fields = {"packing": True} if kind == "sft" else {}
    fields |= {"save_steps": 5, "lr_scheduler_type": "linear"} | more.pop("trainer", {})
    more = {"more": extra, **more}
    return write_run(path, kind, data, made.tokenizer, model=base, trainer=fields, **more)


def trained(path, root):
    return train(load_run(path, {}), root, no_progress())


@pytest.fixture(scope="module")
def tens(made, base, tmp_path_factory):
    """Ten steps of each kind in one go."""
    root = tmp_path_factory.mktemp("tens")
    return {
        kind: trained(
            make_run(kind, made, base, root / f"{kind}.toml", trainer={"max_steps": 10}), root
        )
        for kind in KINDS
    }


@pytest.mark.parametrize("kind", KINDS)
def test_five_and_five_steps_are_bit_equal_to_ten(kind, made, base, tens, tmp_path):
    from training.reporting import StopSignal

    path = make_run(kind, made, base, tmp_path / f"{kind}.toml", trainer={"max_steps": 10})
    stop = StopSignal.on_step_end

    # Step 5 is saved; the process dies in step 7, so 6 and 7 are repeated.
    def die_in_seven(self, args, state, control, **more):
        if state.global_step == 7:
            raise KeyboardInterrupt
        return stop(self, args, state, control, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(StopSignal, "on_step_end", die_in_seven)
        with pytest.raises(KeyboardInterrupt):
            trained(path, tmp_path)
    assert not (tmp_path / kind / "final").exists()
    done = trained(path, tmp_path)
    assert done.steps == 10
    assert equal(done.model, tens[kind].model)
    steps = [entry["step"] for entry in read_log(done.folder / "log.jsonl") if "loss" in entry]
    assert steps == list(range(1, 11)), "no step is logged twice"
    losses = [
        [entry["loss"] for entry in read_log(one.folder / "log.jsonl") if "loss" in entry]
        for one in (done, tens[kind])
    ]
    assert losses[0] == losses[1]


@pytest.mark.parametrize(("kind", "died"), [("sft", 9), ("dpo", 9), ("dpo", 19)])
def test_epochs_are_gone_on_from_at_their_boundary_and_inside(kind, died, made, base, tmp_path):
    from training.reporting import StopSignal

    def die(self, args, state, control, **more):
        if state.global_step == died:
            raise KeyboardInterrupt
        return control

    results = []
    for name in ("whole", "stopped"):
        (tmp_path / name).mkdir()
        path = make_run(
            kind,
            made,
            base,
            tmp_path / name / f"{kind}.toml",
            trainer={"num_train_epochs": 3, "save_strategy": "epoch", "max_length": 128},
        )
        path.write_text(path.read_text().replace("max_steps = 4\n", ""))
        if name == "stopped":
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(StopSignal, "on_step_end", die)
                with pytest.raises(KeyboardInterrupt):
                    trained(path, tmp_path / name)
            checkpoints = tmp_path / name / kind / "checkpoints"
            assert list(checkpoints.iterdir()), "the test is of going on, not of beginning again"
        results.append(trained(path, tmp_path / name))
    assert results[0].steps == results[1].steps > died
    assert equal(results[0].model, results[1].model)


@pytest.mark.parametrize("kind", KINDS)
def test_a_run_killed_between_its_last_step_and_its_result_trains_no_further(
    kind, made, base, tens, tmp_path
):
    shutil.copytree(tens[kind].folder, tmp_path / kind)
    shutil.copy(tens[kind].folder.parent / f"{kind}.toml", tmp_path)
    shutil.rmtree(tmp_path / kind / "final")
    done = trained(tmp_path / f"{kind}.toml", tmp_path)
    assert done.steps == 10
    assert equal(done.model, tens[kind].model)
    assert (done.model / "README.md").is_file()


@pytest.mark.parametrize("kind", KINDS)
def test_a_finished_run_is_not_repeated_and_not_overwritten(kind, made, base, tens, tmp_path):
    root = tens[kind].folder.parent
    again = trained(root / f"{kind}.toml", root)
    assert not again.trained_now
    changed = (root / f"{kind}.toml").read_text().replace("0.001", "0.002")
    (tmp_path / f"{kind}.toml").write_text(changed)
    with pytest.raises(TrainingError, match="trained from other settings"):
        trained(tmp_path / f"{kind}.toml", root)


def test_the_first_loss_of_dpo_is_ln_2(tens):
    first = next(entry for entry in read_log(tens["dpo"].folder / "log.jsonl") if "loss" in entry)
    assert first["loss"] == pytest.approx(math.log(2), abs=1e-6)
    assert first["rewards/margins"] == 0


def test_precomputed_reference_log_probabilities_change_nothing(made, base, tens, tmp_path):
    path = make_run(
        "dpo",
        made,
        base,
        tmp_path / "dpo.toml",
        trainer={"max_steps": 10, "precompute_ref_log_probs": True},
    )
    done = trained(path, tmp_path)
    losses = [
        [entry["loss"] for entry in read_log(one.folder / "log.jsonl") if "loss" in entry]
        for one in (done, tens["dpo"])
    ]
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)


def test_another_reference_gives_another_first_loss(made, base, tens, tmp_path):
    path = make_run(
        "dpo",
        made,
        base,
        tmp_path / "dpo.toml",
        model_more=f'reference = "{tens["sft"].model}"',
        trainer={"max_steps": 1},
    )
    done = trained(path, tmp_path)
    first = read_log(done.folder / "log.jsonl")[0]["loss"]
    assert abs(first - math.log(2)) > 1e-4


@pytest.mark.parametrize("kind", ["pretrain", "sft"])
def test_accumulation_weighs_tokens_so_that_how_a_batch_is_cut_changes_nothing(
    kind, made, base, tmp_path
):
    found = []
    for rows, accumulation in ((8, 1), (4, 2), (1, 8)):
        folder = tmp_path / f"{rows}"
        folder.mkdir()
        fields = {
            "max_steps": 2,
            "per_device_train_batch_size": rows,
            "gradient_accumulation_steps": accumulation,
            "packing": False,
            # Plain gradient descent: Adam would turn rounding of tiny gradients into steps.
            "optim": "sgd",
            "learning_rate": 0.5,
        }
        if kind == "pretrain":
            del fields["packing"]
        done = trained(make_run(kind, made, base, folder / f"{kind}.toml", trainer=fields), folder)
        found.append(weights(done.model))
    start = weights(base)
    for other in found[1:]:
        for name, one in found[0].items():
            assert torch.allclose(one, other[name], atol=2e-6), name
    assert any((found[0][name] - start[name]).abs().max() > 1e-3 for name in start)


def test_a_mean_of_means_would_be_another_loss(made, base, tmp_path):
    """Unequal rows, so that weighing batches instead of tokens would show above."""
    from training_units import conversations
    from transformers import AutoTokenizer

    from training.chat import install_template, label_conversation

    tokenizer = AutoTokenizer.from_pretrained(made.tokenizer)
    install_template(tokenizer, None)
    counts = [label_conversation(tokenizer, one["messages"]).trained for one in conversations(8)]
    assert max(counts) > 2 * min(counts)


def test_sft_learns_to_say_exactly_what_it_was_shown(made, base, tmp_path):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    answers = {"산은?": "봄에는 꽃이 핀다. 떡", "city?": "The city lies on a river."}
    rows = [{"messages": chat(user, said)} for user, said in answers.items()]
    data = write_dataset(tmp_path / "data", {"train": rows})
    path = write_run(
        tmp_path / "overfit.toml",
        "sft",
        data,
        made.tokenizer,
        model=base,
        trainer={
            "max_steps": 120,
            "learning_rate": 1e-2,
            "packing": True,
            "max_length": 128,
            "save_strategy": "no",
            "logging_steps": 40,
        },
    )
    done = trained(path, tmp_path)
    model = AutoModelForCausalLM.from_pretrained(done.model)
    tokenizer = AutoTokenizer.from_pretrained(done.model)
    for user, said in answers.items():
        prompt = tokenizer.apply_chat_template(
            [{"role": "user", "content": user}],
            add_generation_prompt=True,
            return_tensors="pt",
            return_dict=True,
        )
        written = model.generate(**prompt, max_new_tokens=60, do_sample=False)[0]
        text = tokenizer.decode(written[prompt["input_ids"].shape[1] :])
        assert text == said + "<|eot_id|>", "it says the answer and stops"


def test_dpo_learns_which_answer_is_better(made, base, tmp_path):
    path = make_run(
        "dpo",
        made,
        base,
        tmp_path / "dpo.toml",
        trainer={"max_steps": 30, "save_strategy": "no", "learning_rate": 5e-3},
    )
    last = [one for one in read_log(trained(path, tmp_path).folder / "log.jsonl") if "loss" in one][
        -1
    ]
    assert last["rewards/accuracies"] == 1
    assert last["loss"] < 0.1


def test_the_log_tells_loss_by_source_speed_and_evaluation_by_language(made, base, tmp_path):
    path = make_run(
        "pretrain",
        made,
        base,
        tmp_path / "p.toml",
        dataset_more='validation_split = "validation"',
        trainer={"max_steps": 4, "eval_strategy": "steps", "eval_steps": 2},
    )
    done = trained(path, tmp_path)
    log = read_log(done.folder / "log.jsonl")
    first = log[0]
    assert first["tokens"] == 2 * 64
    assert first["filling_ratio"] == 0
    assert 1 < first["mean_context"] < 32.5, "documents are shorter than rows"
    assert {"tokens_per_second", "memory_gib", "grad_norm", "learning_rate"} <= first.keys()
    assert {name for entry in log for name in entry if name.startswith("loss/")} == {
        f"loss/{language}/{language}-{number}" for language in ("ko", "en") for number in range(3)
    }
    for language in ("ko", "en"):
        evaluated = next(entry for entry in log if f"eval_{language}_loss" in entry)
        assert 0 < evaluated[f"eval_{language}_bits_per_byte"] < 16
    assert list((done.folder / "tensorboard" / "pretrain").glob("events.*"))


def test_evaluation_is_the_mean_over_tokens(made, base, tmp_path):
    from transformers import AutoModelForCausalLM

    path = make_run(
        "pretrain",
        made,
        base,
        tmp_path / "p.toml",
        dataset_more='validation_split = "validation"',
        trainer={
            "max_steps": 1,
            "eval_strategy": "steps",
            "eval_steps": 1,
            "per_device_eval_batch_size": 3,
            "learning_rate": 0.0,
        },
    )
    run = load_run(path, {})
    done = train(run, tmp_path, no_progress())
    told = next(
        entry["eval_ko_loss"]
        for entry in read_log(done.folder / "log.jsonl")
        if "eval_ko_loss" in entry
    )
    from training.models import load_tokenizer
    from training.pinned_data import open_dataset
    from training.pretraining import open_corpus

    corpus = open_corpus(
        run,
        [open_dataset(one) for one in run.datasets],
        load_tokenizer(run.model),
        64,
        tmp_path / "tokens",
        no_progress(),
    )
    stream = next(one for one in corpus.validation if one.language == "ko")
    model = AutoModelForCausalLM.from_pretrained(base).eval()
    total, count = 0.0, 0
    for number in range(-(-stream.total_tokens // 64)):
        row = stream.row(number, stream.total_tokens)
        start = 0
        for length in row.lengths:
            ids = torch.from_numpy(row.input_ids[start : start + length])[None]
            start += length
            if length > 1:
                with torch.no_grad():
                    total += float(model(input_ids=ids, labels=ids).loss) * (length - 1)
                count += length - 1
    assert told == pytest.approx(total / count, rel=1e-5)


def test_conversations_and_pairs_are_evaluated_by_language_too(made, base, tmp_path):
    fields = {"max_steps": 1, "eval_strategy": "steps", "eval_steps": 1}
    path = make_run(
        "sft",
        made,
        base,
        tmp_path / "sft.toml",
        dataset_more='validation_split = "validation"',
        trainer=fields,
    )
    log = read_log(trained(path, tmp_path).folder / "log.jsonl")
    assert {"eval_ko_loss", "eval_en_loss"} <= {name for entry in log for name in entry}
    pairs = [
        {**one, "language": "ko" if number % 2 else "en"}
        for number, one in enumerate(preferences(8))
    ]
    data = write_dataset(tmp_path / "pairs", {"train": pairs, "validation": pairs})
    path = write_run(
        tmp_path / "dpo.toml",
        "dpo",
        data,
        "",
        model=base,
        dataset_more='validation_split = "validation"',
        trainer=fields,
    )
    log = read_log(trained(path, tmp_path).folder / "log.jsonl")
    assert {"eval_ko_loss", "eval_en_loss"} <= {name for entry in log for name in entry}


def test_the_card_tells_lineage_and_shows_curves(made, tens):
    card = (tens["sft"].model / "README.md").read_text("utf-8")
    lineage = json.loads((tens["sft"].model / "lineage.json").read_text("utf-8"))
    only = lineage["datasets"][0]
    assert only["rows"] == 24
    assert only["tokens"] > 0
    assert len(only["sha256"]) == 64
    assert only["sha256"][:16] in card
    assert lineage["tokenizer_sha256"] in card
    assert "trl 1." in card
    assert "max_length = 64" in card
    assert (tens["sft"].model / "curves" / "loss.png").read_bytes()[:4] == b"\x89PNG"
    for path in (made.folder, tens["sft"].folder):
        assert str(path) not in card, "nothing of this machine's folders is published"


@pytest.mark.parametrize("kind", ["sft", "dpo"])
def test_an_adapter_trains_goes_on_and_is_merged_into_the_result(kind, made, base, tmp_path):
    from training.reporting import StopSignal

    def die_in_four(self, args, state, control, **more):
        if state.global_step == 4:
            raise KeyboardInterrupt
        return control

    results = []
    for name in ("whole", "stopped"):
        (tmp_path / name).mkdir()
        path = make_run(
            kind,
            made,
            base,
            tmp_path / name / "lora.toml",
            more=ADAPTER,
            trainer={"max_steps": 6, "save_steps": 3, "learning_rate": 1e-2},
        )
        if name == "stopped":
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(StopSignal, "on_step_end", die_in_four)
                with pytest.raises(KeyboardInterrupt):
                    trained(path, tmp_path / name)
        results.append(trained(path, tmp_path / name))
    assert equal(results[0].model, results[1].model)
    done = results[0]
    before, after = weights(base), weights(done.model)
    assert before.keys() == after.keys()
    changed = {name for name in before if not torch.equal(before[name], after[name])}
    assert changed
    assert all("q_proj" in name or "v_proj" in name for name in changed)
    assert (done.model / "adapter" / "adapter_config.json").is_file()
    if kind == "dpo":
        first = next(entry for entry in read_log(done.folder / "log.jsonl") if "loss" in entry)
        assert first["loss"] == pytest.approx(math.log(2), abs=1e-6)


def test_the_reference_of_an_expanded_model_is_the_expanded_one(made, base, tmp_path):
    """By the name in its configuration trl would load the model before the expansion."""
    from training_units import make_tokenizer
    from transformers import AutoModelForCausalLM

    model = AutoModelForCausalLM.from_pretrained(base)
    model.resize_token_embeddings(448, mean_resizing=False)
    model.config._name_or_path = str(base)
    model.save_pretrained(tmp_path / "expanded")
    make_tokenizer(tmp_path / "expanded", 440)
    path = make_run(
        "dpo", made, tmp_path / "expanded", tmp_path / "dpo.toml", trainer={"max_steps": 1}
    )
    first = read_log(trained(path, tmp_path).folder / "log.jsonl")[0]
    assert first["loss"] == pytest.approx(math.log(2), abs=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_weights_of_bfloat16_train_too(kind, made, base, tmp_path):
    path = make_run(
        kind, made, base, tmp_path / f"{kind}.toml", trainer={"max_steps": 2, "bf16": True}
    )
    path.write_text(path.read_text().replace('dtype = "float32"', 'dtype = "bfloat16"'))
    done = trained(path, tmp_path)
    assert {one.dtype for one in weights(done.model).values()} == {torch.bfloat16}
    assert all(
        math.isfinite(entry["loss"])
        for entry in read_log(done.folder / "log.jsonl")
        if "loss" in entry
    )


def test_old_checkpoints_go_only_after_a_new_one_is_whole(made, base, tmp_path):
    path = make_run(
        "sft",
        made,
        base,
        tmp_path / "sft.toml",
        trainer={"max_steps": 6, "save_steps": 1, "save_total_limit": 2},
    )
    done = trained(path, tmp_path)
    kept = sorted(one.name for one in (done.folder / "checkpoints").iterdir())
    assert kept == ["checkpoint-5", "checkpoint-6"]
    assert all(checkpoint_problem(done.folder / "checkpoints" / name) is None for name in kept)


def test_help_and_other_commands_do_not_import_torch():
    import subprocess

    code = "import sys, bllossom_data.cli as c; c.main(['--help'], standalone_mode=False); sys.exit('torch' in sys.modules or 'training' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True).returncode == 0
