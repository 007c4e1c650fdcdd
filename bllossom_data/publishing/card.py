"""The dataset card: a Hub header, the prose of ``data_cards/<name>.md``, counted numbers, plots.

A card is made from the manifest, the recipe's description of the dataset and the prose, and from
nothing else. So it can be made again at any time, and one that says other numbers than its manifest
is found (`bllossom_data.publishing.stale`).
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bllossom_data.instruction_recipe import InstructionRecipe
from bllossom_data.manifest import Manifest
from bllossom_data.preference_recipe import PreferenceRecipe
from bllossom_data.publishing import instruction_card, preference_card, pretraining_card
from bllossom_data.publishing.card_parts import CardParts
from bllossom_data.publishing.card_words import CardLanguage
from bllossom_data.publishing.citation import citation
from bllossom_data.publishing.prose import Prose, build_command, split_prose
from bllossom_data.publishing.tables import markdown_table, size_category, yaml_header
from bllossom_data.recipe_fields import Dataset
from bllossom_data.recipe_loading import AnyRecipe

__all__ = ["README", "Card", "card_command", "card_of", "prose_numbers"]

README = "README.md"
# Of pyproject.toml: what builds each kind of dataset, and compares it with the published one.
EXTRAS = {
    "pretraining": "pipelines,annotation,publishing",
    "instruction": "pipelines,translation,annotation,publishing",
    "preference": "pipelines,translation,annotation,publishing",
}
_TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True, slots=True)
class Card:
    """The files of a card.

    Attributes:
        readme: Markdown with the Hub's header.
        plots: SVG by path, beside the Markdown.
    """

    readme: str
    plots: Mapping[str, str]

    def files(self) -> dict[str, str]:
        """All files by path."""
        return {README: self.readme, **self.plots}


def card_of(recipe: AnyRecipe, manifest: Manifest, prose: str, command: str) -> Card:
    """Makes the card; the same recipe, manifest, prose and command give the same bytes.

    Args:
        recipe: describes the dataset: title, repository, languages.
        manifest: holds every number.
        prose: Markdown of ``data_cards/<name>.md``: what the dataset is for, its limits.
        command: what is typed to build the dataset.
    """
    if isinstance(recipe, InstructionRecipe):
        parts, kind = instruction_card.instruction_parts(manifest), "instruction"
    elif isinstance(recipe, PreferenceRecipe):
        parts, kind = preference_card.preference_parts(manifest), "preference"
    else:
        parts, kind = pretraining_card.pretraining_parts(manifest), "pretraining"
    written = split_prose(prose, parts.numbers)
    shared = {**_shared(recipe.dataset, manifest, command), "extras": EXTRAS[kind]}
    readme = "\n\n".join(
        [
            _header(recipe.dataset, manifest, parts).rstrip(),
            _links(written),
            _part(kind, "en", {"prose": written.en, **shared, **parts.contexts["en"]}),
            "---",
            _part(kind, "ko", {"prose": written.ko, **shared, **parts.contexts["ko"]}),
        ]
    )
    return Card(readme + "\n", parts.plots)


def prose_numbers(recipe: AnyRecipe) -> tuple[str, ...]:
    """What the prose of a dataset's card may name."""
    if isinstance(recipe, InstructionRecipe):
        return instruction_card.NUMBERS
    if isinstance(recipe, PreferenceRecipe):
        return preference_card.NUMBERS
    return pretraining_card.NUMBERS


def card_command(recipe: AnyRecipe, recipe_path: Path) -> str:
    """What is typed to build the dataset, and before it those whose reviews it reads.

    Raises:
        PublishingError: a recipe cannot be read.
    """
    if not isinstance(recipe, PreferenceRecipe):
        return build_command(recipe_path)
    named = dict.fromkeys(Path(one.recipe) for one in recipe.sources if one.recipe is not None)
    return build_command(recipe_path, list(named))


def _header(dataset: Dataset, manifest: Manifest, parts: CardParts) -> str:
    return yaml_header(
        {
            "license": manifest.license,
            "language": list(manifest.languages),
            "pretty_name": dataset.pretty_name,
            "task_categories": ["text-generation"],
            "size_categories": [size_category(parts.rows)],
            "tags": [*parts.tags, "bllossom"],
            "configs": parts.configs,
        }
    )


def _shared(dataset: Dataset, manifest: Manifest, command: str) -> dict[str, Any]:
    return {
        "command": command,
        "folder": f"build/{manifest.name}/{manifest.version}/final",
        "published": f"{dataset.hub}@v{manifest.version}" if dataset.hub else "",
        "packages": sorted(manifest.packages.items()),
        "tool": manifest.packages.get("bllossom-data", ""),
        "citation": citation(dataset),
    }


def _part(kind: str, language: CardLanguage, context: Mapping[str, Any]) -> str:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        undefined=StrictUndefined,
        # The templates are Markdown, and cells are escaped where tables are made.
        autoescape=False,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(table=markdown_table)
    text = environment.get_template(f"{kind}.{language}.md.jinja").render(context)
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _links(prose: Prose) -> str:
    titles = (re.search(r"^# (.+)$", part, re.MULTILINE) for part in (prose.en, prose.ko))
    english, korean = (_anchor(found[1]) if found else "" for found in titles)
    return f"[English](#{english}) · [한국어](#{korean})"


def _anchor(title: str) -> str:
    """The name that the Hub and GitHub give a heading, to link to it."""
    return re.sub(r"[^\w\- ]", "", title.strip().lower()).replace(" ", "-")
