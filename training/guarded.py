"""What every trainer of ours adds to trl's: it stops before harm, and saves whole checkpoints."""

import math
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from transformers.trainer_utils import rotate_checkpoints

from bllossom_data.errors import TrainingError
from bllossom_data.files import os_error_number
from bllossom_data.system_errors import ADVICE
from training.checkpoints import PREFIX, RECORD, record_checkpoint, remove_checkpoint

__all__ = ["GuardedTrainer"]

WRITER_FAILED = ("PytorchStreamWriter", "inline_container", "file write")
"""What PyTorch's writer says when it fails; it never says why."""
PROBED_BYTES = 16 << 20
"""What a disk must still take, else it is full."""


class GuardedTrainer:
    """Mixed into a trl trainer, before it.

    Attributes:
        frozen_rows: parameter names that are trained in part; weight decay would move the rest.
        position: what a checkpoint says about where its data stands.
    """

    frozen_rows: frozenset[str] = frozenset()
    position: Mapping[str, Any]

    def training_step(self, *arguments: Any, **options: Any) -> torch.Tensor:
        """One forward and backward pass.

        Raises:
            TrainingError: the loss is not a number. The weights are still those of the step
                before.
        """
        loss: torch.Tensor = super().training_step(*arguments, **options)  # type: ignore[misc]
        if not torch.isfinite(loss):
            raise TrainingError(self._not_finite(f"the loss is {loss.item()}"))
        return loss

    def _run_epoch(self: Any, *arguments: Any, **options: Any) -> None:
        if self.state.global_step >= self.state.max_steps:
            # Gone on from the last checkpoint: transformers would train one step too many.
            self.control.should_training_stop = True
            return
        super()._run_epoch(*arguments, **options)  # type: ignore[misc]

    def _get_grad_norm(self: Any, model: Any, grad_norm: Any = None) -> Any:
        norm = super()._get_grad_norm(model, grad_norm=grad_norm)  # type: ignore[misc]
        if norm is not None and not math.isfinite(float(norm)):
            raise TrainingError(self._not_finite(f"the norm of the gradient is {float(norm)}"))
        return norm

    def _not_finite(self: Any, what: str) -> str:
        step, folder = self.state.global_step + 1, Path(self.args.output_dir)
        saved = any(folder.glob(f"{PREFIX}*"))
        kept = (
            f"the last checkpoint is whole ({folder})" if saved else "no checkpoint was saved yet"
        )
        return (
            f"step {step}: {what}, so training stopped before it changed the weights; {kept}. "
            "Lower learning_rate, raise warmup_steps, set max_grad_norm, or look for broken rows "
            "in the data of this step"
        )

    def get_decay_parameter_names(self: Any, model: Any) -> list[str]:
        """Names of the parameters that weight decay may move."""
        names = super().get_decay_parameter_names(model)  # type: ignore[misc]
        return [name for name in names if name not in self.frozen_rows]

    def create_model_card(self, *arguments: Any, **options: Any) -> None:
        """Nothing: the card of a run is written at its end, with its lineage."""

    def _send_telemetry(self) -> None:
        """Nothing: what is trained here is nobody's business, and trl would tell by default."""

    def _save_checkpoint(self: Any, model: Any, trial: Any) -> None:
        folder = Path(self.args.output_dir, f"{PREFIX}{self.state.global_step}")
        main = self.is_world_process_zero()
        if main:
            remove_checkpoint(folder)
        self.accelerator.wait_for_everyone()
        limit, self.args.save_total_limit = self.args.save_total_limit, None
        try:
            super()._save_checkpoint(model, trial)  # type: ignore[misc]
            self.accelerator.wait_for_everyone()
            if main:
                record_checkpoint(folder, self.state.global_step, self.position)
        except Exception as error:
            # Before the folder goes: with it, the space comes back.
            told = _cannot_save(folder, error)
            if main:
                with suppress(OSError):
                    shutil.rmtree(folder)
            raise TrainingError(told) from error
        finally:
            self.args.save_total_limit = limit
        if main:
            # Only now: until the new one is whole, the old ones are all there is.
            rotate_checkpoints(
                output_dir=self.args.output_dir,
                save_total_limit=limit,
                best_model_checkpoint=self.state.best_model_checkpoint,
            )
        self.accelerator.wait_for_everyone()


def _cannot_save(folder: Path, error: Exception) -> str:
    kept = "earlier checkpoints are whole, and the same command goes on from the last of them"
    if not any(folder.parent.glob(f"{PREFIX}*/{RECORD}")):
        kept = "no checkpoint was saved yet, and the same command begins again"
    number = os_error_number(error)
    if number is None and any(words in str(error) for words in WRITER_FAILED):
        number = _write_error(folder)
        if number is None:
            free = shutil.disk_usage(folder.parent).free
            return (
                f"{folder}: a file could not be written ({free / 1e9:.1f} GB are free on its disk, "
                f"see also quota and `ulimit -f`); {kept}"
            )
    if number is not None:
        return f"{folder}: {ADVICE.get(number, os.strerror(number))}; {kept}"
    return f"{folder}: the checkpoint could not be saved ({type(error).__name__}: {error}); {kept}"


def _write_error(folder: Path) -> int | None:
    """Error number that the system gives for a file in this folder, or None if it takes one."""
    try:
        with tempfile.TemporaryFile(dir=folder if folder.is_dir() else folder.parent) as file:
            os.posix_fallocate(file.fileno(), 0, PROBED_BYTES)
    except OSError as error:
        return error.errno
    return None
