"""Two processes on one machine (gloo) train what one process trains."""

import os
import socket
import subprocess
import sys

import pytest
import torch
from training_units import write_run

from bllossom_data.progress import no_progress
from training.reporting import read_log
from training.run_file import load_run
from training.running import train

RUNS = ("pretrain", "sft", "dpo", "dpo-precomputed")
MIX = 'mix = {unit = "tokens", ratio = {ko = 0.7, en = 0.3}}'


def weights(folder):
    from safetensors.torch import load_file

    return load_file(folder / "model.safetensors")


def free_port() -> str:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return str(one.getsockname()[1])


def run_file(made, folder, name, rows):
    folder.mkdir(exist_ok=True)
    kind = name.removesuffix("-precomputed")
    data = {"pretrain": made.corpus, "sft": made.chat, "dpo": made.pairs}[kind]
    more = {
        "max_steps": 3,
        "save_steps": 3,
        "per_device_train_batch_size": rows,
        # Plain gradient descent: Adam would turn rounding of tiny gradients into steps.
        "optim": "sgd",
        "learning_rate": 0.5,
        "eval_strategy": "steps",
        "eval_steps": 3,
        "per_device_eval_batch_size": 2,
        # Processes that wait for each other end by themselves.
        "ddp_timeout": 120,
    }
    if kind == "dpo":
        del more["eval_strategy"], more["eval_steps"]
        more["precompute_ref_log_probs"] = name != kind
    return write_run(
        folder / f"{name}.toml",
        kind,
        data,
        made.tokenizer,
        trainer=more,
        more=MIX if kind == "pretrain" else "",
        dataset_more="" if kind == "dpo" else 'validation_split = "validation"',
    )


@pytest.mark.slow
def test_two_processes_are_one(made, tmp_path):
    two = tmp_path / "two"
    paths = [run_file(made, two, name, 2) for name in RUNS]
    code = (
        "import sys, training_units; training_units.one_thread()\n"
        "from pathlib import Path\n"
        "from bllossom_data.progress import no_progress\n"
        "from training.run_file import load_run\n"
        "from training.running import train\n"
        "for path in sys.argv[2:]:\n"
        "    train(load_run(Path(path), {}), Path(sys.argv[1]), no_progress())\n"
    )
    (tmp_path / "work.py").write_text(code)
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--nproc_per_node",
        "2",
        "--master_addr",
        "127.0.0.1",
        "--master_port",
        free_port(),
        str(tmp_path / "work.py"),
        str(two),
        *map(str, paths),
    ]
    folders = os.pathsep.join(path for path in sys.path if path)
    environment = {**os.environ, "PYTHONPATH": folders, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stderr[-4000:]
    one = tmp_path / "one"
    for run in RUNS:
        alone = train(load_run(run_file(made, one, run, 4), {}), one, no_progress())
        found = weights(two / run / "final")
        for name, weight in weights(alone.model).items():
            assert torch.allclose(weight, found[name], atol=2e-6), (run, name)
        logs = [read_log(folder / run / "log.jsonl") for folder in (one, two)]
        for name in ("loss", "tokens"):
            values = [[entry[name] for entry in log if name in entry] for log in logs]
            assert values[0] == pytest.approx(values[1], rel=1e-5), (run, name)
        evaluated = [
            {
                name: value
                for entry in log
                for name, value in entry.items()
                if name.endswith("_loss") and name.startswith("eval")
            }
            for log in logs
        ]
        assert evaluated[0] or run.startswith("dpo")
        assert evaluated[0] == pytest.approx(evaluated[1], rel=1e-4)
