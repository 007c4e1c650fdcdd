"""Pairs of DPO: read, checked, counted, and left out where nothing of an answer would be read."""

import hashlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from accelerate import PartialState
from datasets import Dataset, load_from_disk
from trl.data_utils import common_prefix_length

from bllossom_data.errors import TrainingError
from bllossom_data.files import TEMPORARY_SUFFIX, canonical_json
from bllossom_data.progress import Progress
from training.chat import conversation_problem, special_token_in
from training.conversations import PreparationCounts, records, summary
from training.pinned_data import PinnedDataset, SplitFiles, require_columns

__all__ = ["PairTokens", "pair_problem", "pair_tokens", "preference_rows"]

ANSWERS = ("chosen", "rejected")
COLUMNS = ("prompt", *ANSWERS)


@dataclass(frozen=True, slots=True)
class PairTokens:
    """Tokens of a pair.

    Attributes:
        prompt: tokens of the prompt.
        answers: tokens of the chosen and of the rejected answer.
    """

    prompt: int
    answers: tuple[int, int]

    def is_dropped(self, config: Any) -> bool:
        """Whether trl leaves the pair out, as the prompt alone fills the row."""
        keeps_start = config.truncation_mode == "keep_start"
        return bool(config.max_length and keeps_start and self.prompt >= config.max_length)

    def cut(self, max_length: int | None) -> int:
        """Sequences, of the two, that are longer than `max_length` tokens."""
        return sum(self.prompt + one > (max_length or self.prompt + one) for one in self.answers)

    def read(self, max_length: int | None) -> int:
        """Tokens that the model reads of both sequences."""
        whole = [self.prompt + one for one in self.answers]
        return sum(min(one, max_length or one) for one in whole)

    def trained(self, config: Any) -> int:
        """Tokens of both answers that the model reads."""
        if config.truncation_mode == "keep_start":
            return self.read(config.max_length) - 2 * self.prompt
        return sum(min(one, config.max_length or one) for one in self.answers)


def pair_tokens(tokenizer: Any, pair: Mapping[str, Any]) -> PairTokens:
    """Tokens of a pair, where prompt and answer part as they do in trl's DPOTrainer.

    Args:
        tokenizer: with a chat template, if the pair is of messages.
        pair: a pair in which `pair_problem` finds nothing.
    """
    if isinstance(pair["prompt"], str):
        prompt = tokenizer(pair["prompt"])["input_ids"]
        end = tokenizer.eos_token
        texts = [pair["prompt"] + pair[name].removesuffix(end) + end for name in ANSWERS]
        whole = [tokenizer(text)["input_ids"] for text in texts]
    else:
        prompt = tokenizer.apply_chat_template(
            pair["prompt"], tokenize=True, return_dict=True, add_generation_prompt=True
        )["input_ids"]
        talks = [[*pair["prompt"], *pair[name]] for name in ANSWERS]
        whole = [
            tokenizer.apply_chat_template(talk, tokenize=True, return_dict=True)["input_ids"]
            for talk in talks
        ]
    shared = min(common_prefix_length(prompt, ids) for ids in whole)
    return PairTokens(shared, (len(whole[0]) - shared, len(whole[1]) - shared))


def preference_rows(
    chosen: Sequence[tuple[PinnedDataset, SplitFiles]],
    tokenizer: Any,
    config: Any,
    progress: Progress,
    folder: Path,
    language: str | None = None,
) -> tuple[Dataset, Mapping[str, PreparationCounts]]:
    """Preference pairs of all datasets of a run, as trl's DPOTrainer reads them.

    They lie in a file, because what trl works out about them, such as the reference's
    log-probabilities, it keeps beside that file: for the other processes, and for when the run is
    gone on with.

    Args:
        chosen: datasets and the split of each that is wanted; need `prompt`, `chosen` and
            `rejected`, all text or all messages.
        tokenizer: the tokenizer, with its chat template.
        config: trl's DPOConfig, for `max_length` and `truncation_mode`.
        progress: where to report.
        folder: where the pairs are kept, by their hash.
        language: take only pairs in this language.

    Raises:
        TrainingError: a column is missing, or no pair is left.
    """
    rows: list[dict[str, Any]] = []
    counts: dict[str, PreparationCounts] = {}
    for dataset, files in chosen:
        require_columns(dataset, COLUMNS, "dpo (an explicit prompt)")
        if language is not None and dataset.entry.language not in (None, language):
            continue
        counted = counts.setdefault(dataset.entry.name, PreparationCounts())
        spoken = ["language"] if language is not None and not dataset.entry.language else []
        with progress.work(f"read {dataset.entry.name}", files.rows, "pairs") as advance:
            for record in records(files, (*COLUMNS, *spoken)):
                advance(1)
                if spoken and record.pop("language") != language:
                    continue
                if _is_kept(record, tokenizer, config, counted):
                    rows.append(record)
        progress.say(f"{dataset.entry.name}: {summary(counted, 'pairs', 'answers ')}")
    if not rows:
        raise TrainingError(_nothing_left(counts, config))
    if len({isinstance(row["prompt"], str) for row in rows}) > 1:
        raise TrainingError(
            "some datasets hold their pairs as text and others as messages; train on one kind"
        )
    return _on_disk(rows, folder), counts


def _is_kept(
    record: Mapping[str, Any], tokenizer: Any, config: Any, counted: PreparationCounts
) -> bool:
    counted.rows += 1
    if problem := pair_problem(tokenizer, record):
        counted.leave_out(problem)
        return False
    tokens = pair_tokens(tokenizer, record)
    counted.truncated += tokens.cut(config.max_length)
    if tokens.is_dropped(config):
        counted.dropped += 1
        return False
    counted.tokens += tokens.read(config.max_length)
    counted.trained_tokens += tokens.trained(config)
    return True


def _nothing_left(counts: Mapping[str, PreparationCounts], config: Any) -> str:
    if all(one.rows == one.dropped for one in counts.values()):
        return (
            f"every prompt has {config.max_length:,} tokens or more (max_length), so nothing of "
            "an answer would be read; raise max_length"
        )
    told = "; ".join(f"{name}: {summary(one, 'pairs', 'answers ')}" for name, one in counts.items())
    return f"no pair is left to train on: {told}"


def _on_disk(rows: Sequence[Mapping[str, Any]], folder: Path) -> Dataset:
    digest = hashlib.sha256(canonical_json(rows).encode()).hexdigest()
    place = folder / digest[:32]
    with PartialState().main_process_first():
        if not place.is_dir():
            scratch = place.with_name(f"{place.name}{TEMPORARY_SUFFIX}")
            shutil.rmtree(scratch, ignore_errors=True)
            Dataset.from_list(list(rows)).save_to_disk(scratch)
            scratch.replace(place)
    return load_from_disk(place)


def pair_problem(tokenizer: Any, record: Mapping[str, Any]) -> str | None:
    """Why a pair cannot be used, or None."""
    parts = {name: record[name] for name in COLUMNS}
    if any(not part for part in parts.values()):
        return "a part is empty"
    if len({isinstance(part, str) for part in parts.values()}) > 1:
        return "text and messages in one pair"
    for name, part in parts.items():
        if not isinstance(part, str):
            if problem := conversation_problem(tokenizer, part, needs_answer=name != "prompt"):
                return f"{name}: {problem}"
        elif token := special_token_in(tokenizer, part):
            return f"a text spells out the special token {token}"
    if parts["chosen"] == parts["rejected"]:
        return "chosen and rejected are the same"
    return None
