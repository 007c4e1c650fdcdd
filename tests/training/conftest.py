"""A tokenizer and datasets made once for all tests of training; torch on one thread."""

from types import SimpleNamespace

import pytest
from training_units import (
    conversations,
    documents,
    make_tokenizer,
    one_thread,
    preferences,
    write_dataset,
)

one_thread()


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """Folder with a tokenizer, a corpus, conversations and preference pairs."""
    folder = tmp_path_factory.mktemp("training")
    make_tokenizer(folder / "tokenizer")
    return SimpleNamespace(
        folder=folder,
        tokenizer=folder / "tokenizer",
        corpus=write_dataset(folder / "corpus", {"train": documents(), "validation": documents(8)}),
        chat=write_dataset(
            folder / "chat", {"train": conversations(), "validation": conversations(6)}
        ),
        pairs=write_dataset(folder / "pairs", {"train": preferences()}),
    )


@pytest.fixture
def tokenizer(made):
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(made.tokenizer)
