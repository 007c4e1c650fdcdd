"""What a card takes from the files of its recipe: the command, and the prose in two languages.

The prose is one Markdown file, English above a line ``<!-- ko -->`` and Korean below it. It names
counted numbers as ``${documents}``, so that it cannot say others than the tables.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bllossom_data.errors import PublishingError
from bllossom_data.recipe_fields import VARIABLE

__all__ = [
    "Prose",
    "build_command",
    "card_prose",
    "prose_problems",
    "release_warnings",
    "split_prose",
]

KOREAN_BELOW = re.compile(r"^<!-- ko -->[ \t]*$", re.MULTILINE)
NUMBER = re.compile(r"\$\{([^{}\n]*)\}")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Prose:
    """The prose of a card, Markdown; a language without any is empty."""

    en: str
    ko: str


def build_command(recipe_path: Path, named: Sequence[Path] = ()) -> str:
    """What is typed to build the dataset, with a place for every variable.

    Args:
        recipe_path: the recipe.
        named: recipes that it names, which are built before and whose variables it needs as well.

    Raises:
        PublishingError: a recipe cannot be read.
    """
    before = [build_command(path) for path in named]
    texts = [_recipe_text(path) for path in (recipe_path, *named)]
    names = dict.fromkeys(name for text in texts for name in VARIABLE.findall(text))
    given = "".join(f" --set {name}=…" for name in names)
    return "\n".join([*before, f"bllossom build {recipe_path.name}{given}"])


def _recipe_text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise PublishingError(f"{path}: cannot be read ({error}); it is a recipe") from error


def card_prose(recipe_path: Path, pretty_name: str, numbers: Collection[str]) -> str:
    """Prose of the card, which lies beside the recipe as ``.md``; a title where there is none.

    Args:
        recipe_path: the recipe.
        pretty_name: the title.
        numbers: what the prose may name.

    Raises:
        PublishingError: it cannot be read, or names a number that nobody counts.
    """
    path = recipe_path.with_suffix(".md")
    try:
        prose = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return f"# {pretty_name}\n\n<!-- ko -->\n\n# {pretty_name}\n"
    except (OSError, UnicodeDecodeError) as error:
        raise PublishingError(
            f"{path}: cannot be read ({error}); it is Markdown in UTF-8"
        ) from error
    for line, text in enumerate(prose.splitlines(), 1):
        for name in NUMBER.findall(text):
            if name not in numbers:
                raise PublishingError(
                    f"{path}, line {line}: ${{{name}}} is no number that is counted; there are: "
                    + ", ".join(f"${{{one}}}" for one in numbers)
                )
    return prose


def split_prose(text: str, numbers: Mapping[str, int]) -> Prose:
    """The prose in both languages, its numbers filled in.

    Args:
        text: the whole file.
        numbers: how much each of the numbers is that `card_prose` lets through.
    """
    filled = NUMBER.sub(lambda found: f"{numbers[found[1]]:,}", text)
    english, _, korean = KOREAN_BELOW.sub("\0", filled, count=1).partition("\0")
    return Prose(english.strip(), korean.strip())


def prose_problems(text: str) -> list[str]:
    """What the prose of a card lacks before it may be published, each with what to do."""
    if not KOREAN_BELOW.search(text):
        return [
            "has no line `<!-- ko -->`; write the English above such a line and the Korean below it"
        ]
    prose = split_prose(NUMBER.sub("0", text), {})
    # A BibTeX entry or a command is no prose in any language.
    english, korean = (FENCE.sub("", part) for part in (prose.en, prose.ko))
    problems = []
    if not re.search(r"^## Limits\b", english, re.MULTILINE):
        problems.append("says no limits in English; write what is known under `## Limits`")
    if not re.search(r"^## 한계", korean, re.MULTILINE):
        problems.append("says no limits in Korean; write what is known under `## 한계`")
    if not re.search(r"[A-Za-z]{3}", english):
        problems.append("has no English above `<!-- ko -->`")
    if not re.search(r"[가-힣]", korean):
        problems.append("has no Korean below `<!-- ko -->`")
    return problems


def release_warnings(version: str, recipe_path: Path) -> list[str]:
    """What a card lacks whose release is about to be built: afterwards it is too late to mend."""
    if version.endswith("-dev"):
        return []
    path = recipe_path.with_suffix(".md")
    problems = (
        prose_problems(path.read_text(encoding="utf-8")) if path.is_file() else ["is missing"]
    )
    return [
        f"warning: {path}: {problem}; {version} is a release and never changes, so it could not "
        "be published with this card"
        for problem in problems
    ]
