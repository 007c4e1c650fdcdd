"""What a model costs to train: parameters, FLOPs per token, what a GPU could do at best."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["GPUS", "Gpu", "ModelSize", "gpu_named", "mfu", "model_size"]


@dataclass(frozen=True, slots=True)
class Gpu:
    """One kind of GPU.

    Attributes:
        name: how people call it.
        memory_bytes: its memory.
        flops: dense bf16 FLOP per second, as its maker states it.
    """

    name: str
    memory_bytes: int
    flops: float


GIB = 1 << 30
GPUS: Mapping[str, Gpu] = {
    gpu.name: gpu
    for gpu in (
        Gpu("H100", 80 * GIB, 989e12),
        Gpu("H200", 141 * 1_000_000_000, 989e12),
        Gpu("B200", 180 * 1_000_000_000, 2250e12),
        Gpu("A100-80", 80 * GIB, 312e12),
        Gpu("A100-40", 40 * GIB, 312e12),
        Gpu("L40S", 48 * GIB, 362e12),
        Gpu("RTX-4090", 24 * GIB, 165e12),
        Gpu("RTX-3090", 24 * GIB, 71e12),
    )
}
"""Makers' data sheets, dense bf16 with fp32 accumulation."""


@dataclass(frozen=True, slots=True)
class ModelSize:
    """Numbers of a Llama-like model that decide memory and time.

    Attributes:
        parameters: all weights.
        matmul_parameters: weights that a token is multiplied with: all but the input embedding.
        layers: transformer layers.
        hidden: width.
        attention_width: heads times the width of a head.
        intermediate: width of the MLP.
        vocabulary: rows of the embedding.
        key_value_width: key-value heads times the width of a head.
    """

    parameters: int
    matmul_parameters: int
    layers: int
    hidden: int
    attention_width: int
    intermediate: int
    vocabulary: int
    key_value_width: int

    def flops_per_token(self, tokens: float, *, frozen_ratio: float = 0.0) -> float:
        """FLOPs of forward and backward per token, causal attention over `tokens`.

        `6 * parameters + 6 * layers * width * tokens` (Chowdhery et al. 2022, appendix B, halved
        attention for the causal mask). A frozen weight needs no gradient of its own: 4 instead of
        6 FLOPs.

        Args:
            tokens: length of a document or row that attends to itself.
            frozen_ratio: share (0-1) of the matrix weights that are not trained.
        """
        weights = (6 - 2 * frozen_ratio) * self.matmul_parameters
        return weights + 6 * self.layers * self.attention_width * tokens


def model_size(config: Any) -> ModelSize:
    """Size of a Llama-like model from its transformers configuration."""
    heads = config.num_attention_heads
    head = getattr(config, "head_dim", None) or config.hidden_size // heads
    key_value = (getattr(config, "num_key_value_heads", None) or heads) * head
    attention = heads * head
    hidden, layers = config.hidden_size, config.num_hidden_layers
    per_layer = (
        2 * hidden * attention + 2 * hidden * key_value + 3 * hidden * config.intermediate_size
    )
    norms = (2 * layers + 1) * hidden
    embedding = config.vocab_size * hidden
    tied = bool(getattr(config, "tie_word_embeddings", False))
    return ModelSize(
        layers * per_layer + norms + embedding * (1 if tied else 2),
        layers * per_layer + embedding,
        layers,
        hidden,
        attention,
        config.intermediate_size,
        config.vocab_size,
        key_value,
    )


def gpu_named(name: str) -> Gpu | None:
    """The GPU that a driver's name such as `NVIDIA H100 80GB HBM3` speaks of, if it is known."""
    plain = name.upper().replace(" ", "-")
    if "A100" in plain:
        return GPUS["A100-40" if "40GB" in plain else "A100-80"]
    return next((gpu for key, gpu in GPUS.items() if key.upper() in plain), None)


def mfu(flops_per_second: float, gpu: Gpu | None) -> float | None:
    """Model FLOPs utilisation (0-1); None where nobody knows what the device could do."""
    return None if gpu is None else flops_per_second / gpu.flops
