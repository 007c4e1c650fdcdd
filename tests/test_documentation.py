"""The documentation tells the truth: commands, keys, thresholds, files.

``UPDATE_DOCUMENTATION=1 pytest tests/test_documentation.py`` writes the tables of
data_cards/README.md again.
"""

import os
import re
import subprocess
from copy import copy
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
RECIPE_FILES = sorted(
    path for path in (ROOT / "data_cards").glob("*.toml") if not path.name.endswith(".lock.toml")
)


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
        ("preference recipe keys", partial(keys_table, "preference")),
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


def commands_of(group: click.Group, prefix: str = "bllossom"):
    for name, command in group.commands.items():
        yield f"{prefix} {name}", command
        if isinstance(command, click.Group):
            yield from commands_of(command, f"{prefix} {name}")


def test_every_command_is_in_the_readme_and_has_an_example_in_its_help():
    assert isinstance(main, click.Group)
    for name, command in commands_of(main):
        assert name in README, name
        assert f"Example: {name}" in (command.help or ""), name


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
        "annotation/README.md",
        "training/README.md",
    ):
        text = (ROOT / page).read_text(encoding="utf-8")
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", text):
            assert ((ROOT / page).parent / target).exists(), f"{page}: {target}"


@pytest.mark.parametrize("recipe", RECIPE_FILES, ids=str)
def test_every_recipe_in_the_repository_is_valid_and_has_a_card(recipe):
    variables = dict.fromkeys(("CORPUS", "KLUE", "AIHUB", "WIKIPEDIA", "LIMA"), "/x")
    loaded = load_recipe(recipe, variables)
    assert loaded.dataset.name == recipe.stem
    assert recipe.with_suffix(".md").is_file()
    assert recipe.name in README or recipe.name in RECIPES.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "page", ["README.md", "annotation/README.md", "data_cards/README.md", "training/README.md"]
)
def test_shell_commands_in_the_documentation_parse(page):
    text = (ROOT / page).read_text(encoding="utf-8")
    for block in re.findall(r"```sh\n(.*?)```", text, re.DOTALL):
        assert subprocess.run(["bash", "-n"], input=block, text=True).returncode == 0
        for line in block.splitlines():
            if line.startswith("bllossom ") and "--help" not in line:
                parse(main, line.split("#")[0].split()[1:])


def parse(command: click.Command, words: list[str]) -> None:
    """Fails where an option or a command does not exist, or an argument is missing."""
    if isinstance(command, click.Group):
        parse(command.commands[words[0]], words[1:])
        return
    # What a test has no value for (a folder that is not there) is no mistake of the documentation.
    loose = copy(command)
    loose.params = [copy(parameter) for parameter in command.params]
    for parameter in loose.params:
        if isinstance(parameter.type, click.Path):
            parameter.type = click.STRING
    loose.make_context(command.name, list(words))
