"""The documentation tells the truth: commands, keys, thresholds, files.

``UPDATE_DOCUMENTATION=1 pytest tests/test_documentation.py`` writes the tables of
data_cards/README.md again.
"""

import os
import re
import subprocess
from functools import partial
from pathlib import Path

import click
import pytest

from bllossom_data.cli import main
from bllossom_data.corpus.rules import PROFILES, RULES
from bllossom_data.recipe_loading import load_recipe
from bllossom_data.recipe_reference import recipe_keys

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
RECIPES = ROOT / "data_cards" / "README.md"


def row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def keys_table(kind: str = "pretraining") -> str:
    lines = [row("key", "type", "default", "what it says"), "|---|---|---|---|"]
    lines += [
        row(f"`{key.path}`", key.type, f"`{key.default}`", key.description)
        for key in recipe_keys(kind)
    ]
    return "\n".join(lines)


def thresholds_table() -> str:
    lines = [row("threshold", "ko", "en", "reason", "signal"), "|---|---|---|---|---|"]
    profile = PROFILES["fineweb2"]
    for rule in RULES:
        values = (profile[language].get(rule.threshold) for language in ("ko", "en"))
        shown = ("off" if value is None else f"{value:g}" for value in values)
        lines.append(
            row(
                f"`{rule.threshold}`",
                *shown,
                f"`{rule.reason}`",
                f"`{rule.signal}`: {rule.description} · {rule.description_ko}",
            )
        )
    return "\n".join(lines)


@pytest.mark.parametrize(
    ("name", "table"),
    [
        ("recipe keys", keys_table),
        ("instruction recipe keys", partial(keys_table, "instruction")),
        ("thresholds", thresholds_table),
    ],
)
def test_the_reference_tables_are_those_of_the_code(name, table):
    text = RECIPES.read_text(encoding="utf-8")
    begin, end = f"<!-- {name} -->\n\n", f"\n<!-- end of {name} -->"
    head, _, rest = text.partition(begin)
    body, _, tail = rest.partition(end)
    if os.environ.get("UPDATE_DOCUMENTATION"):
        RECIPES.write_text(head + begin + table() + "\n" + end + tail, encoding="utf-8")
        return
    assert body.strip() == table(), "run UPDATE_DOCUMENTATION=1 pytest tests/test_documentation.py"


def test_every_command_is_in_the_readme_and_has_an_example_in_its_help():
    assert isinstance(main, click.Group)
    for name, command in main.commands.items():
        assert f"bllossom {name}" in README
        assert "Example:" in (command.help or ""), name


def test_the_readme_names_only_files_that_exist_and_all_modules():
    tree = README.split("```text\n", 1)[1].split("```", 1)[0]
    named = set()
    folder = ""
    for line in tree.splitlines():
        if not line.strip():
            continue
        name = line.split()[0]
        if not line.startswith(" "):
            folder = name if name.endswith("/") else ""
            named.add(name)
        else:
            named.add(folder + name)
    for name in named:
        assert (ROOT / name).exists(), f"README names {name}"
    for package in ("bllossom_data", "pipelines"):
        for path in sorted((ROOT / package).iterdir()):
            if path.name.startswith(("_", ".")):
                continue
            name = f"{package}/{path.name}" + ("/" if path.is_dir() else "")
            assert name in named, f"README does not name {name}"


def test_make_targets_in_the_readme_exist():
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    assert set(re.findall(r"`?make ([a-z-]+)", README)) <= targets


def test_links_in_the_documentation_lead_somewhere():
    for page in (
        "README.md",
        "CONTRIBUTING.md",
        "DECISIONS.md",
        "data_cards/README.md",
        "training/README.md",
    ):
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
            assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"


@pytest.mark.parametrize("recipe", sorted((ROOT / "data_cards").glob("*.toml")), ids=str)
def test_every_recipe_in_the_repository_is_valid_and_has_a_card(recipe):
    variables = dict.fromkeys(("CORPUS", "KLUE", "AIHUB", "WIKIPEDIA", "LIMA"), "/x")
    loaded = load_recipe(recipe, variables)
    assert loaded.dataset.name == recipe.stem
    assert recipe.with_suffix(".md").is_file()
    assert recipe.name in README or recipe.name in RECIPES.read_text(encoding="utf-8")


def test_shell_commands_in_the_readme_parse():
    for block in re.findall(r"```sh\n(.*?)```", README, re.DOTALL):
        assert subprocess.run(["bash", "-n"], input=block, text=True).returncode == 0
        for line in block.splitlines():
            if line.startswith("bllossom ") and "--help" not in line:
                words = line.split("#")[0].split()[1:]
                command = main.commands[words[0]]
                command.make_context(words[0], list(words[1:]), resilient_parsing=True)
