"""What translates: one small protocol that every engine is fitted to.

A provider answers what it is asked and judges nothing: caching, budget, checks, second tries and
the choice of the next provider are the translator's.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from bllossom_data.errors import ProviderError, QuotaError
from bllossom_data.examples import Role
from bllossom_data.files import JSON
from bllossom_data.translation.segments import SegmentKind

__all__ = [
    "Answer",
    "Ask",
    "BatchProvider",
    "Fault",
    "Limits",
    "Price",
    "Provider",
    "ProviderError",
    "QuotaError",
    "Reply",
    "Usage",
]

Fault: TypeAlias = Literal["missing", "truncated", "refused", "malformed", "failed"]
"""Why there is no translation: not in the reply, cut off, declined, unreadable, no reply at all."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One segment that a provider is asked to translate.

    Attributes:
        key: names the segment in the request and in the reply; unique in a request.
        text: English with slots ``⟦n⟧``.
        kind: what the segment is in the Markdown.
        role: who speaks; decides the speech level that is asked for.
        context: text around the segment, which is not translated; empty if there is none.
        glossary: pairs of an English term in `text` and the Korean it must become.
        correction: what a check said of an earlier answer, to be put right.
    """

    key: str
    text: str
    kind: SegmentKind = "paragraph"
    role: Role = "assistant"
    context: str = ""
    glossary: tuple[tuple[str, str], ...] = ()
    correction: str | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back for one segment: Korean with the same slots, or a fault with its detail."""

    key: str
    text: str | None
    fault: Fault | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Usage:
    """What a request used, or could use at most."""

    requests: int = 0
    characters: int = 0
    input_tokens: int = 0
    output_tokens: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            self.requests + other.requests,
            self.characters + other.characters,
            self.input_tokens + other.input_tokens,
            self.output_tokens + other.output_tokens,
        )


@dataclass(frozen=True, slots=True)
class Price:
    """Prices in US dollars for a million of each, with the day on which they were looked up."""

    per_million_characters: float = 0.0
    per_million_input_tokens: float = 0.0
    per_million_output_tokens: float = 0.0
    day: str = ""

    def dollars(self, usage: Usage) -> float:
        """What a usage costs."""
        return (
            usage.characters * self.per_million_characters
            + usage.input_tokens * self.per_million_input_tokens
            + usage.output_tokens * self.per_million_output_tokens
        ) / 1e6


@dataclass(frozen=True, slots=True)
class Limits:
    """How much one request may hold, and the tokens that its model may think in addition."""

    max_segments: int = 1
    max_characters: int = 5_000
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer for each segment asked, in any order, and what it used."""

    answers: tuple[Answer, ...]
    usage: Usage = field(default_factory=Usage)


class Provider(Protocol):
    """An engine that translates English into Korean.

    Attributes:
        name: engine and model for people and for provenance, such as `deepl` or `openai:MODEL`.
        limits: how much one request may hold.
        price: None where nobody knows; then money is neither estimated nor capped.
    """

    name: str
    limits: Limits
    price: Price | None

    def settings(self) -> Mapping[str, JSON]:
        """Everything but the segment that decides an answer: part of the cache key. No secrets."""

    def most(self, asks: Sequence[Ask]) -> Usage:
        """The most that a request for these segments can use; reserved before it is sent."""

    def translate(self, asks: Sequence[Ask]) -> Reply:
        """Translates segments within the limits; called from several threads at once.

        Time limits and retries of passing faults (429, 5xx, broken connections) are its own. A
        segment without an answer comes back as a fault, never as an exception.

        Raises:
            QuotaError: the account's quota is used up.
            ProviderError: no request of this run can succeed.
        """


@runtime_checkable
class BatchProvider(Provider, Protocol):
    """An engine that takes all requests at once and needs hours for them.

    What it was asked before can be asked for again: the same requests, after a kill, give the
    answers that were paid for.
    """

    def translate_together(
        self, requests: Sequence[Sequence[Ask]], say: Callable[[str], None]
    ) -> list[Reply]:
        """Translates requests, each within the limits, and waits until all is done.

        Args:
            requests: segments of each request.
            say: tells a person what is being waited for.

        Returns:
            One reply for each request, in their order.

        Raises:
            QuotaError: the account's quota is used up.
            ProviderError: no request of this run can succeed.
            StepError: the answers are not there yet; the same requests go on waiting.
        """
