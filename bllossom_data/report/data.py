"""Everything the report shows, as plain frozen records that a build can store as JSON.

Documents and bytes are whole numbers, bytes are bytes of UTF-8 text (not of files) unless a field
says otherwise, shares and ratios lie between 0 and 1, seconds are wall-clock seconds. Lists that
hold samples are cut by whoever fills them; the page cuts only long texts.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

import pydantic_core
from pydantic import TypeAdapter, ValidationError

from bllossom_data.errors import StepError

__all__ = [
    "Cluster",
    "ClusterMember",
    "ClusterSizeCount",
    "Counts",
    "EditCount",
    "Failure",
    "Histogram",
    "Leak",
    "MixShare",
    "MixSource",
    "MixSummary",
    "ModelFile",
    "Provenance",
    "QuarantinedRow",
    "ReasonCount",
    "Report",
    "SampledDocument",
    "SourceSummary",
    "StepSummary",
    "Threshold",
    "from_json",
    "to_json",
]

Side = Literal["above", "below"]
"""On which side of its threshold a value removes a document."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What went into a step and what came out of it alive, for one source."""

    documents_in: int
    bytes_in: int
    documents_out: int
    bytes_out: int


@dataclass(frozen=True, slots=True)
class StepSummary:
    """One step of the build, in the order in which the steps ran.

    A document repeated by the mix counts once per copy in `documents_out`, so it may exceed
    `documents_in` there. A source absent from `by_source` had nothing at this step.
    """

    name: str
    by_source: dict[str, Counts]
    seconds: float = 0.0
    peak_memory_bytes: int | None = None
    fingerprint: str = ""


@dataclass(frozen=True, slots=True)
class SourceSummary:
    """A source of the recipe. `bytes` is the size of its files on disk."""

    name: str
    language: str
    license: str
    path: str
    revision: str = ""
    url: str | None = None
    format: str = ""
    files: int = 0
    bytes: int = 0


@dataclass(frozen=True, slots=True)
class ReasonCount:
    """How many documents of one source failed one rule.

    `documents` counts every document that failed it, whatever else it failed too, so reasons do
    not add up; `documents_only_this` counts those that would be kept without this rule. `bytes`
    belongs to `documents`.
    """

    reason: str
    source: str
    documents: int
    documents_only_this: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Threshold:
    """One rule on a signal: documents on `side` of `value` are removed.

    `removed_share` is of the documents that the histogram counts.
    """

    value: float
    side: Side
    removed_share: float
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Histogram:
    """How a signal is distributed over the documents of one language.

    `counts[i]` documents lie in `edges[i]`..`edges[i + 1]`; values beyond the outer edges are
    counted in the end bins. `unmeasured` documents have no value. `scale` is the scale of the
    value axis; "log" needs edges above 0.

    Raises:
        StepError: the edges do not fit the counts or are not in order.
    """

    signal: str
    language: str
    edges: tuple[float, ...]
    counts: tuple[int, ...]
    thresholds: tuple[Threshold, ...] = ()
    family: str = ""
    scale: Literal["linear", "log"] = "linear"
    unmeasured: int = 0
    description_en: str = ""
    description_ko: str = ""

    def __post_init__(self) -> None:
        in_order = all(a <= b for a, b in pairwise(self.edges))
        if len(self.edges) != len(self.counts) + 1 or not self.counts or not in_order:
            raise StepError(
                f"histogram of {self.signal} ({self.language}): {len(self.counts)} counts need "
                f"{len(self.counts) + 1} edges in rising order, got {list(self.edges)[:6]}…"
            )


@dataclass(frozen=True, slots=True)
class Failure:
    """One rule that a document failed.

    `value`, `threshold` and `side` are None where a rule compares no number (an exact duplicate);
    `detail` then says the rest ("of 3f0c…").
    """

    reason: str
    signal: str = ""
    value: float | None = None
    threshold: float | None = None
    side: Side | None = None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SampledDocument:
    """A document shown to the reader. `text` may be its beginning only; `n_chars` is its length."""

    id: str
    source: str
    origin: str
    language: str
    text: str
    n_chars: int
    position: int | None = None
    url: str | None = None
    quality: float | None = None
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class ClusterMember:
    """One document of a duplicate cluster; `similarity` is its Jaccard similarity to the survivor.

    The survivor has no similarity. `text` may be the beginning only.
    """

    id: str
    source: str
    origin: str
    text: str
    n_chars: int
    survivor: bool = False
    similarity: float | None = None


