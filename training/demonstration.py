"""A small tokenizer for the demonstration runs, trained on the sample corpus.

``python -m training.demonstration CORPUS TARGET`` writes it; a real run takes the tokenizer of its
model, extended by ``bllossom vocab``.
"""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow.parquet as pq
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

VOCABULARY = 2048
SPECIAL_TOKENS = (
    "<|begin_of_text|>",
    "<|end_of_text|>",
    "<|start_header_id|>",
    "<|end_header_id|>",
    "<|eot_id|>",
    "<|pad|>",
)
WORDS = Regex(r" ?\p{L}+| ?\p{N}{1,3}| ?[^\s\p{L}\p{N}]+|\s+")


def corpus_texts(corpus: Path) -> Iterator[str]:
    """Training texts of a built corpus, the folder with its manifest."""
    for path in sorted(corpus.glob("data/train*.parquet")):
        for batch in pq.ParquetFile(path).iter_batches(columns=["text"]):
            yield from batch.column("text").to_pylist()


def write_tokenizer(texts: Iterable[str], target: Path, vocabulary: int = VOCABULARY) -> None:
    """Trains a byte-level BPE with Llama 3's special tokens.

    Args:
        texts: what it learns from.
        target: folder of the tokenizer.
        vocabulary: tokens that it has, special ones included.
    """
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(WORDS, "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocabulary,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token=SPECIAL_TOKENS[0],
        eos_token=SPECIAL_TOKENS[1],
        pad_token=SPECIAL_TOKENS[5],
    ).save_pretrained(target)


if __name__ == "__main__":
    write_tokenizer(corpus_texts(Path(sys.argv[1])), Path(sys.argv[2]))
