"""What a build takes from the files of its recipe: the command for it, and its card's prose."""

from pathlib import Path

from bllossom_data.recipe_fields import VARIABLE

__all__ = ["build_command", "card_prose"]


def build_command(recipe_path: Path) -> str:
    """What is typed to build the dataset, with a place for every variable."""
    text = recipe_path.read_text(encoding="utf-8-sig")
    names = dict.fromkeys(VARIABLE.findall(text))
    given = "".join(f" --set {name}=…" for name in names)
    return f"bllossom build {recipe_path.name}{given}"


def card_prose(recipe_path: Path, pretty_name: str) -> str:
    """Prose of the card, which lies beside the recipe as ``.md``; a title where there is none."""
    try:
        return recipe_path.with_suffix(".md").read_text(encoding="utf-8")
    except FileNotFoundError:
        return f"# {pretty_name}\n"