@dataclass(frozen=True, slots=True)
class Cluster:
    """Documents found to be one. `size` counts all of them, `members` holds those to show."""

    id: str
    kind: Literal["exact", "near"]
    size: int
    members: tuple[ClusterMember, ...]


@dataclass(frozen=True, slots=True)
class ClusterSizeCount:
    """How many clusters have `min_size`..`max_size` documents (None: no upper bound)."""

    min_size: int
    max_size: int | None
    clusters: int
    documents: int


@dataclass(frozen=True, slots=True)
class Leak:
    """A document that holds an item of an evaluation set. `overlap` is the share found in it."""

    document: SampledDocument
    evaluation_set: str
    evaluation_item: str
    overlap: float
    item_text: str = ""


@dataclass(frozen=True, slots=True)
class EditCount:
    """How often one kind of edit was made in a source, and in how many documents."""

    kind: str
    source: str
    documents: int
    edits: int


@dataclass(frozen=True, slots=True)
class MixShare:
    """One language of the mix: its share as asked (None: nothing was asked) and as achieved.

    `available` and `amount` are in the unit of the mix, before and after choosing.
    """

    language: str
    asked: float | None
    achieved: float
    available: int
    amount: int


@dataclass(frozen=True, slots=True)
class MixSource:
    """One source of the mix. `epochs` is how often its documents are repeated on average."""

    source: str
    language: str
    documents_available: int
    documents: int
    bytes: int
    tokens: int | None = None
    epochs: float = 1.0


@dataclass(frozen=True, slots=True)
class MixSummary:
    """How the languages were balanced. `shortfall` says why the ratio was missed, if it was."""

    unit: str
    shares: tuple[MixShare, ...]
    sources: tuple[MixSource, ...]
    budget: int | None = None
    max_epochs: float | None = None
    tokenizer: str = ""
    shortfall: str = ""


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """A row that could not be read. `position` is a byte offset (JSONL) or a row number."""

    source: str
    file: str
    position: int
    reason: str
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A model that took part in the build."""

    name: str
    path: str
    sha256: str = ""
    license: str = ""


@dataclass(frozen=True, slots=True)
class Provenance:
    """What it takes to build this again: `command` is typed at the root of the checkout."""

    command: str
    recipe: str = ""
    recipe_path: str = ""
    machine: str = ""
    models: tuple[ModelFile, ...] = ()
    versions: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Report:
    """One build of one dataset.

    `built_at` is an ISO 8601 time, `generated_from` the build's folder. `quarantined` counts all
    rows set aside, `quarantine` holds those to show. `languages` is in the recipe's order.
    """

    name: str
    version: str
    built_at: str
    generated_from: str
    languages: tuple[str, ...]
    sources: tuple[SourceSummary, ...]
    steps: tuple[StepSummary, ...]
    provenance: Provenance
    pretty_name: str = ""
    reasons: tuple[ReasonCount, ...] = ()
    histograms: tuple[Histogram, ...] = ()
    rejects: tuple[SampledDocument, ...] = ()
    kept: tuple[SampledDocument, ...] = ()
    clusters: tuple[Cluster, ...] = ()
    cluster_sizes: tuple[ClusterSizeCount, ...] = ()
    leaks: tuple[Leak, ...] = ()
    personal_data: tuple[EditCount, ...] = ()
    cleaning: tuple[EditCount, ...] = ()
    mix: MixSummary | None = None
    quarantine: tuple[QuarantinedRow, ...] = ()
    quarantined: int = 0


def to_json(report: Report) -> str:
    """Return the report as one line of JSON; `from_json` gives an equal report back."""
    # NaN and infinities are no JSON numbers: they travel as strings, which the reader understands.
    return pydantic_core.to_json(report, inf_nan_mode="strings").decode()


def from_json(text: str) -> Report:
    """Read what `to_json` wrote.

    Raises:
        StepError: the text is no report; the message names the first field that does not fit.
    """
    try:
        return TypeAdapter(Report).validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "(the whole file)"
        value = str(first["input"])[:80]
        raise StepError(
            f"report data cannot be read: at {where}: {first['msg']} (found {value!r}); "
            "remove the file and run `bllossom report` again"
        ) from error
