"""The rules of topics: what shows a subject of American life in English, and what becomes of it.

They lie in `topic_catalogue/*.toml`, one file for each part of life, and the questions that no rule
applies to in `topic_catalogue/questions.toml`.
"""

import re
import tomllib
from collections.abc import Iterator, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from bllossom_data.errors import LocalizationError
from bllossom_data.examples import Dependency, Label
from bllossom_data.files import toml_line, toml_lines

__all__ = ["TopicPatterns", "TopicRule", "TopicRules", "load_topic_rules"]


def _pattern(text: str) -> str:
    try:
        re.compile(text)
    except re.error as error:
        raise ValueError(f"is not a regular expression: {error}") from error
    return text


Text = Annotated[str, Field(min_length=1)]
Pattern = Annotated[str, Field(min_length=2), AfterValidator(_pattern)]


class _Table(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class TopicPatterns(_Table):
    """What shows a subject in English; every pattern matches whole words in any case.

    Attributes:
        any: each alone shows the subject in a user's turn.
        all: groups, of which each must have a hit in one user's turn.
        not_: in a user's turn, they say that it is another subject.
        hints: words that hardly stand in a question about anything else, but may: where one stands
            in the focus of a user's turn, a person looks.
        support: words of the subject that confirm it anywhere.
    """

    any: tuple[Pattern, ...] = ()
    all: tuple[Annotated[tuple[Pattern, ...], Field(min_length=1)], ...] = ()
    not_: tuple[Pattern, ...] = Field(default=(), alias="not")
    hints: tuple[Pattern, ...] = ()
    support: Annotated[tuple[Pattern, ...], Field(min_length=3)]


class TopicRule(_Table):
    """One subject and what becomes of it.

    Attributes:
        id: `group.subject`, the name in edits (`topic:ID`).
        subject: its name in Korean.
        action: leave it, adapt what is there, write it anew, or take the example out.
        label: what then became of the example, as in KoBBQ.
        dependency: whether the answer depends on the change.
        counterpart: what it becomes in Korea, with the facts (Korean).
        prompt: what a model that rewrites the example is told (Korean).
        must_check: what the reviewer has to look at (Korean).
        match: what shows the subject.
    """

    id: Annotated[str, Field(pattern=r"^[a-z]+\.[a-z_]+$")]
    subject: Text
    action: Literal["keep", "adapt", "write_new", "remove"]
    label: Label
    dependency: Dependency
    counterpart: Text
    prompt: Text
    must_check: Annotated[tuple[Text, ...], Field(min_length=1)]
    match: TopicPatterns


class TopicRules(_Table):
    """All rules.

    Attributes:
        about_itself: questions that no rule applies to.
        residence: what is said to somebody who lives in an American state, whatever the subject.
        other_states: where one of these stands, words of `residence` say something else.
        rules: the rules.
    """

    about_itself: tuple[Pattern, ...] = ()
    residence: tuple[Pattern, ...] = ()
    other_states: tuple[Pattern, ...] = ()
    rules: tuple[TopicRule, ...] = ()


def load_topic_rules(path: Path | None = None) -> TopicRules:
    """Rules of a folder of TOML files or of one file, or the ones that come with the package.

    Raises:
        LocalizationError: every mistake, one on a line.
    """
    place = path or files("bllossom_data.localization").joinpath("topic_catalogue")
    parts: list[TopicRules] = []
    mistakes: list[str] = []
    seen: set[object] = set()
    for file in _files(place):
        raw, lines = _read(file)
        found = list(_mistakes_across(raw, seen))
        try:
            # TOML has lists where the rules have tuples, which strict mode only takes from JSON.
            parts.append(TopicRules.model_validate(_tuples(raw)))
        except ValidationError as error:
            found += [(one["loc"], one["msg"]) for one in error.errors()]
        mistakes += sorted(
            f"  {file.name}, line {toml_line(lines, at)}: {'.'.join(map(str, at))}: {message}"
            for at, message in found
        )
    if not mistakes and not any(one.rules for one in parts):
        mistakes.append("  no rules; needs a `.toml` file with [[rules]]")
    if mistakes:
        count = f"{len(mistakes)} mistake{'s' * (len(mistakes) > 1)}"
        raise LocalizationError(f"{place}: {count} in the topic rules:\n" + "\n".join(mistakes))
    return _together(parts)


def _together(parts: Sequence[TopicRules]) -> TopicRules:
    return TopicRules(
        about_itself=tuple(one for part in parts for one in part.about_itself),
        residence=tuple(one for part in parts for one in part.residence),
        other_states=tuple(one for part in parts for one in part.other_states),
        rules=tuple(one for part in parts for one in part.rules),
    )


def _files(place: Traversable) -> list[Traversable]:
    if not place.is_dir():
        return [place]
    found = (one for one in place.iterdir() if one.name.endswith(".toml"))
    return sorted(found, key=lambda one: one.name)


def _read(file: Traversable) -> tuple[dict[str, object], dict[tuple[str | int, ...], int]]:
    """One file, and the lines of its tables and keys."""
    try:
        text = file.read_text(encoding="utf-8")
        return tomllib.loads(text), toml_lines(text)
    except OSError as error:
        raise LocalizationError(f"{file}: cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise LocalizationError(f"{file}: is not TOML in UTF-8: {error}") from error


def _tuples(value: object) -> object:
    if isinstance(value, list):
        return tuple(map(_tuples, value))
    if isinstance(value, dict):
        return {key: _tuples(item) for key, item in value.items()}
    return value


def _mistakes_across(
    raw: dict[str, object], seen: set[object]
) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """What pydantic cannot see: two rules of one id, and rules that nothing can match."""
    tables = raw.get("rules")
    for index, table in enumerate(tables if isinstance(tables, list) else ()):
        if not isinstance(table, dict):
            continue
        name, match = table.get("id"), table.get("match")
        if name is not None and name in seen:
            yield ("rules", index, "id"), f"another rule is called {name!r}"
        seen.add(name)
        if isinstance(match, dict) and not match.get("any") and not match.get("all"):
            yield ("rules", index, "match"), "needs `any` or `all`, else it never matches"
