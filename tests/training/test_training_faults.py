"""What goes wrong in training: a clear message, and the last good checkpoint as it was."""

import errno
import os
import resource
import signal
import subprocess
import sys
import time

import pytest
import torch
from training_units import (
    LLAMA,
    conversations,
    documents,
    make_tokenizer,
    preferences,
    write_dataset,
    write_run,
)

from bllossom_data.errors import RunFileError, TrainingError
from bllossom_data.progress import no_progress
from training.checkpoints import checkpoint_problem, last_checkpoint
from training.guarded import GuardedTrainer
from training.reporting import StopSignal, read_log
from training.run_file import load_run
from training.running import train


def trained(path, root):
    return train(load_run(path, {}), root, no_progress())


def weights(folder):
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def equal(one, other):
    first, second = weights(one), weights(other)
    return all(torch.equal(first[name], second[name]) for name in first)


def die_in(step):
    original = StopSignal.on_step_end

    def die(self, args, state, control, **more):
        if state.global_step == step:
            raise KeyboardInterrupt
        return original(self, args, state, control, **more)

    return die


@pytest.fixture
def run(made, tmp_path):
    return write_run(
        tmp_path / "run.toml", "sft", made.chat, made.tokenizer, trainer={"max_steps": 6}
    )


@pytest.fixture(scope="module")
def whole(made, tmp_path_factory):
    """The same run without any trouble."""
    root = tmp_path_factory.mktemp("whole")
    path = write_run(root / "run.toml", "sft", made.chat, made.tokenizer, trainer={"max_steps": 6})
    return trained(path, root)


@pytest.fixture
def stopped(run, tmp_path, monkeypatch):
    """Folder of checkpoints of the run that died in its third step."""
    with monkeypatch.context() as patch:
        patch.setattr(StopSignal, "on_step_end", die_in(3))
        with pytest.raises(KeyboardInterrupt):
            trained(run, tmp_path)
    folder = tmp_path / "run" / "checkpoints"
    assert [one.name for one in folder.iterdir()] == ["checkpoint-2"]
    return folder


def test_a_loss_that_is_no_number_stops_before_the_weights_change(
    run, stopped, tmp_path, monkeypatch
):
    from training.token_trainer import TokenTrainer

    good = TokenTrainer.compute_loss

    def broken(self, *arguments, **options):
        loss = good(self, *arguments, **options)
        return loss * float("nan") if self.state.global_step == 4 else loss

    with monkeypatch.context() as patch:
        patch.setattr(TokenTrainer, "compute_loss", broken)
        with pytest.raises(TrainingError, match=r"step 5: the loss is nan.*learning_rate"):
            trained(run, tmp_path)
    assert last_checkpoint(stopped).step == 4
    loaded = weights(stopped / "checkpoint-4")
    assert all(torch.isfinite(one).all() for one in loaded.values())


def test_a_gradient_that_is_no_number_stops_too(run, tmp_path, monkeypatch):
    good = GuardedTrainer.training_step

    def broken(self, *arguments, **options):
        loss = good(self, *arguments, **options)
        next(self.model.parameters()).grad[0, 0] = float("inf")
        return loss

    monkeypatch.setattr(GuardedTrainer, "training_step", broken)
    with pytest.raises(TrainingError, match="step 1: the norm of the gradient is"):
        trained(run, tmp_path)


@pytest.mark.parametrize("limit", [50_000, 260_000], ids=["model", "optimizer"])
def test_a_full_disk_at_a_checkpoint(run, stopped, whole, tmp_path, limit):
    before = weights(stopped / "checkpoint-2")
    kept = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, kept[1]))
    try:
        with pytest.raises(TrainingError, match=r"checkpoint-4: .*goes on from the last"):
            trained(run, tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, kept)
    assert [one.name for one in stopped.iterdir()] == ["checkpoint-2"]
    assert checkpoint_problem(stopped / "checkpoint-2") is None
    assert all(
        torch.equal(one, before[name]) for name, one in weights(stopped / "checkpoint-2").items()
    )
    assert equal(trained(run, tmp_path).model, whole.model)


