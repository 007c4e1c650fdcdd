"""The types of a recipe's keys, and what every kind of recipe says of its dataset."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, ValidationInfo

__all__ = [
    "HUB_FILE",
    "HUB_PREFIX",
    "SAMPLE_PREFIX",
    "VARIABLE",
    "Address",
    "Dataset",
    "Language",
    "Name",
    "RecipePath",
    "Seed",
    "Sha256",
    "SourcePath",
    "Table",
    "Text",
    "listed",
    "must_match",
    "optional",
]

SAMPLE_PREFIX = "sample:"
HUB_PREFIX = "hf://"
HUB_FILE = re.compile(
    r"hf://datasets/([A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+)@([0-9a-f]{40})/([^\s/][^\s]*)"
)
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")


def must_match(pattern: str, hint: str) -> AfterValidator:
    """A text of which all must match `pattern`; `hint` says so to people."""

    def check(value: str) -> str:
        if not re.fullmatch(pattern, value):
            raise ValueError(hint)
        return value

    return AfterValidator(check)


def absolute_path(written: str, filled: str, folder: Path) -> str:
    """A path made absolute.

    What a file says starts at the file's folder; what a person gives to a command, in a
    `${VARIABLE}` at the beginning, starts where the command runs, as a shell completes it.

    Args:
        written: the path as the file has it.
        filled: the same with values for its variables.
        folder: folder of the file.
    """
    start = Path.cwd() if VARIABLE.match(written) else folder
    return os.path.normpath(start / Path(filled).expanduser())


def resolve_path(value: object, info: ValidationInfo) -> object:
    """Fill in `${VARIABLE}` and make the path absolute."""
    if not isinstance(value, str) or value.startswith(SAMPLE_PREFIX) or info.context is None:
        return value
    if value.startswith(HUB_PREFIX):
        raise ValueError("only sources of instruction data are read from the Hub; download it")
    variables: Mapping[str, str] = info.context["variables"]
    missing = [name for name in VARIABLE.findall(value) if name not in variables]
    if missing:
        raise ValueError(
            "; ".join(
                f"${{{name}}} has no value: give it with `--set {name}=VALUE` "
                f"or the environment variable {name}"
                for name in dict.fromkeys(missing)
            )
        )
    filled = VARIABLE.sub(lambda found: variables[found.group(1)], value)
    if not filled or "${" in filled:
        raise ValueError("must be a path; a variable in it is written ${NAME}")
    return absolute_path(value, filled, info.context["folder"])


Text = Annotated[str, Field(min_length=1)]
Name = Annotated[
    str, must_match(r"[a-z0-9][a-z0-9-]*", "must be small letters a-z, digits and hyphens")
]
Version = Annotated[
    str,
    must_match(
        r"[0-9]{4}\.(0[1-9]|1[0-2])\.(0|[1-9][0-9]*)(-dev)?",
        "must be YEAR.MONTH.NUMBER such as 2026.11.0, or 2026.11.0-dev while you try things",
    ),
]
HubName = Annotated[str, must_match(r"[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+", "must be owner/name")]
Language = Literal["ko", "en"]


def resolve_source(value: object, info: ValidationInfo) -> object:
    """The same for what may also be a file on the Hub, named by its commit."""
    if not isinstance(value, str) or not value.startswith(HUB_PREFIX):
        return resolve_path(value, info)
    if not HUB_FILE.fullmatch(value):
        raise ValueError(
            "must be hf://datasets/owner/name@COMMIT/file with a commit of 40 digits; a branch or "
            "a tag may hold something else tomorrow"
        )
    return value


RecipePath = Annotated[str, Field(min_length=1), BeforeValidator(resolve_path)]
SourcePath = Annotated[str, Field(min_length=1), BeforeValidator(resolve_source)]
Sha256 = Annotated[str, must_match(r"[0-9a-f]{64}", "must be 64 digits 0-9a-f")]
Address = Annotated[
    str, must_match(r"[a-z][a-z0-9+.-]*://\S+", "must be an address such as https://…")
]
Seed = Annotated[int, Field(ge=0, lt=1 << 32)]


class Table(BaseModel):
    """A table of a recipe: checked strictly, and a key that nobody reads is refused."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, allow_inf_nan=False, validate_default=True
    )


def optional(default: Any, description: str, **limits: Any) -> Any:
    """A key that may be left out."""
    return Field(default=default, description=description, **limits)


def listed(description: str, **more: Any) -> Any:
    """A key that holds one entry or more."""
    # TOML has lists and frozen models want tuples, which strict mode would refuse.
    return Field(strict=False, min_length=1, description=description, **more)


class Dataset(Table):
    """What the dataset is called and where it goes."""

    name: Name = Field(description="Name of the dataset; also the folder of its builds.")
    version: Version = Field(description="A `-dev` version may change, any other never does.")
    license: Text = Field(description="Licence of the whole, an SPDX or Hub identifier.")
    pretty_name: Text = Field(description="Title on the dataset card.")
    languages: tuple[Language, ...] = listed("Languages that the dataset may hold.")
    hub: HubName | None = optional(None, "Repository on the Hugging Face Hub, `owner/name`.")
    kind: Literal["pretraining", "instruction", "preference"] = optional(
        "pretraining",
        "What is built: a corpus of documents, translated instruction data, or preferences.",
    )
