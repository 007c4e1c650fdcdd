"""The entity catalogue: names of another society, and what a Korean text does with them.

Its entries are TOML files in `catalogue/`, written for this project (CC0-1.0) and kept by
linguists. Most names are kept; one is only substituted where it is a backdrop.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from bllossom_data.errors import LocalizationError
from bllossom_data.examples import Dependency

__all__ = ["Catalogue", "Entity", "Policy", "load_catalogue"]

Policy = Literal["substitute", "gloss", "transliterate", "keep"]
Text = Annotated[str, Field(min_length=1)]
_HANGUL = re.compile(r"[가-힣][가-힣 ]*")


class Entity(BaseModel):
    """One name and what becomes of it.

    Attributes:
        id: `<file>-<4 digits>`, the name in edits (`entity:ID`).
        name: the name in English.
        aliases: other spellings, exactly as they are written.
        policy: `substitute` puts the counterpart in its place, `gloss` explains it once,
            `transliterate` and `keep` leave it as it is translated.
        korean: how a plain translation writes it; the first form is what engines are asked for.
        counterpart: what stands there instead, or the explanation of a gloss.
        reading: how the counterpart is read, for the particle behind it.
        why: the reason, in Korean.
        applies: words of which one must be in the conversation; none: no condition.
        excludes: words of which none may be there.
        dependency: whether the answer depends on it.
        facts: which facts of an answer depend on it, in Korean.
        review: whether a person must decide in any case.
    """

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
    id: Annotated[str, Field(pattern=r"^[a-z_]+-\d{4}$")]
    name: Text
    aliases: tuple[Text, ...] = Field(default=(), strict=False)
    policy: Policy
    korean: tuple[Text, ...] = Field(strict=False, min_length=1)
    counterpart: Text | None = None
    reading: Text | None = None
    why: Text
    applies: tuple[Text, ...] = Field(default=(), strict=False)
    excludes: tuple[Text, ...] = Field(default=(), strict=False)
    dependency: Dependency = "none"
    facts: tuple[Text, ...] = Field(default=(), strict=False)
    review: Literal["required", "auto"] = "required"

    @property
    def spellings(self) -> tuple[str, ...]:
        """Every way in which the name is written in English."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, eq=False)
class Catalogue:
    """All entries, in the order of their files; two are the same only if they are one object."""

    entities: tuple[Entity, ...]


def load_catalogue(folder: Path | None = None) -> Catalogue:
    """Entries of all files in a folder, or of the catalogue that comes with the package.

    Raises:
        LocalizationError: every mistake, one on a line.
    """
    return _read(folder) if folder else _packaged()


@cache
def _packaged() -> Catalogue:
    return _read(files("bllossom_data.localization") / "catalogue")


def _read(folder: Path | Traversable) -> Catalogue:
    entities: list[Entity] = []
    mistakes: list[str] = []
    for file in sorted(folder.iterdir(), key=lambda one: one.name):
        if not file.name.endswith(".toml"):
            continue
        try:
            raw = tomllib.loads(file.read_text(encoding="utf-8"))
        except tomllib.TOMLDecodeError as error:
            mistakes.append(f"{file.name}: is not TOML: {error}")
            continue
        for number, table in enumerate(raw.get("entity", ()), 1):
            where = f"{file.name}: {table.get('id', f'entry {number}')}"
            try:
                entity = Entity.model_validate(table)
            except ValidationError as error:
                mistakes += [f"{where}: {_said(one)}" for one in error.errors()]
                continue
            mistakes += [f"{where}: {problem}" for problem in _problems(entity)]
            entities.append(entity)
    mistakes += _repeated(entities)
    if mistakes:
        raise LocalizationError(
            f"{len(mistakes)} mistakes in the entity catalogue:\n  " + "\n  ".join(mistakes)
        )
    return Catalogue(tuple(entities))


def _said(error: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"])
    return f"{place} = {error['input']!r}: {error['msg']}"


def _problems(entity: Entity) -> Iterator[str]:
    texts = (*entity.korean, entity.counterpart or "", entity.why, *entity.facts)
    for text in texts:
        if not unicodedata.is_normalized("NFC", text):
            yield f"{text!r} is not in Unicode NFC"
    needs = {"substitute": ("counterpart", "reading"), "gloss": ("counterpart",)}
    for key in needs.get(entity.policy, ()):
        if getattr(entity, key) is None:
            yield f"{key} is required with policy = {entity.policy!r}"
    if entity.reading is not None and not _HANGUL.fullmatch(entity.reading):
        yield f"reading = {entity.reading!r} must be Hangul, as the counterpart is read"
    for key in ("applies", "excludes"):
        for word in getattr(entity, key):
            if word != word.lower():
                yield f"{key}: {word!r} must be in small letters"


def _repeated(entities: list[Entity]) -> Iterator[str]:
    ids: dict[str, int] = {}
    spellings: dict[str, str] = {}
    for entity in entities:
        ids[entity.id] = ids.get(entity.id, 0) + 1
        for spelling in dict.fromkeys(entity.spellings):
            other = spellings.setdefault(spelling, entity.id)
            if other != entity.id:
                yield f"{entity.id}: {spelling!r} is a spelling of {other} as well"
    for name, times in ids.items():
        if times > 1:
            yield f"{name}: {times} entries have this id"
