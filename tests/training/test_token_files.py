"""Token files: what is in them, and that a killed run goes on."""

import numpy as np
import pytest
from training_units import documents, write_dataset

from bllossom_data.errors import TrainingError
from bllossom_data.progress import no_progress
from training import token_files
from training.pinned_data import open_dataset
from training.run_file import DatasetEntry
from training.token_files import tokenizer_hash, tokens_of_split


def opened(folder, **more):
    return open_dataset(DatasetEntry.model_validate({"path": str(folder), "name": "tiny", **more}))


def made_of(dataset, tokenizer, cache):
    return tokens_of_split(dataset, dataset.train, tokenizer, cache, no_progress())


def test_every_document_is_there_with_its_ends_bytes_and_source(tokenizer, made, tmp_path):
    rows = documents()
    parts = made_of(opened(made.corpus), tokenizer, tmp_path)
    assert [part.language for part in parts] == ["en", "ko"]
    for part in parts:
        texts = [row for row in rows if row["language"] == part.language]
        starts = [0, *part.ends[:-1]]
        for row, start, end, size, source in zip(
            texts, starts, part.ends, part.text_bytes, part.sources, strict=True
        ):
            ids = part.tokens[start:end].tolist()
            assert ids[0] == tokenizer.bos_token_id
            assert ids[-1] == tokenizer.eos_token_id
            assert tokenizer.decode(ids[1:-1]) == row["text"]
            assert size == len(row["text"].encode())
            assert part.source_names[source] == row["source"]


def test_a_document_that_spells_out_a_special_token_does_not_end_there(tokenizer, tmp_path):
    text = "It writes <|end_of_text|> and <|eot_id|>."
    data = write_dataset(tmp_path / "data", {"train": [{"text": text, "language": "en"}]})
    (part,) = made_of(opened(data), tokenizer, tmp_path / "tokens")
    inside = part.tokens[1:-1].tolist()
    assert not set(inside) & set(tokenizer.all_special_ids)
    assert tokenizer.decode(inside) == text
    again = tokenizer("<|eot_id|>", add_special_tokens=False)["input_ids"]
    assert again == [tokenizer.convert_tokens_to_ids("<|eot_id|>")], "elsewhere they are special"


def test_files_that_are_there_are_not_made_again_and_another_tokenizer_has_its_own(
    tokenizer, made, tmp_path, monkeypatch
):
    first = made_of(opened(made.corpus), tokenizer, tmp_path)
    monkeypatch.setattr(token_files, "_tokenize_file", lambda *_: pytest.fail("made again"))
    again = made_of(opened(made.corpus), tokenizer, tmp_path)
    assert all((one.tokens == other.tokens).all() for one, other in zip(first, again, strict=True))
    before = tokenizer_hash(tokenizer)
    tokenizer.add_tokens(["봄에는"])
    assert tokenizer_hash(tokenizer) != before
    with pytest.raises(BaseException, match="made again"):
        made_of(opened(made.corpus), tokenizer, tmp_path)


def test_what_a_killed_run_left_half_is_made_again(tokenizer, made, tmp_path, monkeypatch):
    writer_add = token_files._Writer.add
    added = []

    def killed(self, *arguments):
        added.append(1)
        if len(added) > 20:
            raise KeyboardInterrupt
        writer_add(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(token_files._Writer, "add", killed)
        with pytest.raises(KeyboardInterrupt):
            made_of(opened(made.corpus), tokenizer, tmp_path)
    parts = made_of(opened(made.corpus), tokenizer, tmp_path)
    assert sum(len(part.ends) for part in parts) == 60
    assert not list(tmp_path.glob("*.tmp"))
    whole = made_of(opened(made.corpus), tokenizer, tmp_path / "other")
    assert all(
        np.array_equal(one.tokens, other.tokens) for one, other in zip(parts, whole, strict=True)
    )


def test_another_language_is_refused_unless_the_run_says_which_it_is(tokenizer, tmp_path):
    rows = [{"text": "Guten Tag", "language": "de"}]
    data = write_dataset(tmp_path / "data", {"train": rows})
    with pytest.raises(TrainingError, match="a row is in 'de'"):
        made_of(opened(data), tokenizer, tmp_path / "tokens")
    (part,) = made_of(opened(data, language="en"), tokenizer, tmp_path / "tokens")
    assert part.language == "en"
    assert part.source_names == ("tiny",)
