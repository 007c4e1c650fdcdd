"""Rows for new tokens: how they begin, and that the model is otherwise the same."""

import json
import shutil
from types import SimpleNamespace

import pytest
import torch
from click.testing import CliRunner
from safetensors.torch import load_file
from training_units import write_dataset, write_run
from vocabulary_units import (
    sample_texts,
    write_byte_level_base,
    write_corpus,
    write_korean_pieces,
    write_model,
    write_piece_base,
)

from bllossom_data.cli import main
from bllossom_data.errors import TrainingError
from bllossom_data.progress import no_progress
from training.planning import plan_run
from training.run_file import load_run
from training.running import train
from training.stages import with_new_rows
from training.vocabulary.byte_level import ByteLevelBase, pieces_of, read_merges
from training.vocabulary.rows import extended_rows

EMBEDDINGS, HEAD = "model.embed_tokens.weight", "lm_head.weight"


def bllossom(*arguments, code=0):
    result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exit_code == code, result.output
    return result.output if code else result.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("rows")
    base = write_byte_level_base(folder / "base")
    tokens = ByteLevelBase.read(base).first_new_id
    # Two rows of padding: new tokens take them, not what lies behind.
    write_model(base, tokens + 2)
    corpus = write_corpus(folder / "corpus")
    bllossom("vocab", "train", base, corpus, folder / "ko", "--tokens", 60, "--min-count", 3)
    told = json.loads(
        bllossom("vocab", "merge", base, folder / "ko", folder / "new", "--json", "--seed", 5)
    )
    return SimpleNamespace(
        folder=folder, base=base, corpus=corpus, new=folder / "new", tokens=tokens, told=told
    )


def weights(folder):
    return load_file(folder / "model.safetensors")


def test_new_rows_are_the_mean_of_what_their_text_was(made):
    old, new = weights(made.base), weights(made.new)
    first, rows = made.told["new_rows_from"], made.told["rows"]
    assert first == made.tokens
    assert rows % 64 == 0
    assert rows >= first + 60
    base = ByteLevelBase.read(made.base)
    merges = read_merges(made.folder / "ko", base)
    pieces = pieces_of(base, merges)
    for name in (EMBEDDINGS, HEAD):
        assert torch.equal(new[name][:first], old[name][:first])
        for number, parts in pieces.items():
            assert len(parts) > 1
            mean = torch.stack([old[name][one] for one in parts]).mean(dim=0)
            assert torch.allclose(new[name][number], mean, atol=1e-7)
    for name in old.keys() - {EMBEDDINGS, HEAD}:
        assert torch.equal(old[name], new[name])


def test_english_gets_the_same_logits(made):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    for text in sample_texts("en")[:5]:
        logits = []
        for folder in (made.base, made.new):
            ids = AutoTokenizer.from_pretrained(folder)(text[:400], return_tensors="pt")
            with torch.no_grad():
                model = AutoModelForCausalLM.from_pretrained(folder)
                logits.append(model(**ids).logits[..., : made.tokens])
        assert torch.allclose(*logits, atol=1e-6)


def test_drawn_rows_have_mean_and_covariance_of_the_old_ones():
    generator = torch.Generator().manual_seed(1)
    mixing = torch.randn(6, 6, generator=generator)
    old = torch.randn(500, 6, generator=generator) @ mixing + 3
    pieces = {number: [0] for number in range(500, 40_500)}
    arguments = (old, range(500), pieces, 40_500, "normal")
    new = extended_rows(*arguments, torch.Generator().manual_seed(2))
    assert torch.equal(new[:500], old)
    drawn = new[500:]
    spread = old.std(dim=0)
    assert ((drawn.mean(dim=0) - old.mean(dim=0)).abs() < 0.03 * spread).all()
    ratio = torch.linalg.norm(drawn.T.cov() - old.T.cov()) / torch.linalg.norm(old.T.cov())
    assert ratio < 0.05
    assert torch.equal(new, extended_rows(*arguments, torch.Generator().manual_seed(2)))


def test_tied_embeddings_stay_tied(made, tmp_path):
    from transformers import AutoModelForCausalLM

    base = write_byte_level_base(tmp_path / "base")
    write_model(base, made.tokens, tie_word_embeddings=True)
    bllossom("vocab", "merge", base, made.folder / "ko", tmp_path / "new")
    assert HEAD not in weights(tmp_path / "new")
    model = AutoModelForCausalLM.from_pretrained(tmp_path / "new")
    assert model.lm_head.weight is model.model.embed_tokens.weight


def run_of_new_rows(path, corpus, model, more=""):
    fields = {"weight_decay": 0.1, "max_length": 32}
    run = write_run(path, "pretrain", corpus, "", model=model, more=more, trainer=fields)
    stage = '[[stages]]\nname = "rows"\nmax_steps = 4\ntrainable = ["new-input-rows", "new-output-rows"]\n'
    text = run.read_text().replace("max_steps = 4\n", "")
    run.write_text(text.replace("[trainer]", f"{stage}[trainer]"))
    return run


