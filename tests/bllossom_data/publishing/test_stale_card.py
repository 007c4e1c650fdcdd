"""A card or a manifest in which one number was changed is not published, and the number is named."""

import json
from pathlib import Path

import pytest
from card_units import (
    COMMAND,
    PREFERENCE,
    PRETRAINING,
    PROSE,
    instruction_recipe,
    preference_recipe,
    pretraining_recipe,
)
from click.testing import CliRunner
from hub_units import write_release

from bllossom_data.cli import main
from bllossom_data.errors import PublishingError
from bllossom_data.manifest import read_manifest
from bllossom_data.publishing.card import card_of, prose_numbers
from bllossom_data.publishing.checks import publishing_problems
from bllossom_data.publishing.prose import card_prose, prose_problems, release_warnings, split_prose
from bllossom_data.publishing.stale import card_problems
from bllossom_data.recipe_loading import load_recipe

CARDS = Path(__file__).parents[3] / "data_cards"


KINDS = {
    "pretraining": (pretraining_recipe(), PRETRAINING, 90),
    "preference": (preference_recipe(), PREFERENCE, 40),
}


def write_card(folder, recipe, manifest):
    """A card, its recipe's path and its folder."""
    path = folder / "test.toml"
    path.write_text("", encoding="utf-8")
    path.with_suffix(".md").write_text(PROSE, encoding="utf-8")
    final = folder / "final"
    for name, text in card_of(recipe, manifest, PROSE, COMMAND).files().items():
        (final / name).parent.mkdir(parents=True, exist_ok=True)
        (final / name).write_text(text, encoding="utf-8")
    return path, final


@pytest.fixture
def written(tmp_path):
    return write_card(tmp_path, pretraining_recipe(), PRETRAINING)


def problems(written, manifest=PRETRAINING):
    path, final = written
    return card_problems(pretraining_recipe(), path, manifest, final)


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert text.count(old) >= 1
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_card_as_it_was_made_has_no_problem(written):
    assert problems(written) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_number_of_every_table_is_held_to_the_manifest(tmp_path, kind):
    """Each number of the card, changed by itself, is found and named."""
    recipe, manifest, least = KINDS[kind]
    path, final = write_card(tmp_path, recipe, manifest)
    assert card_problems(recipe, path, manifest, final) == []
    readme = final / "README.md"
    original = readme.read_text(encoding="utf-8")
    lines = original.splitlines()
    cells = [
        (number, cell.strip())
        for number, line in enumerate(lines)
        if line.startswith("|")
        for cell in line.strip("|").split("|")
        if cell.strip().replace(",", "").isdigit()
    ]
    assert len(cells) > least
    for number, cell in cells:
        wrong = f"{int(cell.replace(',', '')) + 1:,}"
        changed = [*lines]
        changed[number] = changed[number].replace(f"| {cell} |", f"| {wrong} |", 1)
        readme.write_text("\n".join(changed) + "\n", encoding="utf-8")
        (problem,) = card_problems(recipe, path, manifest, final)
        assert f"line {number + 1}: says {wrong} where the manifest has {cell}" in problem
        assert problem.endswith("build it again")


def test_a_number_in_a_sentence_is_held_to_the_manifest_too(written):
    edit(written[1] / "README.md", "출처는 2곳입니다.", "출처는 3곳입니다.")
    (problem,) = problems(written)
    assert "says 3 where the manifest has 2 ('출처는 3곳입니다.')" in problem


def test_the_header_counts_too(written):
    edit(written[1] / "README.md", "- 1K<n<10K", "- 10K<n<100K")
    said = "says 10 where the manifest has 1, 100 where the manifest has 10 ('- 10K<n<100K')"
    assert said in problems(written)[0]


def test_a_plot_of_other_numbers_is_found(written):
    edit(written[1] / "plots" / "steps.ko.svg", "2,207", "2,208")
    (problem,) = problems(written)
    assert "steps.ko.svg: was drawn from other numbers than the manifest has" in problem
    (written[1] / "plots" / "steps.ko.svg").unlink()
    assert "steps.ko.svg: is missing; remove" in problems(written)[0]


def test_lines_that_came_went_or_say_something_else_are_shown(written):
    readme = written[1] / "README.md"
    edit(readme, "Small.\n", "Small, and complete.\nNot really.\n")
    found = problems(written)
    assert "says 'Small, and complete.', where the manifest and" in found[0]
    assert "says what neither the manifest nor" in found[1]
    readme.write_text("# empty\n", encoding="utf-8")
    assert "more lines are not those of the manifest" in problems(written)[-1]


def test_prose_that_changed_after_the_build_is_found(written):
    path, _ = written
    edit(path.with_suffix(".md"), "Small.", "Very small.")
    (problem,) = problems(written)
    assert "says 'Small.', where the manifest and" in problem
    assert "give 'Very small.'; remove" in problem


