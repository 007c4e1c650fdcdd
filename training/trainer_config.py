"""trl's own configuration from a run file, with what this package decides itself."""

import copy
import warnings
from pathlib import Path
from typing import Any

import torch

from bllossom_data.errors import RunFileError
from training.run_file import Run, Stage
from training.trainer_fields import config_class

__all__ = ["for_prepared_rows", "trainer_config"]

SECONDS_TO_WAIT = 24 * 3600
"""How long processes wait for the one that tokenises."""


def trainer_config(run: Run, output: Path, stage: Stage | None = None) -> Any:
    """The configuration of one stage, or of a run without stages.

    Defaults are trl's, but: on a machine without a GPU, float32 on the CPU; everything random
    comes from the run's seed; a loss that is not a number is never averaged away.

    Args:
        run: the run.
        output: folder of checkpoints.
        stage: the stage, if the run has stages.

    Raises:
        RunFileError: trl refuses the fields together.
    """
    fields: dict[str, Any] = dict(run.trainer)
    if stage is not None:
        fields |= {**stage.trainer, "max_steps": stage.max_steps}
    on_cpu = not torch.cuda.is_available()
    fields.setdefault("use_cpu", on_cpu)
    if fields["use_cpu"]:
        fields.setdefault("bf16", False)
        fields.setdefault("dataloader_pin_memory", False)
    fields.setdefault("ddp_timeout", SECONDS_TO_WAIT)
    # Everything that is trained takes part in every step; to look for what does not costs time.
    fields.setdefault("ddp_find_unused_parameters", False)
    fields |= {
        "output_dir": str(output),
        "seed": run.seed,
        "data_seed": run.seed,
        "report_to": "none",
        "disable_tqdm": True,
        "logging_nan_inf_filter": False,
    }
    if run.kind == "sft":
        fields.setdefault("assistant_only_loss", True)
    try:
        with warnings.catch_warnings():
            # trl sets gradient_checkpointing, which transformers has renamed.
            warnings.simplefilter("ignore", FutureWarning)
            return config_class(run.kind)(**fields)
    except (ValueError, TypeError, ImportError) as error:
        raise RunFileError(f"[trainer]: {error}") from error


def for_prepared_rows(config: Any) -> Any:
    """The same configuration for a trainer that gets rows which are labelled and packed already."""
    prepared = copy.copy(config)
    prepared.packing = prepared.assistant_only_loss = prepared.shuffle_dataset = False
    prepared.eval_packing = None
    prepared.completion_only_loss = False
    prepared.remove_unused_columns = False
    prepared.dataset_kwargs = {"skip_prepare_dataset": True}
    return prepared
