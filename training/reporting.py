"""What a run tells while it works: JSONL and TensorBoard, a progress bar, and how to stop it."""

import json
import math
import signal
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from transformers import TrainerCallback, TrainerControl, TrainerState

from bllossom_data.files import canonical_json, write_atomic
from bllossom_data.progress import Progress, peak_memory_bytes
from training.throughput import gpu_named, mfu

__all__ = ["LogFile", "ProgressBar", "StopSignal", "Throughput", "read_log"]


def read_log(path: Path) -> list[dict[str, Any]]:
    """Entries of a log file; a last line that a killed run left half is left out."""
    entries = []
    for line in path.read_text("utf-8").splitlines() if path.is_file() else ():
        try:
            entries.append(json.loads(line))
        except ValueError:
            continue
    return entries


class Throughput(TrainerCallback):
    """Adds tokens per second, MFU and memory to what is logged.

    Args:
        flops_per_token: FLOPs of forward and backward per token, from the mean number of tokens
            that a token attends to.
        devices: number of devices that share the work.
        clock: seconds.
    """

    def __init__(
        self,
        flops_per_token: Callable[[float], float],
        devices: int,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._flops_per_token = flops_per_token
        self._devices = devices
        self._clock = clock
        self._since = clock()
        self._last_step = self._since
        on_gpu = torch.cuda.is_available()
        self._gpu = gpu_named(torch.cuda.get_device_name()) if on_gpu else None

    def on_train_begin(self, *_: Any, **__: Any) -> None:
        """Starts the clock."""
        self._since = self._last_step = self._clock()

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """Notes until when there was training."""
        self._last_step = self._clock()

    def on_evaluate(self, *_: Any, **__: Any) -> None:
        """Leaves the time of an evaluation out."""
        self._leave_out()

    def on_save(self, *_: Any, **__: Any) -> None:
        """Leaves the time of a checkpoint out."""
        self._leave_out()

    def _leave_out(self) -> None:
        now = self._clock()
        # Only what came after the last step: the steps since the last log are in its tokens.
        self._since += now - max(self._last_step, self._since)
        self._last_step = now

    def on_log(self, *_: Any, logs: dict[str, float] | None = None, **__: Any) -> None:
        """Adds the numbers; must stand before whatever writes the log."""
        if logs is None or "tokens" not in logs:
            return
        now = self._clock()
        seconds, self._since = max(now - self._since, 1e-9), now
        logs["tokens_per_second"] = logs["tokens"] / seconds
        per_token = self._flops_per_token(logs["mean_context"])
        flops = logs["tokens"] * per_token / seconds / self._devices
        if (share := mfu(flops, self._gpu)) is not None:
            logs["mfu"] = share
        if torch.cuda.is_available():
            logs["memory_gib"] = torch.cuda.max_memory_allocated() / (1 << 30)
        else:
            logs["memory_gib"] = peak_memory_bytes() / (1 << 30)


class LogFile(TrainerCallback):
    """Writes every logged entry as a line of JSON.

    Args:
        path: the file.
        stage: name that every entry carries.
    """

    def __init__(self, path: Path, stage: str) -> None:
        self._path = path
        self._stage = stage

    def on_train_begin(self, args: Any, state: TrainerState, *_: Any, **__: Any) -> None:
        """Takes out what a killed run has logged after the checkpoint it goes on from."""
        if not state.is_world_process_zero:
            return
        kept = [
            entry
            for entry in read_log(self._path)
            if entry.get("stage") != self._stage or entry.get("step", 0) <= state.global_step
        ]
        write_atomic(self._path, "".join(canonical_json(entry) + "\n" for entry in kept))

    def on_log(
        self,
        args: Any,
        state: TrainerState,
        *_: Any,
        logs: dict[str, float] | None = None,
        **__: Any,
    ) -> None:
        """Adds a line; numbers that are none (a diverged evaluation) are written as null."""
        if not state.is_world_process_zero or not logs:
            return
        plain = {
            name: None if isinstance(value, float) and not math.isfinite(value) else value
            for name, value in logs.items()
        }
        entry = {"stage": self._stage, "step": state.global_step, **plain}
        with self._path.open("a", encoding="utf-8") as file:
            file.write(canonical_json(entry) + "\n")


class ProgressBar(TrainerCallback):
    """A bar on a terminal, lines in a log."""

    def __init__(self, progress: Progress, name: str) -> None:
        self._progress = progress
        self._name = name
        self._work: AbstractContextManager[Callable[[int], None]] | None = None
        self._advance: Callable[[int], None] = lambda amount: None

    def on_train_begin(self, args: Any, state: TrainerState, *_: Any, **__: Any) -> None:
        """Opens the bar."""
        if state.is_world_process_zero:
            self._work = self._progress.work(self._name, state.max_steps, "steps")
            self._advance = self._work.__enter__()
            self._advance(state.global_step)

    def on_step_end(self, *_: Any, **__: Any) -> None:
        """One step."""
        self._advance(1)

    def on_log(
        self,
        args: Any,
        state: TrainerState,
        *_: Any,
        logs: dict[str, float] | None = None,
        **__: Any,
    ) -> None:
        """Tells losses and speed in one line."""
        if not state.is_world_process_zero or not logs or "train_runtime" in logs:
            return
        shown = [
            f"{name} {value:.4g}"
            for name, value in logs.items()
            if name in ("loss", "tokens_per_second", "mfu", "rewards/accuracies")
            or name.endswith(("_loss", "_bits_per_byte"))
        ]
        self._progress.say(f"{self._name}: step {state.global_step}: " + ", ".join(shown))

    def close(self, error: BaseException | None = None) -> None:
        """Takes the bar away."""
        if self._work is not None:
            work, self._work = self._work, None
            work.__exit__(type(error) if error else None, error, None)


class StopSignal(TrainerCallback):
    """Ends a run after the step in which SIGTERM or Ctrl-C came, with a checkpoint.

    A second signal does what it would have done.
    """

    SIGNALS = (signal.SIGTERM, signal.SIGINT)

    def __init__(self) -> None:
        self.received: str | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "StopSignal":
        for number in self.SIGNALS:
            self._before[number] = signal.signal(number, self._note)
        return self

    def __exit__(self, *_: object) -> None:
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before.clear()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self.received = signal.Signals(number).name
        self._restore()

    def on_step_end(
        self, args: Any, state: TrainerState, control: TrainerControl, **_: Any
    ) -> TrainerControl:
        """Asks for a checkpoint and the end, on all processes if one of them got the signal."""
        stop = self.received is not None
        if args.world_size > 1:
            flag = torch.tensor([float(stop)], device=args.device)
            torch.distributed.all_reduce(flag, op=torch.distributed.ReduceOp.MAX)
            if flag.item() and not stop:
                self.received = "a signal to another process"
                stop = True
        if stop:
            control.should_save = state.global_step < state.max_steps or control.should_save
            control.should_training_stop = True
        return control