def test_a_manifest_in_which_a_number_was_changed_is_refused_with_the_number(tmp_path):
    made = write_release(tmp_path, [[{"id": "0" * 32, "text": "글", "source": "web"}] * 30])
    recipe = load_recipe(made.recipe, {})
    assert publishing_problems(recipe, made.recipe, made.final) == []
    path = made.final / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["counts"]["splits"]["train"]["documents"] = 31
    path.write_text(json.dumps(manifest), encoding="utf-8")
    found = publishing_problems(recipe, made.recipe, made.final)
    assert (
        f"{made.final}: default/train has 30 rows, and the manifest says 31; remove the folder and build it again"
        in found
    )
    assert any("says 30 where the manifest has 31 ('| train | 30 |')" in one for one in found)
    assert any("says 30 where the manifest has 31 ('| 학습 | 30 |')" in one for one in found)


def test_what_to_do_depends_on_what_changed_the_card_or_its_prose(tmp_path):
    made = write_release(tmp_path, [])
    recipe, prose = load_recipe(made.recipe, {}), made.recipe.with_suffix(".md")
    edit(prose, "Made up.", "Invented.")
    manifest = read_manifest(made.final)
    (problem,) = card_problems(recipe, made.recipe, manifest, made.final)
    assert problem.endswith("take that back, or give the recipe the next version and build it")
    edit(prose, "Invented.", "Made up.")
    edit(made.final / "README.md", "Made up.", "Invented.")
    (problem,) = card_problems(recipe, made.recipe, manifest, made.final)
    assert problem.endswith(f"remove {made.final} and build it again")


def test_a_count_that_is_missing_is_named(tmp_path):
    made = write_release(tmp_path, [[{"id": "0" * 32, "text": "글", "source": "web"}]])
    path = made.final / "manifest.json"
    manifest = json.loads(path.read_text(encoding="utf-8"))
    manifest["counts"]["ingest"] = {"web": {"documents": 1}}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    found = card_problems(
        load_recipe(made.recipe, {}), made.recipe, read_manifest(made.final), made.final
    )
    assert any("manifest.json: counts no 'bytes'; build it with" in one for one in found)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<!-- ko -->\n", "", "has no line `<!-- ko -->`"),
        ("## Limits", "## Uses", "says no limits in English"),
        ("## 한계", "## 쓰임", "says no limits in Korean"),
    ],
)
def test_prose_that_lacks_something_is_told(old, new, message):
    assert prose_problems(PROSE) == []
    assert message in " ".join(prose_problems(PROSE.replace(old, new)))


def test_prose_of_one_language_alone_is_told():
    assert prose_problems("## Limits\n\n<!-- ko -->\n\n## Limits\n\nNo Korean.\n") == [
        "says no limits in Korean; write what is known under `## 한계`",
        "has no Korean below `<!-- ko -->`",
    ]


def test_a_number_that_nobody_counts_is_told_before_the_build(tmp_path):
    recipe = tmp_path / "test.toml"
    recipe.with_suffix(".md").write_text("# T\n\n${documents} of ${dokuments}\n", encoding="utf-8")
    with pytest.raises(PublishingError, match=r"test.md, line 3: \$\{dokuments\} is no number"):
        card_prose(recipe, "T", ("documents",))
    recipe.with_suffix(".md").write_bytes("# 글".encode("euc-kr"))
    with pytest.raises(PublishingError, match="it is Markdown in UTF-8"):
        card_prose(recipe, "T", ())


def test_the_marker_of_korean_divides_once():
    prose = split_prose("a ${n}\n<!-- ko -->\n가 ${n}\n<!-- ko -->\n나", {"n": 1_000})
    assert (prose.en, prose.ko) == ("a 1,000", "가 1,000\n<!-- ko -->\n나")


def test_the_numbers_that_prose_may_name_are_documented():
    text = (CARDS / "README.md").read_text(encoding="utf-8")
    for recipe in (pretraining_recipe(), instruction_recipe(), preference_recipe()):
        row = ", ".join(f"`${{{name}}}`" for name in prose_numbers(recipe))
        assert f"| {recipe.dataset.kind} | {row} |" in text


@pytest.mark.parametrize(
    "path", sorted(one for one in CARDS.glob("*.toml") if not one.name.endswith(".lock.toml"))
)
def test_the_prose_of_every_shipped_card_is_whole(path):
    prose = path.with_suffix(".md").read_text(encoding="utf-8")
    assert prose_problems(prose) == []


def test_a_release_is_warned_of_its_card_while_it_can_be_mended(tmp_path):
    recipe = tmp_path / "test.toml"
    (warning,) = release_warnings("2026.11.0", recipe)
    assert "test.md: is missing; 2026.11.0 is a release and never changes" in warning
    recipe.with_suffix(".md").write_text(PROSE.replace("## 한계", "## 쓰임"), encoding="utf-8")
    (warning,) = release_warnings("2026.11.0", recipe)
    assert "says no limits in Korean" in warning
    assert release_warnings("2026.11.0-dev", recipe) == []
    recipe.with_suffix(".md").write_text(PROSE, encoding="utf-8")
    assert release_warnings("2026.11.0", recipe) == []


def test_the_build_itself_warns_before_its_work(tmp_path):
    made = write_release(tmp_path, [])
    made.recipe.with_suffix(".md").unlink()
    made.recipe.write_text(made.recipe.read_text().replace('path = "."', 'path = "gone.txt"'))
    done = CliRunner().invoke(main, ["build", str(made.recipe), "--root", str(tmp_path / "other")])
    assert "tiny.md: is missing; 2026.11.0 is a release and never changes" in done.stderr
