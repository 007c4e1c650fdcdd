"""The trainer of pretraining and SFT: trl's SFTTrainer over rows that are prepared here."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from trl import SFTTrainer
from trl.models import enable_selective_activation_checkpointing

from training.collating import FILLING, GROUPS
from training.guarded import GuardedTrainer

__all__ = ["TokenTrainer"]


class TokenTrainer(GuardedTrainer, SFTTrainer):
    """Adds the loss of every source, and evaluation that weighs tokens, not batches.

    Attributes:
        group_names: names of the sources that the batches' `groups` count.
        in_order: whether rows are taken as they lie (a mix decided their order).
        evaluated_bytes: bytes of text behind the predicted tokens of each evaluation set, for
            bits per byte.
    """

    def __init__(
        self,
        *arguments: Any,
        group_names: Sequence[str],
        in_order: bool,
        position: Mapping[str, Any],
        evaluated_bytes: Mapping[str, float] | None = None,
        **options: Any,
    ) -> None:
        checkpointing = options["args"].gradient_checkpointing_kwargs or {}
        if checkpointing.get("selective") and options.get("peft_config") is not None:
            # trl would do it to the model of peft, whose own method transformers passes over.
            enable_selective_activation_checkpointing(options["model"])
        super().__init__(*arguments, **options)
        self.group_names = tuple(group_names)
        self.in_order = in_order
        self.position = position
        self.evaluated_bytes = dict(evaluated_bytes or {})
        self._sums = self._no_sums()

    def _no_sums(self) -> torch.Tensor:
        # Loss, trained tokens, read tokens and tokens these attend to, of every source and at last
        # of what only fills rows; kept on the device, which would have to wait if it were asked.
        dtype = torch.float64 if self.args.device.type == "cpu" else torch.float32
        return torch.zeros(4, len(self.group_names) + 1, dtype=dtype, device=self.args.device)

    def _get_train_sampler(self, train_dataset: Any = None) -> Any:
        if self.in_order:
            dataset = self.train_dataset if train_dataset is None else train_dataset
            return torch.utils.data.SequentialSampler(dataset)
        return super()._get_train_sampler(train_dataset)

    def compute_loss(
        self,
        model: Any,
        inputs: dict[str, Any],
        return_outputs: bool = False,
        num_items_in_batch: Any = None,
    ) -> torch.Tensor:
        """Mean loss over the trained tokens of the whole step, on every device and substep.

        As in trl, without its metrics, which ask the device for a number at every substep.
        """
        inputs = dict(inputs)
        groups = inputs.pop(GROUPS)
        outputs = model(**inputs, use_cache=False, fused_lm_head=True)
        losses = -outputs.log_probs
        trained = outputs.label_mask.sum()
        count = trained if num_items_in_batch is None else num_items_in_batch
        loss: torch.Tensor = losses.sum() / torch.as_tensor(count).clamp(min=1)
        if self.args.average_tokens_across_devices and num_items_in_batch is not None:
            # DDP averages the gradients of processes; the count is already that of all of them.
            loss = loss * self.accelerator.num_processes
        self._count(groups, losses.detach(), outputs.label_mask, inputs["position_ids"])
        return loss

    def _count(
        self,
        groups: torch.Tensor,
        losses: torch.Tensor,
        trained: torch.Tensor,
        positions: torch.Tensor,
    ) -> None:
        sums = self._sums
        groups = torch.where(groups == FILLING, len(self.group_names), groups)
        targets = groups[:, 1:].reshape(-1)
        sums[0].index_add_(0, targets, losses.reshape(-1).to(sums.dtype))
        sums[1].index_add_(0, targets, trained.reshape(-1).to(sums.dtype))
        every = torch.ones_like(groups, dtype=sums.dtype).reshape(-1)
        sums[2].index_add_(0, groups.reshape(-1), every)
        sums[3].index_add_(0, groups.reshape(-1), positions.reshape(-1).to(sums.dtype) + 1)

    def _taken_sums(self) -> torch.Tensor:
        """Sums over all processes since they were last taken, on the CPU."""
        gathered = self.accelerator.reduce(self._sums, reduction="sum").cpu().double()
        self._sums = self._no_sums()
        return gathered

    def log(self, logs: dict[str, float], start_time: float | None = None) -> None:
        """Adds the loss of every source and the tokens to what is logged in training."""
        if "loss" in logs:
            losses, trained, read, attended = self._taken_sums()
            logs["tokens"] = float(read[:-1].sum())
            logs["mean_context"] = float(attended[:-1].sum() / read[:-1].sum().clamp(min=1))
            logs["filling_ratio"] = float(read[-1] / read.sum().clamp(min=1))
            logs["trained_tokens"] = float(trained.sum())
            for name, loss, count in zip(self.group_names, losses, trained, strict=False):
                if count:
                    logs[f"loss/{name}"] = float(loss / count)
        # Not trl's: its metrics are not collected here.
        super(SFTTrainer, self).log(logs, start_time)

    def evaluation_loop(self, *arguments: Any, **options: Any) -> Any:
        """Evaluation whose loss is the mean over tokens, with perplexity and bits per byte."""
        kept, self._sums = self._sums, self._no_sums()
        output = super().evaluation_loop(*arguments, **options)
        losses, trained, _, _ = self._taken_sums()
        self._sums = kept
        prefix = options.get("metric_key_prefix", "eval")
        loss = float(losses.sum() / trained.sum().clamp(min=1))
        output.metrics[f"{prefix}_loss"] = loss
        output.metrics[f"{prefix}_perplexity"] = math.exp(min(loss, 700.0))
        if text_bytes := self.evaluated_bytes.get(prefix.removeprefix("eval_")):
            bits = float(losses.sum()) / math.log(2)
            output.metrics[f"{prefix}_bits_per_byte"] = bits / text_bytes
        return output
