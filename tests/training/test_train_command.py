"""`bllossom train` with several run files."""

import json
import shlex
import shutil
import weakref
from pathlib import Path

import pytest
from click.testing import CliRunner
from training_units import documents, make_tokenizer, write_dataset, write_run

from bllossom_data.cli import main

ROOT = Path(__file__).parents[2]


@pytest.fixture
def chain(made, tmp_path):
    """A pretraining run, and an SFT run that begins from what it makes."""
    first = write_run(tmp_path / "first.toml", "pretrain", made.corpus, made.tokenizer)
    second = write_run(
        tmp_path / "second.toml",
        "sft",
        made.chat,
        made.tokenizer,
        model=tmp_path / "runs" / "first" / "final",
    )
    return first, second


def bllossom_train(chain, root, *more):
    return CliRunner().invoke(main, ["train", *map(str, chain), "--root", str(root), *more])


def test_a_run_begins_from_what_the_one_before_it_made(chain, tmp_path, monkeypatch):
    from training import running

    models = []
    load = running.load_model

    def watched(run, place=None, **more):
        assert all(one() is None for one in models), "a finished run holds no memory"
        model = load(run, place, **more)
        models.append(weakref.ref(model))
        return model

    monkeypatch.setattr(running, "load_model", watched)
    result = bllossom_train(chain, tmp_path / "runs")
    assert result.exit_code == 0, result.output
    assert len(models) == 2
    assert [line for line in result.stdout.splitlines() if "steps; " in line] == [
        f"4 steps; the model and its card: {tmp_path / 'runs' / name / 'final'}"
        for name in ("first", "second")
    ]
    lineage = json.loads((tmp_path / "runs" / "second" / "final" / "lineage.json").read_text())
    assert lineage["datasets"][0]["name"] == "tiny"


def test_a_mistake_in_a_later_file_is_told_before_anything_is_trained(chain, tmp_path):
    second = chain[1]
    second.write_text(second.read_text().replace("learning_rate", "learning_rat"))
    result = bllossom_train(chain, tmp_path / "runs")
    assert result.exit_code == 1
    assert "did you mean `learning_rate`" in result.output
    assert not (tmp_path / "runs" / "first").exists()


@pytest.mark.parametrize("option", [["--plan"], ["--until", "rows"]])
def test_what_is_of_one_run_is_refused_for_several(option, chain, tmp_path):
    result = bllossom_train(chain, tmp_path / "runs", *option)
    assert result.exit_code == 2
    assert "give one run file" in result.output


def test_the_plan_of_the_readme_runs_as_it_stands_there(tmp_path, monkeypatch):
    text = (ROOT / "README.md").read_text("utf-8")
    written = next(
        line for line in text.splitlines() if line.startswith("bllossom train") and "--plan" in line
    )
    # What `make demo-training` leaves in the folder where the command is run.
    make_tokenizer(tmp_path / "build" / "tokenizer")
    build = tmp_path / "build" / "demo" / "2026.11.0-dev" / "final"
    write_dataset(build, {"train": documents(), "validation": documents(8)}, "demo")
    shutil.copytree(ROOT / "training" / "runs", tmp_path / "training" / "runs")
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, shlex.split(written, comments=True)[1:])
    assert result.exit_code == 0, result.output
    assert "demo-pretrain on 1 x H100" in result.stdout
    assert ": fits" in result.stdout
