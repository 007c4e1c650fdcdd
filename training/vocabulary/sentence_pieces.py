"""Extends a SentencePiece BPE tokenizer (Llama 2's kind) by the pieces of a Korean one."""

import copy
import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

from bllossom_data.errors import TrainingError
from bllossom_data.files import sha256_file, write_atomic
from training.vocabulary.corpus_text import HANGUL_FIRST, HANGUL_LAST

__all__ = ["PieceBase", "Preset", "extend_pieces", "merged_pieces", "old_parts", "segments"]

Preset = Literal["paper", "repaired"]
SPACE = "▁"
BPE, NORMAL = 2, 1


def _read_proto(path: Path) -> Any:
    from google.protobuf.message import DecodeError
    from sentencepiece import sentencepiece_model_pb2

    try:
        proto = sentencepiece_model_pb2.ModelProto.FromString(path.read_bytes())
    except DecodeError as error:
        raise TrainingError(f"{path}: not a SentencePiece model ({error})") from error
    if not proto.pieces:
        raise TrainingError(f"{path}: a SentencePiece model without pieces")
    return proto


@dataclass(frozen=True, slots=True)
class PieceBase:
    """A SentencePiece BPE tokenizer.

    Attributes:
        folder: where `tokenizer.model` lies.
        proto: what that file says.
        sha256: its SHA-256.
    """

    folder: Path
    proto: Any
    sha256: str

    @classmethod
    def read(cls, folder: Path) -> "PieceBase":
        """Reads a tokenizer.

        Raises:
            TrainingError: there is none, or it is not BPE.
        """
        path = folder / "tokenizer.model"
        proto = _read_proto(path)
        if proto.trainer_spec.model_type != BPE:
            raise TrainingError(
                f"{path}: not a BPE model; the score of a piece means something else in others"
            )
        return cls(folder, proto, sha256_file(path))

    @property
    def vocabulary(self) -> dict[str, int]:
        """Ids of all pieces."""
        return {one.piece: number for number, one in enumerate(self.proto.pieces)}

    def processor(self, *, without_prefix: bool = False) -> Any:
        """The tokenizer at work.

        Args:
            without_prefix: whether text is taken as it is, as in the middle of a word.
        """
        from sentencepiece import SentencePieceProcessor

        proto = self.proto
        if without_prefix:
            proto = copy.deepcopy(proto)
            proto.normalizer_spec.add_dummy_prefix = False
            proto.normalizer_spec.remove_extra_whitespaces = False
        return SentencePieceProcessor(model_proto=proto.SerializeToString())


def segments(text: str, scores: Mapping[str, float]) -> list[str]:
    """A text in pieces as SentencePiece's BPE cuts it: the best pair first, of equals the leftmost.

    Args:
        text: the text, with `▁` for a space.
        scores: scores of all pieces.
    """
    symbols = list(text)
    while True:
        pairs = [
            (-scores[left + right], place)
            for place, (left, right) in enumerate(pairwise(symbols))
            if left + right in scores
        ]
        if not pairs:
            return symbols
        place = min(pairs)[1]
        symbols[place : place + 2] = [symbols[place] + symbols[place + 1]]


def _is_hangul(piece: str) -> bool:
    text = piece.removeprefix(SPACE)
    return bool(text) and all(HANGUL_FIRST <= ord(letter) <= HANGUL_LAST for letter in text)


def merged_pieces(base: PieceBase, donor: Path, preset: Preset) -> list[tuple[str, float]]:
    """The pieces that a Korean tokenizer adds, in order, with their scores.

    Args:
        base: the tokenizer to extend.
        donor: a SentencePiece model, such as KoBERT's.
        preset: `paper`: every piece that the base lacks, with score 0, as Chinese-LLaMA's script
            merges (Cui et al. 2023, arXiv 2304.08177) and the paper of Bllossom counts: 32,000 and
            8,002 pieces, 524 of them in both, are 39,478. A BPE model reaches a piece only through
            two pieces that are there, so many of a unigram model's are never reached, and pieces
            that are not Korean change English. `repaired`: Korean pieces alone, each with the
            pieces it is reached through, with scores below all that were there before.

    Raises:
        TrainingError: the donor is no SentencePiece model, or adds nothing.
    """
    pieces = [one for one in _read_proto(donor).pieces if one.type == NORMAL]
    known = base.vocabulary
    if preset == "paper":
        # Marks such as <pad> count too: that is how the union is 39,478.
        every = [one.piece for one in _read_proto(donor).pieces]
        added = [(piece, 0.0) for piece in dict.fromkeys(every) if piece not in known]
    else:
        scores = {one.piece: one.score for one in base.proto.pieces if one.type == NORMAL}
        lowest = min(scores.values())
        order = sorted((one for one in pieces if _is_hangul(one.piece)), key=lambda one: -one.score)
        names: list[str] = []
        for wanted in (_with_its_way(one.piece, scores) for one in order):
            for piece in wanted:
                if piece not in scores:
                    scores[piece] = lowest - 1 - len(names)
                    names.append(piece)
        added = [(piece, scores[piece]) for piece in names]
    if not added:
        raise TrainingError(f"{donor}: has no piece that {base.folder} lacks; nothing to merge")
    return added


def _with_its_way(piece: str, scores: Mapping[str, float]) -> list[str]:
    """A piece after those it is reached through: its syllables, then its beginnings."""
    syllables = [letter for letter in piece if letter not in scores]
    if piece in scores:
        return syllables
    parts = segments(piece, scores)
    beginnings = ["".join(parts[:end]) for end in range(2, len(parts) + 1)]
    return [*syllables, *beginnings]


def extend_pieces(base: PieceBase, added: list[tuple[str, float]], target: Path) -> None:
    """Writes the extended tokenizer, as tokenizer.model and as the tokenizer.json made from it.

    Args:
        base: the tokenizer to extend.
        added: pieces with their scores.
        target: folder of the extended tokenizer.

    Raises:
        TrainingError: the base has tokens beside those of its model.
    """
    from transformers import AutoTokenizer

    config = base.folder / "tokenizer_config.json"
    beside = json.loads(config.read_text(encoding="utf-8")) if config.is_file() else {}
    outside = [
        one["content"]
        for number, one in beside.get("added_tokens_decoder", {}).items()
        if int(number) >= len(base.proto.pieces)
    ]
    if outside:
        raise TrainingError(
            f"{config}: {', '.join(outside)} lies behind the pieces, where new ones go; take the "
            "base without added tokens and add them afterwards"
        )
    proto = copy.deepcopy(base.proto)
    for piece, score in added:
        proto.pieces.add(piece=piece, score=score, type=NORMAL)
    proto.trainer_spec.vocab_size = len(proto.pieces)
    target.mkdir(parents=True, exist_ok=True)
    write_atomic(target / "tokenizer.model", proto.SerializeToString())
    for name in ("tokenizer_config.json", "generation_config.json"):
        if (base.folder / name).is_file():
            shutil.copyfile(base.folder / name, target / name)
    AutoTokenizer.from_pretrained(target).save_pretrained(target)


def old_parts(base: PieceBase, added: list[tuple[str, float]]) -> dict[int, list[int]]:
    """For each new id, the ids of the old pieces that its text was before."""
    processor = base.processor(without_prefix=True)
    return {
        number: processor.encode(piece.replace(SPACE, " ")) or [processor.unk_id()]
        for number, (piece, _) in enumerate(added, start=len(base.proto.pieces))
    }
