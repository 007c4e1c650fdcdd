"""`bllossom build` of a preference recipe: rows for TRL, card and manifest, from the page's own files."""

import json
from pathlib import Path

import mlcroissant
import pytest
from click.testing import CliRunner
from datasets import load_dataset
from fakes.hub_server import HubServer
from hub_units import REPOSITORY, bllossom, environment
from huggingface_hub import DatasetCard
from judged_pairs import judged

from bllossom_data.cli import main
from bllossom_data.manifest import read_manifest, verify_manifest
from bllossom_data.publishing.checks import publishing_problems
from bllossom_data.publishing.croissant import CROISSANT
from bllossom_data.recipe_loading import load_recipe

CARDS = Path(__file__).parents[2] / "data_cards"
VERSION = "2026.11.0-dev"
RECIPE = """
[dataset]
name = "preferred"
version = "{version}"
kind = "preference"
license = "cc0-1.0"
pretty_name = "선호"
languages = ["ko"]

[[sources]]
name = "corrected"
recipe = "{demo}"
license = "cc0-1.0"

[[sources]]
name = "judged"
judgements = "judgements.jsonl"
license = "cc0-1.0"
"""

PROSE = """# Preferred

${preferences} rows: ${corrections} corrections and ${judged_pairs} judged pairs.

## Limits

Few.

<!-- ko -->

# 고른 답

모두 ${preferences}행입니다.

## 한계

적습니다.
"""


def run(*arguments: object, code: int = 0) -> str:
    result = CliRunner().invoke(main, [str(one) for one in arguments])
    assert result.exit_code == code, result.output
    return result.output


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("preferences") / "build"
    run("build", CARDS / "demo-instructions.toml", "--root", root)
    return root


def recipe(folder: Path, *lines: object, version: str = VERSION) -> Path:
    path = folder / "preferred.toml"
    text = RECIPE.format(demo=CARDS / "demo-instructions.toml", version=version)
    path.write_text(text, encoding="utf-8")
    (folder / "preferred.md").write_text(PROSE, "utf-8")
    written = [
        one if isinstance(one, str) else json.dumps(one, ensure_ascii=False) for one in lines
    ]
    (folder / "judgements.jsonl").write_text("\n".join(written) + "\n", encoding="utf-8")
    return path


def test_corrections_and_judgements_become_a_dataset_that_trl_reads(root, tmp_path):
    path = recipe(tmp_path, judged(1), judged(2, verdict="tie"), judged(3, verdict="second"))
    said = run("build", path, "--root", root)
    assert "judged" in said
    final = root / "preferred" / VERSION / "final"
    assert verify_manifest(final) == []
    rows = load_dataset(str(final), split="train").to_list()
    origins = [row["origin"] for row in rows]
    assert origins.count("judgement") == 1
    assert origins.count("review") > 3
    one = next(row for row in rows if row["id"] == "judged-q1")
    assert one["chosen"] == [{"role": "assistant", "content": "배추를 절입니다. (1)"}]
    assert one["rejected"] == [{"role": "assistant", "content": "잘 모르겠습니다. (1)"}]
    assert (one["chosen_by"], one["chosen_system"], one["category"]) == (
        ["person-2"],
        "bllossom",
        "food",
    )
    for row in rows:
        assert row["prompt"][-1]["role"] == "user"
        assert row["chosen"] != row["rejected"]
    manifest = read_manifest(final)
    assert manifest.counts["sources"]["judged"] == {
        "compared": 3,
        "preferences": 1,
        "quarantined": 0,
        "read": 3,
    }
    assert manifest.counts["without"]["judged"] == {"better answer not acceptable": 1, "tie": 1}
    card = DatasetCard.load(final / "README.md")
    assert card.data.configs[0]["config_name"] == "default"
    assert "| judged | The better one is not acceptable | 1 |" in card.text
    assert "| judged | 나은 쪽도 쓸 수 없음 | 1 |" in card.text
    assert f"{len(rows)} rows: {len(rows) - 1} corrections and 1 judged pairs." in card.text
    assert "kim" not in card.text
    assert "bllossom build demo-instructions.toml\nbllossom build preferred.toml\n" in card.text


def test_trl_takes_the_rows_as_they_are(root, tmp_path):
    pytest.importorskip("trl")
    from trl import is_conversational

    run("build", recipe(tmp_path, judged(1)), "--root", root)
    rows = load_dataset(str(root / "preferred" / VERSION / "final"), split="train")
    assert {"prompt", "chosen", "rejected"} <= set(rows.column_names)
    assert is_conversational(rows[0])


def test_the_same_build_twice_gives_the_same_bytes_and_another_judgement_another_build(
    root, tmp_path
):
    path = recipe(tmp_path, judged(1), judged(2))
    run("build", path, "--root", root)
    manifest = root / "preferred" / VERSION / "final" / "manifest.json"
    first = manifest.read_bytes()
    run("build", path, "--root", root)
    assert manifest.read_bytes() == first
    recipe(tmp_path, judged(1))
    run("build", path, "--root", root)
    assert manifest.read_bytes() != first


def test_a_line_that_is_no_judgement_is_kept_aside_and_told(root, tmp_path):
    broken = judged(2)
    del broken["verdict"]
    other = judged(1, second="다른 답입니다.")
    lines = judged(1), broken, "{oops", judged(3, prompt=[]), other, judged(1, judge="lee")
    run("build", recipe(tmp_path, *lines), "--root", root)
    folder = root / "preferred" / VERSION
    lines = (folder / "collect" / "quarantine" / "judged.jsonl").read_text("utf-8").splitlines()
    assert [json.loads(line)["line"] for line in lines] == [2, 3, 4, 5]
    for line, told in zip(
        lines, ("verdict", "JSON", "prompt", "'q1' is another pair"), strict=True
    ):
        assert told in line
    counts = read_manifest(folder / "final").counts["sources"]["judged"]
    assert counts == {"compared": 1, "preferences": 1, "quarantined": 4, "read": 2}