def test_old_rows_stay_bit_equal_while_new_ones_are_trained(made, tmp_path):
    """The extended model goes into a run file as it is; weight decay is on."""
    run = run_of_new_rows(tmp_path / "rows.toml", made.corpus, made.new)
    finished = train(load_run(run, {}), tmp_path / "runs", no_progress())
    before, after = weights(made.new), weights(finished.model)
    first, end = made.told["new_rows_from"], made.told["tokens"]
    for name in (EMBEDDINGS, HEAD):
        assert torch.equal(before[name][:first], after[name][:first])
        assert not torch.equal(before[name][first:end], after[name][first:end])


def test_where_new_rows_begin_is_read_from_beside_the_model(made, tmp_path):
    run = load_run(run_of_new_rows(tmp_path / "a.toml", made.corpus, made.new), {})
    assert with_new_rows(run).new_rows_from == made.told["new_rows_from"]
    elsewhere = load_run(
        run_of_new_rows(tmp_path / "b.toml", made.corpus, made.base, "new_rows_from = 7"), {}
    )
    assert with_new_rows(elsewhere).new_rows_from == 7


@pytest.mark.parametrize(
    ("extension", "more", "words"),
    [
        (None, "", r"extension\.json: nothing says where new rows begin; set `new_rows_from`"),
        ("{}", "", r"extension\.json: does not say where new rows begin"),
        ("{", "", r"extension\.json: does not say where new rows begin"),
        ('{"new_rows_from": 9}', "new_rows_from = 7", r"= 7, but .*extension\.json says 9"),
    ],
)
def test_new_rows_that_are_nowhere_or_contradict_are_refused(
    made, tmp_path, extension, more, words
):
    model = tmp_path / "model"
    shutil.copytree(made.base, model)
    if extension is not None:
        (model / "extension.json").write_text(extension)
    run = load_run(run_of_new_rows(tmp_path / "a.toml", made.corpus, model, more), {})
    with pytest.raises(TrainingError, match=words):
        train(run, tmp_path / "runs", no_progress())
    with pytest.raises(TrainingError, match=words):
        plan_run(run, tmp_path / "runs", "H100", 1, "ddp", no_progress())
    assert not (tmp_path / "runs" / "tokens").exists()


def test_a_model_that_is_not_the_tokenizers_is_refused_and_nothing_is_left(made, tmp_path):
    base = write_byte_level_base(tmp_path / "base")
    write_model(base, made.tokens - 10)
    target = tmp_path / "new"
    output = bllossom("vocab", "merge", base, made.folder / "ko", target, code=1)
    assert "give the tokenizer that belongs to the model" in output
    assert [path.name for path in tmp_path.iterdir()] == ["base"]
    bllossom("vocab", "merge", base, made.folder / "ko", target, "--tokenizer-only")
    assert not (target / "model.safetensors").exists()
    output = bllossom("vocab", "merge", base, made.folder / "ko", target, code=1)
    assert "is there already" in output


def test_focus_makes_rows_of_old_ones_that_are_used_alike(made, tmp_path):
    merge = ("vocab", "merge", made.base, made.folder / "ko")
    focus = ("--initialise", "focus", "--corpus", made.corpus)
    bllossom(*merge, tmp_path / "new", *focus)
    bllossom(*merge, tmp_path / "again", *focus)
    old, new, means = weights(made.base), weights(tmp_path / "new"), weights(made.new)
    again = weights(tmp_path / "again")
    first = made.tokens
    for name in (EMBEDDINGS, HEAD):
        assert torch.equal(new[name], again[name])
        assert torch.equal(new[name][:first], old[name][:first])
        rows = new[name][first : first + 60]
        others = (rows - means[name][first : first + 60]).abs().amax(dim=1) > 1e-6
        assert others.sum() > 10
        # A mean weighted by shares never lies outside of what it is made of.
        assert (rows <= old[name].max(dim=0).values + 1e-6).all()
        assert (rows >= old[name].min(dim=0).values - 1e-6).all()
    told = json.loads((tmp_path / "new" / "extension.json").read_text())
    assert told["rows_made"]["initialisation"] == "focus"
    assert len(told["corpus"]["sha256"]) == 64


def test_focus_says_what_it_needs_and_leaves_nothing(made, tmp_path):
    merge = ("vocab", "merge", made.base, made.folder / "ko", tmp_path / "new")
    output = bllossom(*merge, "--initialise", "focus", code=1)
    assert "give a built corpus with --corpus" in output
    focus = ("--initialise", "focus", "--corpus", made.corpus, "--share", "0.001")
    output = bllossom(*merge, *focus, code=1)
    assert "too small for FOCUS" in output
    assert "--share" in output
    assert not list(tmp_path.iterdir())


def test_focus_extends_a_sentencepiece_model_too(tmp_path):
    base = write_piece_base(tmp_path / "base")
    write_model(base, 1500)
    rows = [{"text": text, "language": "ko"} for text in sample_texts("ko") * 5]
    corpus = write_dataset(tmp_path / "corpus", {"train": rows})
    donor = write_korean_pieces(tmp_path / "ko.model", 1800)
    options = ("--initialise", "focus", "--corpus", corpus, "--json")
    told = json.loads(bllossom("vocab", "merge", base, donor, tmp_path / "new", *options))
    old, new = weights(base), weights(tmp_path / "new")
    assert torch.equal(new[EMBEDDINGS][:1500], old[EMBEDDINGS])
    assert torch.isfinite(new[EMBEDDINGS]).all()
    assert told["new_rows_from"] == 1500
