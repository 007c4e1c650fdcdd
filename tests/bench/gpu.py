"""Measures training on one GPU, offline: random weights, random text, this package's own trainers.

Cases are measured one after the other, each in a process of its own, and written as they end: a
call that runs out of `--seconds` is continued by the next one with the same `--out`. What is
measured: tokens per second (real ones, filling left out), time of a step, share of the GPU's peak
(MFU) and of a matrix product timed in the same process, most memory.

Example:
    python tests/bench/gpu.py --out build/bench-gpu
    python tests/bench/gpu.py --out build/bench-gpu --only 8b-sft --seconds 1800
    python tests/bench/gpu.py --device cpu --only tiny --steps 2 --out /tmp/smoke
"""

import argparse
import itertools
import json
import subprocess
import sys
import time
from dataclasses import asdict
from pathlib import Path

from gpu_case import STAGES, TIMED, Case, measure, parity

from bllossom_data.files import write_atomic

# What one H100 should reach; another GPU is only reported.
FLOORS = {("1b", "pretrain"): 45_000, ("8b", "sft-packed"): 12_400}
DPO_SHARE = 0.75


def cases(device):
    """All cases, those that a goal is set for first."""
    if device == "cpu":
        return [
            Case("tiny", stage, "sdpa", False, "none", 2, 64, "float32", False) for stage in STAGES
        ]
    first, rest = [], []
    shapes = {
        "1b": (8, 2048, "float32", False),
        "3b": (2, 4096, "bfloat16", False),
        "8b": (2, 4096, "bfloat16", True),
    }
    for model, (rows, tokens, dtype, lora) in shapes.items():
        for stage, attention, compiled, checkpointing in itertools.product(
            STAGES, ("sdpa", "flex_attention"), (True, False), ("none", "selective", "full")
        ):
            if attention == "flex_attention" and not compiled:
                continue  # Without compilation flex builds all scores; nobody trains so.
            if model == "3b" and stage != "pretrain":
                continue
            if stage.startswith("dpo") and checkpointing == "selective":
                continue  # trl has it for SFT only.
            rows_now = max(1, rows // 2) if stage.startswith("dpo") else rows
            case = Case(
                model, stage, attention, compiled, checkpointing, rows_now, tokens, dtype, lora
            )
            wanted = compiled and checkpointing == (
                "full" if stage.startswith("dpo") else "selective"
            )
            (first if wanted else rest).append(case)
    return first + rest


def machine(device):
    import platform

    import torch

    from bllossom_data.manifest import package_versions

    found = {
        "python": platform.python_version(),
        **package_versions(("torch", "transformers", "trl", "accelerate", "peft")),
    }
    if device == "cuda":
        found |= {"gpu": torch.cuda.get_device_name(), "cuda": torch.version.cuda}
        clocks = subprocess.run(
            [
                "nvidia-smi",
                "--query-gpu=clocks.sm,clocks.max.sm,power.limit",
                "--format=csv,noheader",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        found["clocks_and_power"] = clocks.stdout.strip()
    return found


def table(results):
    lines = [
        "| case | tokens/s | with filling | MFU | of a matrix product | step p50 | memory |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, one in results.items():
        if "error" in one:
            lines.append(f"| {name} | {one['error']} | | | | | |")
            continue
        share = "" if one["mfu"] is None else f"{one['mfu']:.1%}"
        memory = "" if one["memory_gib"] is None else f"{one['memory_gib']:.1f} GiB"
        lines.append(
            f"| {name} | {one['tokens_per_second']:,.0f} | {one['tokens_per_second_with_filling']:,.0f} | {share} | "
            f"{one['share_of_matrix_product']:.1%} | {one['step_seconds_p50'] * 1000:,.0f} ms | {memory} |"
        )
    return "\n".join(lines)


def missed(results, gpu):
    """Goals that an H100 did not reach; another GPU has none."""
    if "H100" not in gpu:
        return []
    best = {}
    for case in cases("cuda"):
        one = results.get(case.name)
        if one and "error" not in one:
            key = (case.model, case.stage)
            best[key] = max(best.get(key, 0.0), one["tokens_per_second"])
    told = [
        f"{' '.join(key)}: {best[key]:,.0f} tokens/s, the goal is {floor:,}"
        for key, floor in FLOORS.items()
        if key in best and best[key] < floor
    ]
    tuned, preferred = best.get(("8b", "sft-padded")), best.get(("8b", "dpo-precomputed"))
    if tuned and preferred and preferred < DPO_SHARE * tuned:
        told.append(f"dpo: {preferred / tuned:.2f} of SFT, the goal is {DPO_SHARE}")
    return told


def child(case, device, steps, seconds):
    """Measures a case in a process of its own: what runs out of memory takes nothing else along."""
    command = [
        sys.executable,
        __file__,
        "--case",
        json.dumps(asdict(case)),
        "--device",
        device,
        "--steps",
        str(steps),
    ]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=seconds, check=False)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode == 0:
        return json.loads(done.stdout.splitlines()[-1])
    last = (done.stderr.strip().splitlines() or ["no message"])[-1]
    return {"error": "out of memory" if "OutOfMemory" in done.stderr else last[:200]}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--out", type=Path, default=Path("build/bench-gpu"))
    parser.add_argument("--only", default="", help="cases whose name begins so")
    parser.add_argument("--seconds", type=float, default=570.0, help="of this call")
    parser.add_argument("--steps", type=int, default=TIMED)
    parser.add_argument("--device", choices=("cuda", "cpu"), default="cuda")
    parser.add_argument("--case", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.case:
        print(json.dumps(measure(Case(**json.loads(options.case)), options.device, options.steps)))
        return 0
    begun = time.monotonic()
    import torch

    if options.device == "cuda" and not torch.cuda.is_available():
        why = "torch sees none" if torch.version.cuda else "this torch is built without CUDA"
        print(
            f"No GPU is here ({why}, version {torch.__version__}); nothing was measured. It takes "
            "an NVIDIA GPU and a torch for its CUDA; --device cpu --only tiny shows without one "
            "that the script works.",
            file=sys.stderr,
        )
        return 1
    path = options.out / "gpu.json"
    content = (
        json.loads(path.read_text())
        if path.is_file()
        else {"machine": machine(options.device), "results": {}}
    )
    if content["machine"].get("gpu") != machine(options.device).get("gpu"):
        print(
            f"{path} holds figures of {content['machine'].get('gpu')}; give another --out",
            file=sys.stderr,
        )
        return 1
    left = [
        case
        for case in cases(options.device)
        if case.name.startswith(options.only) and case.name not in content["results"]
    ]
    if options.device == "cuda" and "parity" not in content:
        content["parity"] = parity()
    for case in left:
        remaining = options.seconds - (time.monotonic() - begun)
        if remaining < 60 and options.device == "cuda":
            break
        print(f"{case.name} ...", file=sys.stderr, flush=True)
        found = child(case, options.device, options.steps, remaining)
        if found is None:
            break
        content["results"][case.name] = found
        write_atomic(path, json.dumps(content, indent=1) + "\n")
    write_atomic(path, json.dumps(content, indent=1) + "\n")
    write_atomic(options.out / "gpu.md", table(content["results"]) + "\n")
    print(table(content["results"]))
    waiting = [case for case in left if case.name not in content["results"]]
    if waiting:
        print(
            f"{len(waiting)} cases are left; the same command goes on with them.", file=sys.stderr
        )
    told = missed(content["results"], content["machine"].get("gpu", ""))
    for one in told:
        print(f"Missed: {one}", file=sys.stderr)
    return 1 if told else 0


if __name__ == "__main__":
    sys.exit(main())
