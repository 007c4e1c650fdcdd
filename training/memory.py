"""Memory of a device, counted from what must be held in it.

Rajbhandari et al. 2020 (ZeRO), section 3, for weights, gradients and optimizer; Korthikanti et al.
2022, section 4, for activations. All of it is an estimate.
"""

from dataclasses import dataclass

from training.throughput import GIB, ModelSize

__all__ = ["USABLE", "Load", "Memory", "estimate_memory"]

RUNTIME_BYTES = 3 * GIB // 2
"""CUDA's own memory and what its allocator cannot use."""
USABLE = 0.95
HEAD_TILE = (4096, 32768)
"""Tokens and vocabulary that trl's fused head scores at once, in fp32."""


@dataclass(frozen=True, slots=True)
class Load:
    """What decides how much memory a device needs.

    Attributes:
        weight_bytes: bytes of a weight: 4, 2, or about 0.56 for four bits with their scales.
        trained_ratio: share (0-1) of the weights that are trained; adapters are counted apart.
        adapter_parameters: weights of adapters.
        optimizer_bytes: bytes of optimizer state per trained weight.
        rows: sequences in memory at once.
        tokens: tokens of a sequence.
        checkpointing: whether activations are computed again.
        reference: whether a second, frozen model is in memory.
        packed: whether sdpa needs a dense mask of every row.
        devices: devices that share the work.
        sharded: whether they share the weights too.
    """

    weight_bytes: float
    trained_ratio: float
    adapter_parameters: int
    optimizer_bytes: float
    rows: int
    tokens: int
    checkpointing: bool
    reference: bool
    packed: bool
    devices: int
    sharded: bool


@dataclass(frozen=True, slots=True)
class Memory:
    """Estimated bytes on one device."""

    weights: int
    gradients: int
    optimizer: int
    activations: int
    runtime: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.gradients + self.optimizer + self.activations + self.runtime


def estimate_memory(size: ModelSize, load: Load) -> Memory:
    """Estimated memory of one device.

    Args:
        size: the model.
        load: how it is trained.
    """
    share = load.devices if load.sharded else 1
    trained = size.parameters * load.trained_ratio + load.adapter_parameters
    trained_bytes = max(load.weight_bytes, 2)
    weights = size.parameters * load.weight_bytes / share
    weights += load.adapter_parameters * 4 / share
    if load.reference:
        weights += size.parameters * load.weight_bytes / share
    if load.weight_bytes == 4:
        # Autocast keeps a bf16 copy of every weight of the forward pass; sharded, of a layer.
        weights += 2 * size.parameters / (size.layers if load.sharded else 1)
    tokens = load.rows * load.tokens
    per_layer = (
        2 * (5 * size.hidden + 2 * size.attention_width + 2 * size.key_value_width)
        + 2 * 4 * size.intermediate
        + 8 * size.hidden
    )
    kept = 2 * size.hidden if load.checkpointing else per_layer
    activations = tokens * (kept * size.layers + (per_layer if load.checkpointing else 0))
    activations += 4 * min(tokens, HEAD_TILE[0]) * min(size.vocabulary, HEAD_TILE[1])
    activations += 4 * tokens * size.hidden
    if load.trained_ratio:
        activations += 4 * size.vocabulary * size.hidden
    if load.packed:
        activations += load.rows * load.tokens**2
    return Memory(
        int(weights),
        int(trained * trained_bytes / share),
        int(trained * load.optimizer_bytes / share),
        int(activations),
        RUNTIME_BYTES,
    )
