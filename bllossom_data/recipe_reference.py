"""The reference of all keys of a recipe, for documentation that cannot rot."""

from collections.abc import Iterator
from typing import Annotated, Any, Literal, NamedTuple, get_args, get_origin

from pydantic import BaseModel

from bllossom_data.recipe_loading import RECIPES, shown, table_in

__all__ = ["RecipeKey", "recipe_keys", "table_keys"]


class RecipeKey(NamedTuple):
    """One key of a recipe, for documentation; `sources[].name` is a key of each source."""

    path: str
    type: str
    default: str
    description: str


def recipe_keys(kind: str = "pretraining") -> list[RecipeKey]:
    """Every key that a recipe of a kind may have, in order."""
    return table_keys(RECIPES[kind])


def table_keys(table: type[BaseModel]) -> list[RecipeKey]:
    """Every key of a table and of the tables in it, in order."""
    return list(_keys(table, ""))


def _keys(table: type[BaseModel], prefix: str) -> Iterator[RecipeKey]:
    for name, field in table.model_fields.items():
        path = f"{prefix}{name}"
        if below := table_in(field.annotation):
            repeated = get_origin(field.annotation) is tuple
            yield from _keys(below, f"{path}[]." if repeated else f"{path}.")
        else:
            default = "required" if field.is_required() else shown(field.default)
            yield RecipeKey(path, _type_name(field.annotation), default, field.description or "")


def _type_name(annotation: Any) -> str:
    names = {str: "text", int: "integer", float: "number", bool: "true or false", Any: "any"}
    if annotation in names:
        return names[annotation]
    parts = [part for part in get_args(annotation) if part not in (type(None), ...)]
    origin = get_origin(annotation)
    if origin is Literal:
        return " | ".join(f'"{part}"' for part in parts)
    if origin is tuple:
        return f"list of {_type_name(parts[0])}"
    if origin is dict:
        return f"table of {_type_name(parts[1])}"
    return " or ".join(map(_type_name, parts[:1] if origin is Annotated else parts))
