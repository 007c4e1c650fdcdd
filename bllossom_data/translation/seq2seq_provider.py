"""A local translation model of the transformers library: Marian, NLLB, M2M100, MADLAD.

Such a model knows no speech level, glossary, context or correction, and reads one sentence at a
time. It needs no network and no key.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bllossom_data.errors import ModelError, missing_package
from bllossom_data.files import JSON, canonical_json, xxh3_file
from bllossom_data.translation.provider import Ask, Limits, Price, Reply, Usage
from bllossom_data.translation.seq2seq_sentences import translate_asks

__all__ = ["Seq2SeqProvider"]

_SENTINEL_PROBE = "Open ⟦1⟧ and then ⟦12⟧."
_LEAST_NEW_TOKENS = 32
_NEW_TOKENS_PER_TOKEN = 3
# Longer than any sentence; what a tokenizer says that has no limit of its own.
_NO_LIMIT = 100_000


class Seq2SeqProvider:
    """Translates with a model in a local folder.

    Args:
        path: folder that `save_pretrained` wrote: model and tokenizer.
        source_language: English in the tokenizer's words (`eng_Latn` for NLLB, `en` for M2M100);
            None for Marian and MADLAD.
        target_language: Korean in the tokenizer's words (`kor_Hang`, `ko`); None as above.
        prefix: put before every sentence, such as `<2ko> ` for MADLAD.
        device: where torch runs it, such as `cpu` or `cuda`.
        half_precision: whether weights are bfloat16, which a GPU computes faster with.
        beams: width of the beam search; there is no chance in it.
        batch_sentences: how many sentences are computed at once.
        limits: how much one request may hold.

    Raises:
        MissingPackageError: torch or transformers is not installed.
        ModelError: the folder holds no such model, or the model no such language.
    """

    price: Price | None = Price(day="local")

    def __init__(
        self,
        path: Path,
        *,
        source_language: str | None = None,
        target_language: str | None = None,
        prefix: str = "",
        device: str = "cpu",
        half_precision: bool = False,
        beams: int = 4,
        batch_sentences: int = 16,
        limits: Limits | None = None,
    ) -> None:
        self.name = f"seq2seq:{path.name}"
        self.limits = limits or Limits(max_segments=64, max_characters=20_000)
        self._prefix = prefix
        self._device = device
        self._beams = beams
        self._batch_sentences = batch_sentences
        self._lock = threading.Lock()
        self._torch, self._tokenizer, self._model = _loaded(path, half_precision)
        self._model.to(device)
        if source_language is not None:
            self._tokenizer.src_lang = source_language
        self._first_token = _language_token(self._tokenizer, target_language, path)
        self._most_tokens = _most_tokens(self._tokenizer, self._model)
        self._keeps_slots = self._survives(_SENTINEL_PROBE)
        self._settings: Mapping[str, JSON] = {
            "engine": "seq2seq",
            "model": _fingerprint(path),
            "source_language": source_language,
            "target_language": target_language,
            "prefix": prefix,
            "half_precision": half_precision,
            "beams": beams,
        }

    def settings(self) -> Mapping[str, JSON]:
        """What decides an answer: the bytes of the model, languages and search."""
        return self._settings

    def most(self, asks: Sequence[Ask]) -> Usage:
        """Characters only: nothing is billed."""
        return Usage(requests=1, characters=sum(len(ask.text) for ask in asks))

    def translate(self, asks: Sequence[Ask]) -> Reply:
        """Translates segments sentence by sentence; threads wait for one another."""
        with self._lock:
            answers = translate_asks(asks, self._translated, self._keeps_slots)
        return Reply(answers, self.most(asks))

    def _survives(self, text: str) -> bool:
        """Whether the tokenizer gives a text with slots back as it was."""
        tokens = self._tokenizer(text).input_ids
        return bool(self._tokenizer.decode(tokens, skip_special_tokens=True).strip() == text)

    def _translated(self, sentences: Sequence[str]) -> dict[str, str | None]:
        result: dict[str, str | None] = {}
        lengths: dict[str, int] = {}
        for sentence in sentences:
            length = len(self._tokenizer(self._prefix + sentence).input_ids)
            if length > self._most_tokens:
                result[sentence] = None
            else:
                lengths[sentence] = length
        # Sentences of one length need no padding, which costs time and changes rounding.
        ordered = sorted(lengths, key=lambda sentence: (lengths[sentence], sentence))
        for start in range(0, len(ordered), self._batch_sentences):
            batch = ordered[start : start + self._batch_sentences]
            result.update(zip(batch, self._generated(batch, lengths[batch[-1]]), strict=True))
        return result

    def _generated(self, sentences: Sequence[str], longest: int) -> Iterator[str | None]:
        texts = [self._prefix + sentence for sentence in sentences]
        inputs = self._tokenizer(texts, return_tensors="pt", padding=True).to(self._device)
        room = max(_LEAST_NEW_TOKENS, _NEW_TOKENS_PER_TOKEN * longest)
        # A model may have a first token of its own, which `None` would take away.
        first = {} if self._first_token is None else {"forced_bos_token_id": self._first_token}
        with self._torch.inference_mode():
            outputs = self._model.generate(
                input_ids=inputs["input_ids"],
                attention_mask=inputs["attention_mask"],
                num_beams=self._beams,
                do_sample=False,
                max_new_tokens=min(room, self._most_tokens - 1),
                **first,
            )
        ends = self._model.generation_config.eos_token_id
        ends = set(ends) if isinstance(ends, list) else {ends}
        for tokens in outputs.tolist():
            # The first token starts the decoder, and for some models it is the one that ends.
            if ends & set(tokens[1:]):
                yield self._tokenizer.decode(tokens, skip_special_tokens=True).strip()
            else:
                yield None


def _loaded(path: Path, half_precision: bool) -> tuple[Any, Any, Any]:
    try:
        import torch
        from transformers import AutoModelForSeq2SeqLM, AutoTokenizer
    except ImportError as error:
        package = (error.name or "transformers").partition(".")[0]
        raise missing_package(package, "translation with a local model", "seq2seq") from error
    if not (path / "config.json").is_file():
        raise ModelError(
            f"{path}: holds no model (config.json is missing); give the folder that "
            "`save_pretrained` wrote or `hf download --local-dir` filled"
        )
    try:
        tokenizer = AutoTokenizer.from_pretrained(path, local_files_only=True)
        model = AutoModelForSeq2SeqLM.from_pretrained(path, local_files_only=True)
    except (OSError, ValueError, KeyError, ImportError) as error:
        why = " ".join(str(error).split())[:300]
        raise ModelError(f"{path}: cannot be loaded as a translation model ({why})") from error
    return torch, tokenizer, (model.bfloat16() if half_precision else model.float()).eval()


def _language_token(tokenizer: Any, language: str | None, path: Path) -> int | None:
    """The token that a multilingual model begins a Korean sentence with."""
    if language is None:
        return None
    if hasattr(tokenizer, "get_lang_id"):
        try:
            return int(tokenizer.get_lang_id(language))
        except KeyError:
            token = None
    else:
        token = tokenizer.convert_tokens_to_ids(language)
    if token is None or token == tokenizer.unk_token_id:
        raise ModelError(f"{path}: the model has no language {language!r}; see its model card")
    return int(token)


def _most_tokens(tokenizer: Any, model: Any) -> int:
    told = (getattr(model.config, "max_position_embeddings", None), tokenizer.model_max_length)
    return min([count for count in told if count] + [_NO_LIMIT])


def _fingerprint(path: Path) -> str:
    """Names and hashes of the model's files, so that another revision has other answers."""
    files = sorted(one for one in path.rglob("*") if one.is_file() and ".cache" not in one.parts)
    return canonical_json([[str(one.relative_to(path)), xxh3_file(one)] for one in files])