@pytest.fixture
def release(root, tmp_path) -> tuple[Path, Path]:
    """The recipe and the folder of a release of two judged pairs and the sample's corrections."""
    lines = judged(1), judged(1, judge="lee"), judged(1, judge="park", verdict="tie"), judged(2)
    path = recipe(tmp_path, *lines, version="2026.11.0")
    target = tmp_path / "build"
    run("build", CARDS / "demo-instructions.toml", "--root", target)
    run("build", path, "--root", target)
    return path, target / "preferred" / "2026.11.0" / "final"


def problems_of(release: tuple[Path, Path]) -> list[str]:
    path, final = release
    return publishing_problems(load_recipe(path, {}), path, final)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_release_of_preferences_may_be_published_and_machines_read_it(release):
    assert problems_of(release) == []
    _, final = release
    described = mlcroissant.Dataset(jsonld=final / CROISSANT)
    assert described.metadata.ctx.issues.errors == set()
    rows = [one["default/train/id"].decode() for one in described.records("default/train")]
    assert len(rows) == read_manifest(final).counts["rows"]["default"]["train"]
    assert {"judged-q1", "judged-q2"} <= set(rows)


def test_a_dry_run_of_publishing_says_what_would_be_uploaded(release, tmp_path):
    path, final = release
    with HubServer(tmp_path / "hub") as hub:
        done = bllossom(
            environment(hub, tmp_path / "home"),
            *("publish", path, "--root", final.parents[2], "--repo", REPOSITORY, "--dry-run"),
        )
    assert done.returncode == 0, done.stderr
    rows = read_manifest(final).counts["rows"]["default"]["train"]
    assert f"default/train: {rows} rows added" in done.stdout
    plots = [f"plots/{name}.{one}.svg" for name in ("outcomes", "rows") for one in ("en", "ko")]
    for name in ("README.md", CROISSANT, "data/train.parquet", "manifest.json", *plots):
        assert f"upload {name} (" in done.stdout
    assert hub.repositories == {}


def test_a_card_of_preferences_with_another_number_is_named_and_refused(release):
    _, final = release
    edit(final / "README.md", "two people or more judged: 1.", "two people or more judged: 2.")
    told = " ".join(problems_of(release))
    assert "says 2 where the manifest has 1 ('Pairs that two people or more judged: 2." in told


def test_a_manifest_of_preferences_with_another_number_is_named_and_refused(release):
    _, final = release
    edit(final / "manifest.json", '"judgement": 2', '"judgement": 3')
    told = problems_of(release)
    assert any("where the manifest has" in one and "README.md, line" in one for one in told)
    assert any("rows.en.svg: was drawn from other numbers" in one for one in told)


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'judgements = "judgements.jsonl"\n',
            'judgements = "judgements.jsonl"\nsplit = "test"\n',
            'sources.judged.split was not there and is "test"',
        ),
        (
            '[[sources]]\nname = "corrected"',
            '[prefer]\nmin_changed_ratio = 0.5\n\n[[sources]]\nname = "corrected"',
            "prefer.min_changed_ratio was not there and is 0.5",
        ),
        ('"선호"', '"고른 답"', 'dataset.pretty_name was "선호" and is "고른 답"'),
    ],
)
def test_a_recipe_of_preferences_that_went_on_after_the_build_is_noticed(release, old, new, told):
    edit(release[0], old, new)
    found = [one for one in problems_of(release) if "since" in one]
    assert len(found) == 1
    assert told in found[0]


def test_a_reviewed_recipe_that_is_gone_is_told(release):
    path, _ = release
    edit(path, str(CARDS / "demo-instructions.toml"), str(path.parent / "gone.toml"))
    assert any("gone.toml: cannot be read" in one for one in problems_of(release))


def test_reviews_of_a_dataset_that_is_not_built_are_asked_to_be_built(tmp_path):
    said = run("build", recipe(tmp_path, judged(1)), "--root", tmp_path / "build", code=1)
    assert "there are no drafts yet; run `bllossom build" in said
    assert "demo-instructions.toml` first" in said


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (('judgements = "judgements.jsonl"', ""), "needs either `recipe` or `judgements`"),
        (('judgements = "judgements.jsonl"', 'judgements = "none.jsonl"'), "none.jsonl"),
        (("demo-instructions.toml", "demo.toml"), "makes no instruction data"),
    ],
)
def test_a_wrong_recipe_says_what_to_do(root, tmp_path, change, told):
    path = recipe(tmp_path, judged(1))
    path.write_text(path.read_text("utf-8").replace(*change), encoding="utf-8")
    said = run("build", path, "--root", root, code=1)
    assert told in said
    assert "Traceback" not in said


def test_nobody_preferred_anything(root, tmp_path):
    path = recipe(tmp_path, judged(1, verdict="tie"))
    text = path.read_text("utf-8").replace(
        '[[sources]]\nname = "corrected"',
        '[prefer]\nmin_changed_ratio = 1.0\n\n[[sources]]\nname = "corrected"',
    )
    path.write_text(text, encoding="utf-8")
    said = run("build", path, "--root", root, code=1)
    assert "judged: 1 read, tie 1); have answers corrected or pairs judged" in said


def test_the_sample_of_preferences_builds(root):
    said = run("build", CARDS / "demo-preferences.toml", "--root", root)
    assert "rows: train" in said
    run("status", CARDS / "demo-preferences.toml", "--root", root)
    said = run("review", "show", CARDS / "demo-preferences.toml", "--root", root, code=1)
    assert "makes preference data; this command is for instruction data" in said
