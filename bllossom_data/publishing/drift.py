"""Whether a build was made as its recipe says now; the manifest keeps what the recipe said then."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import JsonValue

from bllossom_data.build_records import differences
from bllossom_data.manifest import LOCAL_PATH, Manifest
from bllossom_data.recipe_loading import AnyRecipe

__all__ = ["GO_BACK", "decisive_settings", "setting_problems"]

GO_BACK = "take that back, or give the recipe the next version and build it"
"""What to do where a release, which never changes, is not what is asked now."""

# What these say changes how a build runs, not what comes out.
NO_MATTER = frozenset({"concurrency", "expected_bytes", "max_characters", "max_dollars"})


def decisive_settings(recipe: AnyRecipe) -> dict[str, JsonValue]:
    """What a recipe says, as plain data: no defaults, no paths of this machine, no limits.

    The version is left out as well: the manifest has it.
    """
    said = recipe.model_dump(mode="json", exclude_defaults=True)
    said["dataset"].pop("version", None)
    return _kept_table(said)


def _kept_table(table: Mapping[str, JsonValue]) -> dict[str, JsonValue]:
    return {
        key: _kept(item)
        for key, item in table.items()
        if key not in NO_MATTER and not _is_local(item)
    }


def _kept(value: JsonValue) -> JsonValue:
    if isinstance(value, dict):
        return _kept_table(value)
    if isinstance(value, list):
        return [_kept(item) for item in value if not _is_local(item)]
    return value


def _is_local(value: JsonValue) -> bool:
    return isinstance(value, str) and LOCAL_PATH.match(value) is not None


def setting_problems(recipe: AnyRecipe, path: Path, manifest: Manifest, final: Path) -> list[str]:
    """What the recipe says other than when the dataset was built, each with both values.

    Args:
        recipe: the recipe as it is.
        path: its file, for the messages.
        manifest: manifest of the build.
        final: its folder, for the messages.
    """
    if recipe.dataset.version != manifest.version:
        return [
            f"{path}: dataset.version = {recipe.dataset.version!r}, but {final} was built with "
            f"{manifest.version!r}; build this version"
        ]
    return [
        f"{path}: {difference} since {final} was built; {GO_BACK}"
        for difference in differences(
            _by_name(dict(manifest.recipe)), _by_name(decisive_settings(recipe))
        )
    ]


def _by_name(value: JsonValue) -> JsonValue:
    """The same with lists of tables as tables, under the names or the places of their entries."""
    if isinstance(value, dict):
        return {key: _by_name(item) for key, item in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return {
            str(one.get("name", place)): _by_name(one)
            for place, one in enumerate(value, 1)
            if isinstance(one, dict)
        }
    return value
