"""Whether a card says what its manifest says: made again, it must be the same, line by line."""

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

from bllossom_data.errors import PublishingError
from bllossom_data.files import sha256_file
from bllossom_data.manifest import MANIFEST, Manifest
from bllossom_data.publishing.card import README, card_command, card_of, prose_numbers
from bllossom_data.publishing.drift import GO_BACK
from bllossom_data.publishing.prose import card_prose, prose_problems
from bllossom_data.recipe_loading import AnyRecipe

__all__ = ["card_problems"]

MOST_LINES = 5
SHOWN_CHARS = 100
NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?%?")


def card_problems(recipe: AnyRecipe, path: Path, manifest: Manifest, final: Path) -> list[str]:
    """What the card in a folder says that its manifest or its prose do not, and what it lacks.

    Args:
        recipe: the recipe.
        path: its file; the prose lies beside it.
        manifest: manifest of the folder.
        final: the folder that would be published.
    """
    prose_path = path.with_suffix(".md")
    if not prose_path.is_file():
        return [f"{prose_path}: is missing; write what the dataset is for and its limits"]
    problems: list[str] = []
    try:
        prose = card_prose(path, recipe.dataset.pretty_name, prose_numbers(recipe))
        problems = [f"{prose_path}: {problem}" for problem in prose_problems(prose)]
        expected = card_of(recipe, manifest, prose, card_command(recipe, path)).files()
    except PublishingError as error:
        return [*problems, str(error)]
    except KeyError as error:
        return [
            *problems,
            f"{final / MANIFEST}: counts no {error}; build it with this version of bllossom-data",
        ]
    listed = {one.path: one.sha256 for one in manifest.files}
    for name, text in expected.items():
        file = final / name
        as_built = file.is_file() and sha256_file(file) == listed.get(name)
        advice = GO_BACK if as_built else f"remove {final} and build it again"
        if not file.is_file():
            # One that the manifest lists is told where files are held to it.
            if name not in listed:
                problems.append(f"{file}: is missing; {advice}")
        elif (there := file.read_text(encoding="utf-8", errors="replace")) == text:
            continue
        elif name == README:
            problems += _differing(there, text, file, prose_path, advice)
        else:
            problems.append(f"{file}: was drawn from other numbers than the manifest has; {advice}")
    return problems


def _differing(
    there: str, expected: str, file: Path, prose_path: Path, advice: str
) -> Iterator[str]:
    said, right = there.splitlines(), expected.splitlines()
    matcher = difflib.SequenceMatcher(None, said, right, autojunk=False)
    pairs = [
        (place, old, new)
        for kind, start, stop, other, end in matcher.get_opcodes()
        if kind != "equal"
        for place, old, new in _paired(said[start:stop], right[other:end], start + 1)
        if old != new
    ]
    for place, old, new in pairs[:MOST_LINES]:
        yield f"{file}, line {place}: {_said(old, new, prose_path)}; {advice}"
    if len(pairs) > MOST_LINES:
        yield f"{file}: {len(pairs) - MOST_LINES:,} more lines are not those of the manifest"


def _paired(old: list[str], new: list[str], first: int) -> Iterator[tuple[int, str, str]]:
    for offset in range(max(len(old), len(new))):
        yield (
            first + offset,
            old[offset] if offset < len(old) else "",
            new[offset] if offset < len(new) else "",
        )


def _said(old: str, new: str, prose_path: Path) -> str:
    """One difference in words: the numbers where only they differ, else the lines."""
    was, now = NUMBER.findall(old), NUMBER.findall(new)
    if NUMBER.sub("", old) == NUMBER.sub("", new) and len(was) == len(now):
        wrong = ", ".join(
            f"{a} where the manifest has {b}" for a, b in zip(was, now, strict=True) if a != b
        )
        return f"says {wrong} ({_cut(old)})"
    if not old:
        return f"lacks what the manifest and {prose_path} give: {_cut(new)}"
    if not new:
        return f"says what neither the manifest nor {prose_path} gives: {_cut(old)}"
    return f"says {_cut(old)}, where the manifest and {prose_path} give {_cut(new)}"


def _cut(line: str) -> str:
    return repr(line if len(line) <= SHOWN_CHARS else line[: SHOWN_CHARS - 1] + "…")