@pytest.mark.parametrize("free_kb", [16, 300], ids=["model", "optimizer"])
def test_a_disk_that_is_really_full_is_told_as_such(run, whole, tmp_path, free_kb):
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = ["mount", "-t", "tmpfs", "-o", "size=8m", "none", disk]
    if subprocess.run(mounted, capture_output=True).returncode:
        pytest.skip("no right to mount a file system")
    filling = disk / "filling"
    original = GuardedTrainer._save_checkpoint

    def fill_up_first(self, *arguments):
        if self.state.global_step == 4:
            free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
            filling.write_bytes(bytes(free - free_kb * 1024))
        return original(self, *arguments)

    try:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(GuardedTrainer, "_save_checkpoint", fill_up_first)
            with pytest.raises(
                TrainingError,
                match=r"checkpoint-4: the disk is full; free some space; earlier checkpoints are",
            ):
                trained(run, disk)
        folder = disk / "run" / "checkpoints"
        assert [one.name for one in folder.iterdir()] == ["checkpoint-2"]
        assert checkpoint_problem(folder / "checkpoint-2") is None
        filling.unlink()
        assert equal(trained(run, disk).model, whole.model)
    finally:
        subprocess.run(["umount", "-l", disk], check=True)


def test_why_pytorch_could_not_write_is_asked_of_the_system(run, stopped, tmp_path, monkeypatch):
    save = torch.save

    def on_a_full_disk(content, place, *arguments, **options):
        # PyTorch's own words for a full device.
        save(content, "/dev/full", *arguments, **options)

    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(torch, "save", on_a_full_disk)
    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(TrainingError, match=r"checkpoint-4: the disk is full; .*are whole"):
        trained(run, tmp_path)
    assert [one.name for one in stopped.iterdir()] == ["checkpoint-2"]


def test_a_damaged_checkpoint_is_told_and_the_one_before_is_taken(
    run, whole, tmp_path, monkeypatch
):
    with monkeypatch.context() as patch:
        patch.setattr(StopSignal, "on_step_end", die_in(5))
        with pytest.raises(KeyboardInterrupt):
            trained(run, tmp_path)
    folder = tmp_path / "run" / "checkpoints"
    path = folder / "checkpoint-4" / "model.safetensors"
    content = bytearray(path.read_bytes())
    content[-5] ^= 1
    path.write_bytes(content)
    found = last_checkpoint(folder)
    assert found.step == 2
    assert "checkpoint-4/model.safetensors: has other bytes than were written" in found.damaged[0]
    assert equal(trained(run, tmp_path).model, whole.model)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), "bytes, .* were written"),
    ],
)
def test_without_a_whole_checkpoint_it_refuses_to_begin_again_silently(
    run, stopped, tmp_path, harm, words
):
    harm(stopped / "checkpoint-2" / "optimizer.pt")
    with pytest.raises(TrainingError, match=words) as error:
        trained(run, tmp_path)
    assert "no checkpoint is whole" in str(error.value)


def test_a_checkpoint_that_was_never_finished_is_ignored(run, stopped, whole, tmp_path):
    (stopped / "checkpoint-2" / "checkpoint.json").unlink()
    assert equal(trained(run, tmp_path).model, whole.model)


