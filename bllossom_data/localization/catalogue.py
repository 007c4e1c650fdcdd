"""The catalogue of culture-bound entities: what stays, what is explained, what takes a counterpart.

The data lie in `entity_catalogue/*.toml`, one file for each type, and the context words that the
decisions look for in `entity_catalogue/contexts.toml`. Loading checks everything that can be
checked without reading Korean and tells all mistakes at once.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, ValidationError

from bllossom_data.errors import LocalizationError
from bllossom_data.examples import Dependency

__all__ = [
    "ENTITY_TYPES",
    "FOLDER",
    "Catalogue",
    "Counterpart",
    "Entity",
    "EntityType",
    "Policy",
    "Variant",
    "Veto",
    "built_in",
    "load_catalogue",
]

FOLDER = Path(__file__).with_name("entity_catalogue")
Policy: TypeAlias = Literal["substitute", "gloss", "transliterate", "keep"]
"""Put a Korean counterpart there, add a short gloss, write it by its sound, leave it alone."""
EntityType: TypeAlias = Literal[
    "person",
    "place",
    "organisation",
    "media",
    "product",
    "food",
    "holiday",
    "school",
    "sport",
    "institution",
    "contact",
    "retailer",
    "service",
    "money",
    "housing",
    "transport",
]
ENTITY_TYPES: tuple[str, ...] = EntityType.__args__  # type: ignore[attr-defined]
_Groups: TypeAlias = Mapping[str, tuple[str, ...]] | None
_HANGUL = re.compile(r"[가-힣]+(?: [가-힣]+)*")
_REGULAR_EXPRESSION = re.compile(r"/(.+)/")
# What stands before a particle must be heard; a bracket also breaks the bold that ends there.
_ENDS_WELL = re.compile(r"[가-힣A-Za-z0-9]$")


class _Row(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Counterpart(_Row):
    """What stands for an entity in Korean.

    Attributes:
        text: as it is written.
        reading: as it is read, in Hangul; decides the particle behind it.
    """

    text: str
    reading: str


class Variant(Counterpart):
    """A counterpart for some contexts only: 112 rather than 119 where police are called.

    Attributes:
        when: context words, one of which must be there.
    """

    when: tuple[str, ...]


class Entity(_Row):
    """One entry of the catalogue.

    Attributes:
        id: type and number, such as `place-0007`; never used again for another entity.
        type: what kind of thing it is; the file's, not written at the entry.
        source: its English name.
        aliases: its other English names. One in small letters is found in any case.
        policy: what becomes of it where its context allows that.
        korean: how a plain Korean translation writes it, the usual form first; blanks are optional.
        counterpart: what is put in its place; for `substitute`.
        variants: counterparts for some contexts, tried before `counterpart`.
        gloss: what is put in brackets behind its first mention; for `gloss`.
        why: reason of the policy, one Korean sentence for the person who reviews the edit.
        applies: context words, one of which must be near for a substitution; empty: always.
        excludes: context words that forbid a substitution.
        dependency: whether the answer depends on the substitution.
        facts: what in an answer depends on it, in Korean.
        review: only a person may decide.
        ordinary_word: the name is an English word too (Target, Mint): only its exact case counts,
            and at the beginning of a sentence only with one of `applies` near.
    """

    id: str
    type: EntityType
    source: str
    aliases: tuple[str, ...] = ()
    policy: Policy
    korean: tuple[str, ...]
    counterpart: Counterpart | None = None
    variants: tuple[Variant, ...] = ()
    gloss: str | None = None
    why: str
    applies: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()
    dependency: Dependency = "none"
    facts: tuple[str, ...] = ()
    review: bool = False
    ordinary_word: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The English name and its aliases."""
        return (self.source, *self.aliases)

    @property
    def targets(self) -> tuple[Counterpart, ...]:
        """Everything that can be put in its place."""
        return (*self.variants, *([self.counterpart] if self.counterpart else []))


class Veto(_Row):
    """What keeps the entities of an example as they are.

    Attributes:
        name: for people and figures.
        reason: one Korean sentence.
        scope: where the words are looked for: in the user's turns or in the whole example.
        words: context words, one of which is enough.
        types: the types of entity that it keeps; empty: all.
    """

    name: str
    reason: str
    scope: Literal["prompt", "item"]
    words: tuple[str, ...]
    types: tuple[EntityType, ...] = ()


