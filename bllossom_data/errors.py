"""Every error a user can meet, in one tree.

BllossomError                something the user can act on; exit code 1, no traceback
├── RecipeError              a recipe is wrong; nothing has been done yet
├── SourceError              a source cannot be read at all
├── ModelError               a model file is missing, damaged or not the one asked for
├── DriftError               a released version would change
├── StepError                a step could not finish
└── MissingPackageError      a command needs a package that is not installed
"""

__all__ = [
    "BllossomError",
    "DriftError",
    "MissingPackageError",
    "ModelError",
    "RecipeError",
    "SourceError",
    "StepError",
    "missing_package",
]


class BllossomError(Exception):
    """Something the user can act on: the message says what, where, which value and what to do."""


class RecipeError(BllossomError):
    """A recipe is wrong; raised before any work is done."""


class SourceError(BllossomError):
    """A source cannot be read at all (a bad row is quarantined instead)."""


class ModelError(BllossomError):
    """A model file is missing, damaged or not the one asked for."""


class DriftError(BllossomError):
    """The result of a released version would change."""


class StepError(BllossomError):
    """A step could not finish."""


class MissingPackageError(BllossomError):
    """A command needs a package that is not installed."""


def missing_package(package: str, purpose: str, extra: str = "pipelines") -> MissingPackageError:
    """Says which package is missing, what for, and how it is installed in the checkout.

    Args:
        package: Name of the distribution.
        purpose: What it is for.
        extra: Extra of pyproject.toml that brings it.
    """
    return MissingPackageError(
        f"{package} is not installed (for {purpose}); in the checkout: "
        f"pip install -c constraints.txt -e '.[{extra}]'"
    )
