"""Extends a byte-level BPE tokenizer (Llama 3's kind) by merges that only Hangul meets."""

import copy
import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer
from transformers.convert_slow_tokenizer import bytes_to_unicode

from bllossom_data.errors import TrainingError
from bllossom_data.files import pretty_json, sha256_file, write_atomic
from bllossom_data.progress import Progress
from training.pinned_data import PinnedDataset
from training.vocabulary.continued_bpe import Merge, continue_bpe, is_hangul_or_its_beginning
from training.vocabulary.corpus_text import count_pieces

__all__ = [
    "ByteLevelBase",
    "chosen_merges",
    "extend_byte_level",
    "pieces_of",
    "read_merges",
    "write_merges",
]

KIND = "byte-level-bpe"
BYTES = {letter: value for value, letter in bytes_to_unicode().items()}
TOKENIZER_FILES = (
    "tokenizer_config.json",
    "special_tokens_map.json",
    "chat_template.jinja",
    "generation_config.json",
)


def token_bytes(token: str) -> bytes:
    """Bytes of a token that is written in the byte-level alphabet."""
    return bytes(BYTES[letter] for letter in token)


@dataclass(frozen=True, slots=True)
class ByteLevelBase:
    """A byte-level BPE tokenizer as its file says it.

    Attributes:
        folder: where `tokenizer.json` lies.
        content: that file.
        sha256: its SHA-256.
    """

    folder: Path
    content: Mapping[str, Any]
    sha256: str

    @classmethod
    def read(cls, folder: Path) -> "ByteLevelBase":
        """Reads a tokenizer.

        Raises:
            TrainingError: there is none, or it is of another kind.
        """
        path = folder / "tokenizer.json"
        if not path.is_file():
            raise TrainingError(f"{path}: no such file; a tokenizer of Llama 3's kind has one")
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
            kind = content["model"].get("type", "BPE")
            byte_level = '"ByteLevel"' in json.dumps(content.get("decoder"))
        except (ValueError, KeyError, AttributeError) as error:
            raise TrainingError(f"{path}: no tokenizer can be read from this ({error})") from error
        if kind != "BPE" or not byte_level:
            raise TrainingError(
                f"{path}: a {kind} tokenizer whose decoder is not ByteLevel; only byte-level BPE "
                "is extended by merges (SentencePiece has a tokenizer.model)"
            )
        return cls(folder, content, sha256_file(path))

    @property
    def vocabulary(self) -> dict[str, int]:
        """Ids of all tokens, added ones too."""
        added = {one["content"]: one["id"] for one in self.content["added_tokens"]}
        return {**self.content["model"]["vocab"], **added}

    @property
    def first_new_id(self) -> int:
        """The id that the first new token gets."""
        return max(self.vocabulary.values()) + 1

    def tokenizer(self, *, by_merges_alone: bool = False) -> Any:
        """The tokenizer at work.

        Args:
            by_merges_alone: whether a word that is a token as a whole is reached by merges too
                (Llama 3 sets `ignore_merges`, which looks such words up).
        """
        content = copy.deepcopy(dict(self.content))
        if by_merges_alone:
            content["model"]["ignore_merges"] = False
        return Tokenizer.from_str(json.dumps(content))


def _words_of(tokenizer: Any) -> Callable[[str], list[str]]:
    def words(line: str) -> list[str]:
        if tokenizer.normalizer is not None:
            line = tokenizer.normalizer.normalize_str(line)
        # A word that cuts a character in two is no text; the byte-level alphabet never does so.
        parts = tokenizer.pre_tokenizer.pre_tokenize_str(line)
        return [token_bytes(part).decode(errors="replace") for part, _ in parts]

    return words


