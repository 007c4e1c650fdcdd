"""A chat model that is asked through the Batch API: half the price, up to a day for an answer."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from bllossom_data.files import JSON
from bllossom_data.translation.openai_batch import translate_in_batches
from bllossom_data.translation.openai_provider import OpenAIProvider
from bllossom_data.translation.provider import Ask, Reply, Usage

__all__ = ["OpenAIBatchProvider"]

PRICE_SHARE = 0.5
"""What a token costs in a batch, of its price at once (platform.openai.com/docs/guides/batch)."""


class OpenAIBatchProvider:
    """Asks a chat model for everything at once; its answers are those of the model itself.

    Each round is a batch of its own: first all segments, then those whose answer was missing, then
    those that checks sent back.

    Args:
        model: says what a request looks like and reads its reply.
        folder: keeps what was sent and the ids of batches, so that a killed run finds them.
    """

    def __init__(self, model: OpenAIProvider, folder: Path) -> None:
        self.name = model.name
        self.limits = model.limits
        self.price = model.price and replace(
            model.price,
            per_million_input_tokens=model.price.per_million_input_tokens * PRICE_SHARE,
            per_million_output_tokens=model.price.per_million_output_tokens * PRICE_SHARE,
        )
        self._model = model
        self._folder = folder

    def settings(self) -> Mapping[str, JSON]:
        """Those of the model, so that answers from here and from there are one cache."""
        return self._model.settings()

    def most(self, asks: Sequence[Ask]) -> Usage:
        """As much as one request to the model itself can use."""
        return self._model.most(asks)

    def translate(self, asks: Sequence[Ask]) -> Reply:
        """Translates one request, as a batch."""
        return self.translate_together([asks], lambda line: None)[0]

    def translate_together(
        self, requests: Sequence[Sequence[Ask]], say: Callable[[str], None]
    ) -> list[Reply]:
        """Translates requests in batches and waits until all have ended.

        Raises:
            QuotaError: the account has no credit left.
            ProviderError: the server refuses the key, the model or a parameter.
            StepError: the server cannot be reached.
        """
        return translate_in_batches(self._model, requests, self._folder, say=say)