class _File(_Row):
    type: EntityType
    entities: tuple[Entity, ...]


class _Contexts(_Row):
    groups: dict[str, tuple[str, ...]]
    vetoes: tuple[Veto, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Catalogue:
    """Entities with the context words that decide about them; equal only to itself.

    Attributes:
        entities: in the order of their files.
        groups: named lists of context words.
        vetoes: in the order in which they are tried.
    """

    entities: tuple[Entity, ...]
    groups: Mapping[str, tuple[str, ...]]
    vetoes: tuple[Veto, ...]


@cache
def built_in() -> Catalogue:
    """The catalogue that comes with the project, read once."""
    return load_catalogue(FOLDER)


def load_catalogue(folder: Path) -> Catalogue:
    """Reads and checks a catalogue.

    Args:
        folder: holds `contexts.toml` and one file `TYPE.toml` for each type that it knows.

    Raises:
        LocalizationError: something is wrong; the message lists all mistakes.
    """
    mistakes: list[str] = []
    contexts = _read(folder / "contexts.toml", _Contexts, mistakes)
    entities: list[Entity] = []
    for path in sorted(folder.glob("*.toml")):
        if path.name == "contexts.toml":
            continue
        file = _read(path, _File, mistakes)
        if file is not None:
            entities += file.entities
            if file.type != path.stem:
                mistakes.append(f"{path.name}: type {file.type!r}; must be {path.stem!r}")
    # Without its groups every entry would be wrong, and the one real mistake could not be seen.
    groups = contexts.groups if contexts else None
    mistakes += [f"{one.id}: {text}" for one in entities for text in _problems(one, groups)]
    mistakes += _repeated(entities)
    for name, words in (groups or {}).items():
        mistakes += [f"contexts.toml: group {name!r}: {text}" for text in _bad_words(words, groups)]
    for veto in contexts.vetoes if contexts else ():
        found = _bad_words(veto.words, groups)
        mistakes += [f"contexts.toml: veto {veto.name!r}: {text}" for text in found]
    if not entities and not mistakes:
        mistakes.append("no entities; the folder must hold a file such as place.toml")
    if mistakes or contexts is None:
        raise LocalizationError(
            f"{folder}: {len(mistakes)} mistakes in the catalogue\n" + "\n".join(mistakes)
        )
    return Catalogue(tuple(entities), contexts.groups, contexts.vetoes)


def _read(path: Path, model: type[Any], mistakes: list[str]) -> Any:
    """One file as its model, or None with the mistakes noted."""
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        mistakes.append(f"{path.name}: cannot be read ({error})")
        return None
    rows = data.get("entities")
    if isinstance(rows, list):
        data["entities"] = [
            {"type": data.get("type"), **row} if isinstance(row, dict) else row for row in rows
        ]
    try:
        # JSON mode, because TOML has lists and the model tuples.
        return model.model_validate(_tuples(data))
    except ValidationError as error:
        for one in error.errors():
            mistakes.append(f"{path.name}: {_place(one['loc'], data)}: {_told(one)}")
        return None


def _tuples(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_tuples(one) for one in value)
    if isinstance(value, dict):
        return {key: _tuples(one) for key, one in value.items()}
    return value


def _place(location: tuple[int | str, ...], data: Mapping[str, Any]) -> str:
    """Id of the entry and its key, such as `place-0007: counterpart.reading`."""
    if len(location) > 1 and location[0] == "entities" and isinstance(location[1], int):
        row = data["entities"][location[1]]
        name = row.get("id") if isinstance(row, dict) else None
        rest = ".".join(map(str, location[2:]))
        return f"{name or f'entry {location[1] + 1}'}: {rest}"
    return ".".join(map(str, location))


def _told(error: Any) -> str:
    if error["type"] == "missing":
        return "is missing"
    if error["type"] == "extra_forbidden":
        return f"unknown key; known are {', '.join(sorted(Entity.model_fields))}"
    return f"{error['input']!r}: {error['msg']}"


def _problems(one: Entity, groups: _Groups) -> Iterator[str]:
    """What is wrong with one entry by itself."""
    if not re.fullmatch(rf"{one.type}-\d{{4}}", one.id):
        yield f"id: {one.id!r}; must be {one.type}- and four digits"
    yield from _policy_problems(one)
    for key, texts in (("source", one.names), ("korean", one.korean), ("why", (one.why,))):
        for text in texts:
            if not text.strip() or text != text.strip():
                yield f"{key}: {text!r}; must be a text without blanks around it"
            if text != unicodedata.normalize("NFC", text):
                yield f"{key}: {text!r}; must be in NFC"
    if not one.korean:
        yield "korean: is empty; needs what a plain translation writes"
    if not one.why.endswith("."):
        yield f"why: {one.why!r}; must be a sentence with its full stop"
    for key, words in (("applies", one.applies), ("excludes", one.excludes)):
        yield from (f"{key}: {text}" for text in _bad_words(words, groups))
    for variant in one.variants:
        if not variant.when:
            yield f"variants: {variant.text!r} has no `when`"
        yield from (f"variants.when: {text}" for text in _bad_words(variant.when, groups))
    for target in one.targets:
        yield from _target_problems(target)


def _policy_problems(one: Entity) -> Iterator[str]:
    substitutes = one.policy == "substitute"
    if substitutes and one.counterpart is None:
        yield "counterpart: is missing; policy substitute needs one"
    if (one.policy == "gloss") != (one.gloss is not None):
        yield f"gloss: {one.gloss!r}; policy gloss needs one, no other may have it"
    if one.gloss is not None and re.search(r"[()\n]", one.gloss):
        yield f"gloss: {one.gloss!r}; must be one line without brackets"
    if not substitutes:
        keys = ("counterpart", "variants", "applies", "excludes", "facts", "review")
        for key in keys:
            if getattr(one, key):
                yield f"{key}: only policy substitute may have it, not {one.policy}"
    if (one.dependency == "none") != (not one.facts):
        yield f"facts: {one.facts!r}; needed with dependency local and whole_answer, and only then"
    if one.dependency == "whole_answer" and not one.review:
        yield "review: false; an answer that depends as a whole needs a person (true)"


def _target_problems(target: Counterpart) -> Iterator[str]:
    """Whether the reading can be the reading of the text, as far as particles care."""
    if not _HANGUL.fullmatch(target.reading):
        yield f"reading: {target.reading!r} of {target.text!r}; must be Hangul"
        return
    if not _ENDS_WELL.search(target.text):
        yield f"text: {target.text!r}; must end with a letter or a digit"
    if target.text != unicodedata.normalize("NFC", target.text):
        yield f"text: {target.text!r}; must be in NFC"
    last = target.text[-1]
    if re.match(r"[가-힣]", last) and last != target.reading[-1]:
        yield f"reading: {target.reading!r} does not end as {target.text!r} does"
    if re.fullmatch(r"[가-힣 ]+", target.text) and target.text != target.reading:
        yield f"reading: {target.reading!r}; a text in Hangul is its own reading"


def _bad_words(words: tuple[str, ...], groups: _Groups) -> Iterator[str]:
    for word in words:
        for part in word.split(" & "):
            expression = _REGULAR_EXPRESSION.fullmatch(part)
            if part.startswith("@") and groups is not None and part[1:] not in groups:
                yield f"{part!r}: no such group; known are {', '.join(sorted(groups))}"
            elif not part.strip() or part != part.strip():
                yield f"{word!r}: must be words without blanks around them"
            elif expression:
                try:
                    re.compile(expression[1])
                except re.error as error:
                    yield f"{part!r}: not a regular expression ({error})"


def _repeated(entities: list[Entity]) -> Iterator[str]:
    """Ids and English names that two entries share."""
    ids: dict[str, Entity] = {}
    names: dict[str, Entity] = {}
    for one in entities:
        if one.id in ids:
            yield f"{one.id}: id: used twice, for {ids[one.id].source!r} and {one.source!r}"
        ids.setdefault(one.id, one)
        for name in dict.fromkeys(one.names):
            if name in names:
                yield f"{one.id}: source: {name!r} already belongs to {names[name].id}"
            names.setdefault(name, one)
        if len(set(one.names)) < len(one.names):
            yield f"{one.id}: aliases: {list(one.names)!r}; the same name twice"
