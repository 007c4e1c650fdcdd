"""Conversations to tokens and labels: what the model reads, and what it is trained to say."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import Any

from bllossom_data.errors import TrainingError

__all__ = [
    "IGNORED",
    "Labelled",
    "conversation_problem",
    "install_template",
    "label_conversation",
    "special_token_in",
    "template_for_inference",
    "truncate",
]

IGNORED = -100
"""Label of a token that is read but not trained (PyTorch's cross entropy)."""
TEMPLATES = ("llama3", "llama2")
END_OF_TURN = "<|eot_id|>"
ROLES = frozenset({"system", "user", "assistant"})
GENERATION_MARK = re.compile(r"\{%-?\s*(?:generation|endgeneration)\s*-?%\}")


@dataclass(frozen=True, slots=True)
class Labelled:
    """A conversation as token ids, and as labels: the id where it is trained, else `IGNORED`."""

    input_ids: list[int]
    labels: list[int]

    @property
    def trained(self) -> int:
        """Tokens that count in the loss; the first token is never predicted."""
        return sum(label != IGNORED for label in self.labels[1:])


def _shipped(name: str) -> str:
    return resources.files("training").joinpath(f"templates/{name}.jinja").read_text("utf-8")


def install_template(tokenizer: Any, chosen: str | None) -> str:
    """Gives a tokenizer the chat template of a run, and the end of a turn that belongs to it.

    Args:
        tokenizer: a transformers tokenizer; changed in place.
        chosen: name of a shipped template, path of a .jinja file, or None to go by the
            tokenizer's own special tokens.

    Returns:
        What the template is called.

    Raises:
        TrainingError: the template is not there, has no generation marks, or its tokens are not
            in the vocabulary.
    """
    vocabulary = tokenizer.get_vocab()
    name = chosen or ("llama3" if END_OF_TURN in vocabulary else "llama2")
    if name in TEMPLATES:
        template = _shipped(name)
    elif name.endswith((".jinja", ".j2")) and Path(name).is_file():
        template = Path(name).read_text("utf-8")
    else:
        raise TrainingError(
            f"chat template {name!r}: neither {' nor '.join(TEMPLATES)} nor a .jinja file here"
        )
    if not re.search(r"\{%-?\s*generation\s*-?%\}", template):
        raise TrainingError(
            f"chat template {name!r}: has no {{% generation %}} marks, so nobody can tell what the "
            "assistant says; put them around the content and the end of the turn"
        )
    special = set(re.findall(r"<\|[a-z_]+\|>", template))
    if missing := sorted(special - vocabulary.keys()):
        raise TrainingError(
            f"chat template {name!r}: {', '.join(missing)} is not in the tokenizer's vocabulary; "
            "choose another template in [chat], or extend the tokenizer"
        )
    if END_OF_TURN in special:
        tokenizer.eos_token = END_OF_TURN
    if tokenizer.eos_token is None:
        raise TrainingError("the tokenizer has no eos_token, so the model would never stop")
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.chat_template = template
    return name


def template_for_inference(template: str) -> str:
    """The same template without the marks of training, which not every engine knows."""
    return GENERATION_MARK.sub("", template)


@lru_cache(maxsize=8)
def _special(tokenizer: Any) -> re.Pattern[str]:
    names = [str(one) for one in tokenizer.added_tokens_decoder.values() if one.special]
    return re.compile("|".join(map(re.escape, sorted(names, key=len, reverse=True))) or "(?!)")


def special_token_in(tokenizer: Any, text: str) -> str | None:
    """A special token that a text spells out, which would end a turn where none ends; or None."""
    found = _special(tokenizer).search(text)
    return found.group() if found else None


def conversation_problem(
    tokenizer: Any, messages: object, *, needs_answer: bool = True
) -> str | None:
    """Why something is not a conversation, or None if it is one.

    Args:
        tokenizer: the tokenizer, for its special tokens.
        messages: what should be turns with `role` and `content`.
        needs_answer: whether the assistant must say something.
    """
    if not isinstance(messages, Sequence) or isinstance(messages, str) or not messages:
        return "has no messages"
    for turn, message in enumerate(messages):
        if not isinstance(message, Mapping) or "role" not in message:
            return f"message {turn} has no `role` and `content`"
        if message["role"] not in ROLES:
            role = message["role"]
            return f"message {turn} has the role {role!r}; allowed: {', '.join(sorted(ROLES))}"
        if not isinstance(message.get("content"), str):
            return f"message {turn} has no text in `content`"
        if token := special_token_in(tokenizer, message["content"]):
            return f"a message spells out the special token {token}"
    if needs_answer and not any(message["role"] == "assistant" for message in messages):
        return "has no assistant turn"
    return None


def label_conversation(
    tokenizer: Any, messages: Sequence[Mapping[str, str]], *, assistant_only: bool = True
) -> Labelled:
    """Tokens of a conversation and its labels.

    Args:
        tokenizer: with a template of `install_template`.
        messages: turns with `role` and `content`.
        assistant_only: whether only what the assistant says is trained: every answer with the
            token that ends its turn.

    Raises:
        ValueError: these are not messages; the text says what is wrong.
    """
    if problem := conversation_problem(tokenizer, messages):
        raise ValueError(problem)
    text = tokenizer.apply_chat_template(
        messages,
        tokenize=True,
        return_dict=True,
        return_assistant_tokens_mask=assistant_only,
    )
    ids = list(text["input_ids"])
    if not assistant_only:
        return Labelled(ids, list(ids))
    mask = text["assistant_masks"]
    if 1 not in mask:
        raise ValueError("the chat template marks nothing as said by the assistant")
    return Labelled(ids, [one if said else IGNORED for one, said in zip(ids, mask, strict=True)])


def truncate(row: Labelled, max_length: int, mode: str) -> Labelled:
    """The part of a conversation that fits (`keep_start` or `keep_end`, as in trl)."""
    part = slice(None, max_length) if mode == "keep_start" else slice(-max_length, None)
    return Labelled(row.input_ids[part], row.labels[part])
