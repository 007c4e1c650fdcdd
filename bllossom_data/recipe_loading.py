"""Reads and checks recipes: one TOML file says everything that decides what a dataset becomes.

The file is checked completely before any work, and all mistakes are told at once. pydantic does the
checking in strict mode: `"5"` is not 5, and a key that nobody reads is a mistake, not a comment.
"""

import difflib
import json
import os
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeAlias, get_args

from pydantic import BaseModel, ValidationError

from bllossom_data.errors import RecipeError
from bllossom_data.files import Place, toml_line, toml_lines
from bllossom_data.instruction_recipe import InstructionRecipe
from bllossom_data.preference_recipe import PreferenceRecipe
from bllossom_data.recipe import Recipe
from bllossom_data.recipe_fields import VARIABLE

__all__ = ["RECIPES", "AnyRecipe", "key_text", "load_recipe", "mistake", "shown", "table_in"]

AnyRecipe: TypeAlias = Recipe | InstructionRecipe | PreferenceRecipe
RECIPES: Mapping[str, type[AnyRecipe]] = {
    "pretraining": Recipe,
    "instruction": InstructionRecipe,
    "preference": PreferenceRecipe,
}
"""What a recipe may say, by `dataset.kind`."""


def table_in(annotation: Any) -> type[BaseModel] | None:
    """The table that a type holds, if it holds one."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(table_in, get_args(annotation))), None)


def shown(value: object) -> str:
    """A value as TOML shows it, cut to a line."""
    shown = "none" if value is None else json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= 60 else shown[:57] + "..."


def load_recipe(
    path: Path, variables: Mapping[str, str], *, reads_sources: bool = True
) -> AnyRecipe:
    """Read and check a recipe.

    Args:
        path: the TOML file; relative paths in it start at its folder.
        variables: values for `${NAME}` in paths, relative ones from where the command runs; the
            environment is asked for the others.
        reads_sources: whether paths must lead somewhere; else a `${NAME}` needs no value.

    Raises:
        RecipeError: every mistake, one on a line, with line number, key, value and what is allowed.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
        raw = tomllib.loads(text)
    except OSError as error:
        raise RecipeError(f"{path}: the recipe cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise RecipeError(f"{path}: the recipe is not TOML in UTF-8: {error}") from error
    given = {**os.environ, **variables}
    if not reads_sources:
        given = {**dict.fromkeys(VARIABLE.findall(text), "unknown"), **given}
    context = {"folder": path.absolute().parent, "variables": given}
    mistakes = list(_mistakes_across(raw))
    kind = _at(raw, "dataset", "kind")
    model = RECIPES.get(kind if isinstance(kind, str) else "pretraining", Recipe)
    try:
        recipe = model.model_validate(raw, context=context)
    except ValidationError as error:
        # Items that are wrong themselves make pydantic call their list empty as well.
        found = [one for one in error.errors() if one["type"] != "too_short" or not one["input"]]
        mistakes += (mistake(model, one) for one in found)
    if not mistakes:
        return recipe
    lines = toml_lines(text)
    told = sorted(
        (toml_line(lines, place), key_text(place) + message) for place, message in mistakes
    )
    raise RecipeError(
        f"{path}: nothing was built, {len(told)} mistake{'s' * (len(told) > 1)} in the recipe:\n"
        + "\n".join(f"  line {line}: {message}" for line, message in told)
    )


def mistake(model: type[BaseModel], details: Any, file: str = "recipe") -> tuple[Place, str]:
    """Where and what an error of pydantic is, in the words of the file that a person wrote."""
    place = tuple(part for part in details["loc"] if part != "[key]")
    if details["type"] == "missing":
        return place, " is required"
    if details["type"] == "extra_forbidden":
        table = model
        for part in place[:-1]:
            if isinstance(part, str):
                table = table_in(table.model_fields[part].annotation) or table
        near = difflib.get_close_matches(str(place[-1]), table.model_fields, n=1, cutoff=0.5)
        meant = f"; did you mean `{near[0]}`?" if near else "."
        allowed = ", ".join(table.model_fields)
        return place, f" is not a key of a {file}{meant} Allowed here: {allowed}"
    if details["type"] in ("too_short", "string_too_short"):
        return place, " must not be empty"
    cause = details.get("ctx", {}).get("error")
    message = str(cause) if cause else details["msg"].replace("Input should", "must", 1)
    return place, f" = {shown(details['input'])}: {message}"


def _at(raw: object, *keys: str) -> Any:
    for key in keys:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw


def _mistakes_across(raw: dict[str, Any]) -> Iterator[tuple[Place, str]]:
    """What only two tables together get wrong, told even where other keys are wrong too."""
    languages = _at(raw, "dataset", "languages")
    chosen = languages if isinstance(languages, list) else ["ko", "en"]
    for place in (("sources",), ("decontaminate", "evaluation_sets")):
        tables, seen = _at(raw, *place), list[object]()
        for index, table in enumerate(tables if isinstance(tables, list) else ()):
            name, language = _at(table, "name"), _at(table, "language")
            if name is not None and name in seen:
                yield (*place, index, "name"), f" = {shown(name)}: another one has this name"
            if language in ("ko", "en") and language not in chosen:
                yield (*place, index, "language"), f' = "{language}": not in dataset.languages'
            seen.append(name)
    ratio = _at(raw, "mix", "ratio")
    for language in ratio if isinstance(ratio, dict) else ():
        if language in ("ko", "en") and language not in chosen:
            yield ("mix", "ratio", language), ": not in dataset.languages"


def key_text(place: Place) -> str:
    """A place in a TOML file as people write it: `sources[1].name`."""
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in place)[1:]