def chosen_merges(
    base: ByteLevelBase,
    corpus: PinnedDataset,
    tokens: int,
    min_count: int,
    share: float,
    progress: Progress,
) -> tuple[list[Merge], int]:
    """Chooses Korean tokens from a corpus, counted within Kiwi morphemes.

    Args:
        base: the tokenizer to extend.
        corpus: an opened corpus.
        tokens: new tokens at most.
        min_count: occurrences that a token needs.
        share: share (0-1) of the documents to count.
        progress: where work reports.

    Returns:
        The merges, and the bytes of Korean that were counted.

    Raises:
        TrainingError: the corpus holds no Korean.
    """
    tokenizer = base.tokenizer(by_merges_alone=True)
    pieces, size = count_pieces(corpus, _words_of(tokenizer), share, progress)
    if not pieces:
        raise TrainingError(
            f"{corpus.entry.path}: no Korean in split {corpus.entry.split!r}; take a corpus with "
            "documents whose language is ko"
        )
    progress.say(f"{size:,} bytes of Korean, {len(pieces):,} different parts of words")
    alphabet = bytes_to_unicode()
    words = []
    # In a fixed order, so that ties fall alike.
    for piece, count in sorted(pieces.items()):
        written = "".join(alphabet[value] for value in piece.encode())
        words.append(([one.value for one in tokenizer.model.tokenize(written)], count))
    merges = continue_bpe(
        words,
        base.vocabulary,
        lambda token: is_hangul_or_its_beginning(token_bytes(token)),
        tokens,
        min_count,
    )
    return merges, size


def write_merges(path: Path, base: ByteLevelBase, merges: Sequence[Merge], facts: Any) -> None:
    """Writes chosen merges with where they come from.

    Args:
        path: the file.
        base: the tokenizer they continue.
        merges: the merges in order.
        facts: plain data about corpus and settings.
    """
    readable = [
        [one.left, one.right, one.count, token_bytes(one.token).decode(errors="replace")]
        for one in merges
    ]
    lines = ",\n".join("  " + json.dumps(row, ensure_ascii=False) for row in readable)
    head = pretty_json({"kind": KIND, "base_sha256": base.sha256, **facts}).rstrip()[:-1].rstrip()
    write_atomic(path, f'{head},\n  "merges": [\n{lines}\n  ]\n}}\n')


def read_merges(path: Path, base: ByteLevelBase) -> list[Merge]:
    """Reads merges, and makes sure that they continue this tokenizer.

    Raises:
        TrainingError: the file is damaged, or was made for another tokenizer.
    """
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        merges = [Merge(left, right, count) for left, right, count, _ in content["merges"]]
        made_for = content["base_sha256"]
    except (ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"{path}: not a file of `bllossom vocab train` ({error}); write it again"
        ) from error
    if made_for != base.sha256:
        raise TrainingError(
            f"{path}: chosen for a tokenizer.json with SHA-256 {made_for}, this one "
            f"({base.folder}) has {base.sha256}; take the same base"
        )
    known = base.vocabulary
    for merge in merges:
        if merge.token in known or merge.left not in known or merge.right not in known:
            raise TrainingError(
                f"{path}: the merge of {merge.left!r} and {merge.right!r} does not continue this "
                "tokenizer; write the file again"
            )
        known[merge.token] = len(known)
    return merges


def extend_byte_level(base: ByteLevelBase, merges: Sequence[Merge], target: Path) -> None:
    """Writes the extended tokenizer; every old token keeps its id.

    Tokens and merges go into the model of tokenizer.json, after all that are there. `add_tokens`
    would cut words before BPE sees them, and breaks tokens that are part of a character. Tokens
    that were added to the base are written into the model too: outside of it, they would get new
    ids, after the new tokens.

    Args:
        base: the tokenizer to extend.
        merges: merges in order, as `read_merges` proved them.
        target: folder of the extended tokenizer.
    """
    content = copy.deepcopy(dict(base.content))
    model = content["model"]
    for added in content["added_tokens"]:
        model["vocab"].setdefault(added["content"], added["id"])
    as_text = bool(model["merges"]) and isinstance(model["merges"][0], str)
    for number, merge in enumerate(merges, start=base.first_new_id):
        model["vocab"][merge.token] = number
        pair = [merge.left, merge.right]
        model["merges"].append(" ".join(pair) if as_text else pair)
    target.mkdir(parents=True, exist_ok=True)
    for name in TOKENIZER_FILES:
        if (base.folder / name).is_file():
            shutil.copyfile(base.folder / name, target / name)
    write_atomic(target / "tokenizer.json", json.dumps(content, ensure_ascii=False, indent=2))


def pieces_of(base: ByteLevelBase, merges: Sequence[Merge]) -> dict[int, list[int]]:
    """For each new id, the ids of the old tokens that its bytes were before."""
    model = base.tokenizer(by_merges_alone=True).model
    return {
        number: [one.id for one in model.tokenize(merge.token)]
        for number, merge in enumerate(merges, start=base.first_new_id)
    }
