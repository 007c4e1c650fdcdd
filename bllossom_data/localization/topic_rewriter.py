"""A chat model that moves the subject of a conversation to Korea.

It is a provider like the engines of translation, so that its requests are cached, capped, counted
and corrected like theirs: a question is one conversation, its `context` what the model is told of
the subject, and the answer the JSON of the edits.
"""

from collections.abc import Mapping, Sequence

from bllossom_data.files import JSON
from bllossom_data.localization.topic_rewrites import PROMPT_VERSION, rewrite_schema
from bllossom_data.translation.openai_provider import OpenAIProvider
from bllossom_data.translation.openai_reply import faults, read_content, read_usage
from bllossom_data.translation.provider import Answer, Ask, Limits, Price, Reply

__all__ = ["TopicRewriter"]

LIMITS = Limits(max_segments=1, max_characters=60_000)
# A span stands in the reply twice, as it was and as it becomes, at worst with three tokens to a
# syllable; of what is shown, about a third is Korean.
OUTPUT_TOKENS_PER_CHARACTER = 2
OUTPUT_TOKENS_AT_LEAST = 1_024
CORRECTION = "앞서 낸 답은 다음 까닭으로 쓸 수 없었습니다. 바로잡아 다시 답하세요."


class TopicRewriter(OpenAIProvider):
    """Asks a chat model for edits, one conversation in a request.

    Args:
        model: name of the model on the server.
        base_url: address of the interface; else `OPENAI_BASE_URL`.
        parameters: sent along with every request, as for `OpenAIProvider`.
        price: what the model costs.
        timeout_seconds: how long to wait for a reply, at most, each time.
        reasoning_tokens: room for thinking that the limit on output tokens leaves in addition.
        sends: False for one that only says what requests would use, and needs no key for that.

    Raises:
        ProviderError: there is no key, or the address or a parameter cannot be right.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        parameters: Mapping[str, JSON] | None = None,
        price: Price | None = None,
        timeout_seconds: float = 180.0,
        reasoning_tokens: int = 0,
        sends: bool = True,
    ) -> None:
        super().__init__(
            model,
            base_url=base_url,
            parameters=parameters,
            limits=LIMITS,
            price=price,
            timeout_seconds=timeout_seconds,
            reasoning_tokens=reasoning_tokens,
            sends=sends,
        )

    def settings(self) -> Mapping[str, JSON]:
        """What decides an answer: task, model, address, prompt and parameters."""
        return {
            "engine": "openai",
            "task": "topic rewrite",
            "model": self.model,
            "address": self.address,
            "prompt": PROMPT_VERSION,
            "parameters": self._parameters,
        }

    def read(self, asks: Sequence[Ask], completion: object) -> Reply:
        """The reply as it is; whether it is the JSON that was asked for, its reader says."""
        usage = read_usage(completion, self.most(asks))
        said = read_content(completion)
        if said.fault is not None:
            return Reply(faults(asks, said.fault, said.detail), usage)
        return Reply(tuple(Answer(ask.key, said.text) for ask in asks), usage)

    def _instructions(self, asks: Sequence[Ask]) -> str:
        (ask,) = asks
        if ask.correction is None:
            return ask.context
        return f"{ask.context}\n\n{CORRECTION}\n{ask.correction}"

    def _question(self, asks: Sequence[Ask]) -> str:
        (ask,) = asks
        return ask.text

    def _schema(self, asks: Sequence[Ask]) -> Mapping[str, JSON]:
        return rewrite_schema()

    def _output_tokens(self, asks: Sequence[Ask]) -> int:
        shown = sum(len(ask.text) for ask in asks)
        room = OUTPUT_TOKENS_AT_LEAST + self.limits.reasoning_tokens
        return room + OUTPUT_TOKENS_PER_CHARACTER * shown
