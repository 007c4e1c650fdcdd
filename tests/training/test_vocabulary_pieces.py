"""Merging SentencePiece models: the published way and its defects, and the repaired way."""

import json
from types import SimpleNamespace

import pytest
from click.testing import CliRunner
from vocabulary_units import (
    sample_texts,
    write_corpus,
    write_korean_pieces,
    write_model,
    write_piece_base,
)

from bllossom_data.cli import main
from training.vocabulary.sentence_pieces import PieceBase, segments

BASE_PIECES, DONOR_PIECES = 1500, 2500


def bllossom(*arguments, code=0):
    result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exit_code == code, result.output
    return result.output if code else result.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pieces")
    base = write_piece_base(folder / "base")
    write_model(base, BASE_PIECES)
    donor = write_korean_pieces(folder / "donor.model", DONOR_PIECES)
    told = {}
    for preset in ("paper", "repaired"):
        arguments = ["vocab", "merge", base, donor, folder / preset, "--preset", preset, "--json"]
        told[preset] = json.loads(bllossom(*arguments))
    corpus = write_corpus(folder / "corpus")
    return SimpleNamespace(folder=folder, base=base, donor=donor, corpus=corpus, told=told)


def pieces(path):
    import sentencepiece

    model = sentencepiece.SentencePieceProcessor(model_file=str(path))
    return [model.id_to_piece(number) for number in range(len(model))]


def audited(made, preset, *more, code=0):
    arguments = ["vocab", "audit", made.base, made.folder / preset, made.corpus, *more]
    return bllossom(*arguments, code=code)


def test_the_published_merge_is_the_union(made):
    """As 32,000 and 8,002 pieces with 524 in both are 39,478."""
    base, donor = pieces(made.base / "tokenizer.model"), pieces(made.donor)
    shared = len(set(base) & set(donor))
    assert shared > 0
    merged = pieces(made.folder / "paper" / "tokenizer.model")
    assert merged[:BASE_PIECES] == base
    assert len(merged) == BASE_PIECES + DONOR_PIECES - shared == len(set(base) | set(donor))
    assert made.told["paper"]["tokens"] == len(merged)
    proto = PieceBase.read(made.folder / "paper").proto
    assert {one.score for one in proto.pieces[BASE_PIECES:]} == {0.0}
    assert [one.score for one in proto.pieces[:BASE_PIECES]] == [
        one.score for one in PieceBase.read(made.base).proto.pieces
    ]


def test_the_published_merge_has_dead_pieces_and_the_audit_says_so(made):
    found = json.loads(audited(made, "paper", "--json"))
    assert len(found["unreachable"]) > 20
    assert "cannot be reached" in audited(made, "paper", "--strict", code=1)


def test_the_repaired_merge_reaches_every_piece_and_leaves_english(made):
    found = json.loads(audited(made, "repaired", "--json", "--strict"))
    assert found["unreachable"] == []
    assert found["languages"]["en"]["changed_without_hangul"] == 0
    assert found["moved"] == 0
    assert found["languages"]["ko"]["context_gain"] > 1.3
    wanted = {
        piece
        for piece in pieces(made.donor)
        if piece.strip("▁") and all("가" <= letter <= "힣" for letter in piece.removeprefix("▁"))
    }
    assert wanted <= set(pieces(made.folder / "repaired" / "tokenizer.model"))


def test_transformers_cuts_as_sentencepiece_does(made):
    """Training takes tokenizer.json, which transformers makes of the model's scores."""
    from transformers import AutoTokenizer

    folder = made.folder / "repaired"
    fast, processor = AutoTokenizer.from_pretrained(folder), PieceBase.read(folder).processor()
    assert len(fast) == made.told["repaired"]["tokens"]
    lines = [
        line
        for text in sample_texts("ko") + sample_texts("en")
        for line in text.splitlines()
        if line.strip()
    ]
    differ = [
        line
        for line in lines
        if fast(line, add_special_tokens=False)["input_ids"] != processor.encode(line)
    ]
    assert differ == []


def test_segments_are_those_of_sentencepiece(made):
    base = PieceBase.read(made.folder / "repaired")
    scores = {one.piece: one.score for one in base.proto.pieces if one.type == 1}
    processor = base.processor(without_prefix=True)
    for text in sample_texts("ko")[:10]:
        for word in text.split():
            if all("가" <= letter <= "힣" and letter in scores for letter in word):
                assert segments(word, scores) == processor.encode(word, out_type=str)


@pytest.mark.parametrize("preset", ["paper", "repaired"])
def test_the_model_gets_a_row_for_every_piece(made, preset):
    import torch
    from safetensors.torch import load_file

    old = load_file(made.base / "model.safetensors")["model.embed_tokens.weight"]
    new = load_file(made.folder / preset / "model.safetensors")["model.embed_tokens.weight"]
    assert torch.equal(new[:BASE_PIECES], old)
    told = made.told[preset]
    assert len(new) == told["rows"] == -(-told["tokens"] // 64) * 64
    base = PieceBase.read(made.base)
    processor = base.processor(without_prefix=True)
    added = pieces(made.folder / preset / "tokenizer.model")[BASE_PIECES:]
    for number, piece in enumerate(added[:200], start=BASE_PIECES):
        parts = processor.encode(piece.replace("▁", " "))
        assert torch.allclose(new[number], old[parts].mean(dim=0), atol=1e-7)


def test_mistakes_get_a_message(made, tmp_path):
    broken = tmp_path / "broken.model"
    broken.write_bytes(b"\x07nothing")
    output = bllossom("vocab", "merge", made.base, broken, tmp_path / "new", code=1)
    assert "not a SentencePiece model" in output
    again = ["vocab", "merge", made.folder / "repaired", made.donor, tmp_path / "new"]
    assert "nothing to merge" in bllossom(*again, code=1)
    config = json.loads((made.base / "tokenizer_config.json").read_text())
    other = write_piece_base(tmp_path / "other")
    config["added_tokens_decoder"] = {str(BASE_PIECES): {"content": "<pad>"}}
    (other / "tokenizer_config.json").write_text(json.dumps(config))
    output = bllossom("vocab", "merge", other, made.donor, tmp_path / "new", code=1)
    assert "<pad> lies behind the pieces" in output
    assert not (tmp_path / "new").exists()
