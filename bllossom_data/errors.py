"""Every error a user can meet, in one tree.

BllossomError                something the user can act on; exit code 1, no traceback
├── RecipeError              a recipe is wrong; nothing has been done yet
├── SourceError              a source cannot be read at all
├── ModelError               a model file is missing, damaged or not the one asked for
├── DriftError               a released version would change
├── StepError                a step could not finish
├── LocalizationError        the entity catalogue or the topic rules are wrong
├── TopicRewriteError        a model's rewrite of an example cannot be used
├── ProviderError            a translation engine cannot be used at all
├── ReviewError              the review page cannot do what it is asked
│   ├── SubmissionError      what a person sent from the page cannot be taken
│   ├── StaleError           what a person answered has changed since
│   ├── NotNowError          an item takes no answer as it stands
│   ├── LastAdministratorError  nobody would be left to administer the page
│   └── OlderTextError       a newer text was saved from another window
├── PublishingError          a dataset cannot be published, pulled or compared
│   └── HubUnreachableError  there is no way to the Hub; what is on this machine can still be used
├── QuotaError               the quota of a translation account is used up
├── RunFileError             a run file of training is wrong; nothing has been done yet
├── TrainingError            a training run cannot start or go on
│   └── TrainingStopped      it was told to stop, and saved a checkpoint first
└── MissingPackageError      a command needs a package that is not installed
"""

from collections.abc import Sequence
from typing import Any

__all__ = [
    "BllossomError",
    "DriftError",
    "HubUnreachableError",
    "LastAdministratorError",
    "LocalizationError",
    "MissingPackageError",
    "ModelError",
    "NotNowError",
    "OlderTextError",
    "ProviderError",
    "PublishingError",
    "QuotaError",
    "RecipeError",
    "ReviewError",
    "RunFileError",
    "SourceError",
    "StaleError",
    "StepError",
    "SubmissionError",
    "TopicRewriteError",
    "TrainingError",
    "TrainingStopped",
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


class LocalizationError(BllossomError):
    """The entity catalogue or the topic rules are wrong; every mistake is told at once."""


class TopicRewriteError(BllossomError):
    """A model's rewrite cannot be used; the message tells every mistake, to be asked again."""


class ProviderError(BllossomError):
    """A translation engine cannot be used at all: no key, an unknown model, a wrong address."""


class ReviewError(BllossomError):
    """The review page cannot do what a command asks: no database, no project, no such file."""


class SubmissionError(ReviewError):
    """What a person sent from the review page cannot be taken.

    Attributes:
        problems: what is wrong, each for a person to read.
        findings: findings of the checks that stand in the way, if it is those.
    """

    def __init__(self, problems: Sequence[str], findings: Sequence[Any] = ()) -> None:
        """Keeps what is wrong."""
        super().__init__("; ".join(problems))
        self.problems = list(problems)
        self.findings = list(findings)


class StaleError(ReviewError):
    """The item, or the answer that the page was opened on, has changed since.

    Attributes:
        current: the answer that stands now, if there is one.
    """

    def __init__(self, message: str, current: Any = None) -> None:
        """Keeps what stands now."""
        super().__init__(message)
        self.current = current


class NotNowError(ReviewError):
    """An item cannot be answered as it stands; the message says why."""


class LastAdministratorError(ReviewError):
    """Without this person, nobody would be left to administer the review page."""


class OlderTextError(ReviewError):
    """A newer text was saved from another window.

    Attributes:
        saved: what is saved.
    """

    def __init__(self, saved: Any) -> None:
        """Keeps what is saved."""
        super().__init__("a newer text was saved from another window")
        self.saved = saved


class QuotaError(BllossomError):
    """An account's quota is used up; the work stops cleanly and goes on another day."""


class PublishingError(BllossomError):
    """A dataset cannot be published, pulled or compared; what is on the Hub stays as it was."""


class HubUnreachableError(PublishingError):
    """There is no way to the Hub; what is on this machine can still be used."""


class RunFileError(BllossomError):
    """A run file of training is wrong; raised before any work is done."""


class TrainingError(BllossomError):
    """A training run cannot start or go on; the last whole checkpoint is untouched."""


class TrainingStopped(TrainingError):
    """A training run was told to stop; the same command goes on from its checkpoint."""


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