def test_a_changed_batch_or_other_data_is_not_gone_on_from(run, stopped, tmp_path):
    text = run.read_text()
    run.write_text(
        text.replace("per_device_train_batch_size = 2", "per_device_train_batch_size = 3")
    )
    with pytest.raises(TrainingError, match="rows_per_step: 2 then, 3 now"):
        trained(run, tmp_path)
    other = write_dataset(tmp_path / "other", {"train": conversations(10)})
    run.write_text(
        "\n".join(f'path = "{other}"' if "/chat" in line else line for line in text.splitlines())
    )
    with pytest.raises(TrainingError, match="its place in the data means another one now"):
        trained(run, tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_signal_in_mid_step_saves_a_checkpoint_and_ends(made, tmp_path, number):
    path = write_run(
        tmp_path / "run.toml",
        "sft",
        made.chat,
        made.tokenizer,
        trainer={"max_steps": 5000, "save_steps": 100_000},
    )
    command = [sys.executable, "-m", "bllossom_data.cli", "train", path, "--root", tmp_path]
    process = subprocess.Popen(
        command, stderr=subprocess.PIPE, text=True, env={**os.environ, "OMP_NUM_THREADS": "1"}
    )
    log = tmp_path / "run" / "log.jsonl"
    deadline = time.monotonic() + 120
    while not (log.exists() and len(read_log(log)) > 3) and time.monotonic() < deadline:
        assert process.poll() is None, process.stderr.read()
        time.sleep(0.1)
    process.send_signal(number)
    _, told = process.communicate(timeout=120)
    assert process.returncode == 143, told
    assert "the checkpoint is saved, and the same command goes on" in told
    assert "Traceback" not in told
    found = last_checkpoint(tmp_path / "run" / "checkpoints")
    assert 3 < found.step < 5000
    assert f"after step {found.step} of 5000" in told


@pytest.fixture
def interrupts():
    """SIGINT as in a terminal; a program in the background may have been started to ignore it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_a_second_signal_is_not_swallowed(interrupts):
    with StopSignal() as stop:
        os.kill(os.getpid(), signal.SIGINT)
        assert stop.received == "SIGINT"
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_more_tokens_than_rows_are_refused(made, tmp_path):
    config = {**LLAMA, "vocab_size": 300}
    path = write_run(tmp_path / "run.toml", "sft", made.chat, made.tokenizer)
    path.write_text(
        path.read_text()
        .replace('vocab_size" = 400', "x")
        .replace("vocab_size = 400", "vocab_size = 300")
    )
    assert config["vocab_size"] == 300
    with pytest.raises(TrainingError, match="the tokenizer has 400 tokens and the model 300 rows"):
        trained(path, tmp_path)


def test_a_reference_of_another_size_is_refused(made, tmp_path):
    from transformers import AutoConfig, AutoModelForCausalLM

    fields = {name: value for name, value in LLAMA.items() if name != "model_type"}
    for name, rows in (("policy", 400), ("reference", 390)):
        config = AutoConfig.for_model("llama", **fields, vocab_size=rows)
        AutoModelForCausalLM.from_config(config).save_pretrained(tmp_path / name)
        make_tokenizer(tmp_path / name)
    path = write_run(
        tmp_path / "run.toml",
        "dpo",
        made.pairs,
        "",
        model=tmp_path / "policy",
        model_more=f'reference = "{tmp_path / "reference"}"',
    )
    with pytest.raises(
        TrainingError, match=r"reference .*: the tokenizer has 400 tokens and the model 390"
    ):
        trained(path, tmp_path)


@pytest.mark.parametrize(
    ("kind", "rows", "words"),
    [
        (
            "pretrain",
            [{"content": "a", "language": "ko"}],
            "pretraining needs the column text.*there are: content",
        ),
        ("pretrain", [{"text": "a"}], "needs the column language"),
        ("sft", [{"text": "a"}], "sft needs the column messages"),
        ("dpo", [{"chosen": "a", "rejected": "b"}], "an explicit prompt.* needs the column prompt"),
    ],
)
def test_missing_columns_are_told_with_those_that_are_there(made, tmp_path, kind, rows, words):
    data = write_dataset(tmp_path / "data", {"train": rows})
    with pytest.raises(TrainingError, match=words):
        trained(write_run(tmp_path / "run.toml", kind, data, made.tokenizer), tmp_path)


@pytest.mark.parametrize("kind", ["pretrain", "sft", "dpo"])
def test_an_empty_split_is_told(made, tmp_path, kind):
    import pyarrow.parquet as pq

    from bllossom_data.manifest import read_manifest, write_manifest

    rows = {"pretrain": documents(2), "sft": conversations(2), "dpo": preferences(2)}[kind]
    data = write_dataset(tmp_path / "data", {"train": rows})
    path = data / "data" / "train.parquet"
    pq.write_table(pq.read_table(path).slice(0, 0), path)
    write_manifest(data, read_manifest(data))
    with pytest.raises(TrainingError, match="split 'train' has no rows"):
        trained(write_run(tmp_path / "run.toml", kind, data, made.tokenizer), tmp_path)


def test_rows_that_are_no_conversations_are_left_out_and_counted(made, tmp_path):
    bad = [{"messages": [{"role": "user", "content": "?"}], "language": "ko"}] * 3
    data = write_dataset(tmp_path / "data", {"train": [*conversations(6), *bad]})
    done = trained(write_run(tmp_path / "run.toml", "sft", data, made.tokenizer), tmp_path)
    assert "| tiny | 9 |" in (done.model / "README.md").read_text("utf-8")
    data = write_dataset(tmp_path / "none", {"train": bad})
    with pytest.raises(
        TrainingError, match=r"no row is left.*3 left out \(has no assistant turn\)"
    ):
        trained(write_run(tmp_path / "b.toml", "sft", data, made.tokenizer), tmp_path)


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda folder: (folder / "manifest.json").unlink(), "has no manifest.json"),
        (
            lambda folder: (folder / "data" / "train.parquet").unlink(),
            "missing, though the manifest",
        ),
        (
            lambda folder: (folder / "data" / "train.parquet").write_bytes(b"x"),
            "other bytes than the manifest says",
        ),
    ],
)
def test_data_that_is_not_what_its_manifest_says_is_refused(made, tmp_path, harm, words):
    data = write_dataset(tmp_path / "data", {"train": conversations(4)})
    path = write_run(tmp_path / "run.toml", "sft", data, made.tokenizer)
    harm(data)
    with pytest.raises(TrainingError, match=words):
        trained(path, tmp_path)


def test_a_file_without_a_manifest_is_pinned_by_its_content(made, tmp_path):
    from bllossom_data.files import sha256_file

    file = made.chat / "data" / "train.parquet"
    path = write_run(tmp_path / "run.toml", "sft", file, made.tokenizer)
    with pytest.raises(TrainingError, match=f'write sha256 = "{sha256_file(file)}"'):
        trained(path, tmp_path)
    path = write_run(
        tmp_path / "run.toml",
        "sft",
        file,
        made.tokenizer,
        dataset_more=f'sha256 = "{sha256_file(file)}"',
    )
    assert trained(path, tmp_path).steps == 4
    path = write_run(
        tmp_path / "other.toml", "sft", file, made.tokenizer, dataset_more=f'sha256 = "{"0" * 64}"'
    )
    with pytest.raises(TrainingError, match="the run file says 000"):
        trained(path, tmp_path)


def test_what_trl_refuses_is_a_message_about_the_run_file(made, tmp_path):
    path = write_run(
        tmp_path / "run.toml",
        "sft",
        made.chat,
        made.tokenizer,
        trainer={
            "eval_strategy": "steps",
            "load_best_model_at_end": True,
            "save_strategy": "epoch",
        },
    )
    with pytest.raises(RunFileError, match="trainer"):
        trained(path, tmp_path)


def test_prompts_longer_than_a_row_leave_nothing_for_dpo(made, tmp_path):
    path = write_run(
        tmp_path / "run.toml", "dpo", made.pairs, made.tokenizer, trainer={"max_length": 8}
    )
    with pytest.raises(
        TrainingError, match=r"\[model\] reference|every prompt has 8 tokens or more"
    ):
        trained(path, tmp_path)


def test_qlora_without_bitsandbytes_says_what_to_install(made, tmp_path, monkeypatch):
    from bllossom_data.errors import MissingPackageError

    monkeypatch.setitem(sys.modules, "bitsandbytes", None)
    base = train(
        load_run(write_run(tmp_path / "base.toml", "sft", made.chat, made.tokenizer), {}),
        tmp_path,
        no_progress(),
    )
    path = write_run(
        tmp_path / "run.toml",
        "sft",
        made.chat,
        "",
        model=base.model,
        more="adapter = {r = 4}\nquantization = {load_in_4bit = true}",
    )
    with pytest.raises(MissingPackageError, match=r"bitsandbytes is not installed.*training,qlora"):
        trained(path, tmp_path)
