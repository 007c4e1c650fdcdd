"""Files of decisions: the store of a dataset, and what people and other tools bring to it.

The store is all decisions that were ever made, in the order in which they came, so that a later
build can tell who decided what about which draft.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from bllossom_data.errors import StepError
from bllossom_data.examples import Review, Role
from bllossom_data.files import canonical_json, exclusive_lock, write_atomic
from bllossom_data.korean.speech_level import SpeechLevel
from pipelines.decision_lines import decision_of, mistakes_about
from pipelines.decision_texts import judge_text
from pipelines.drafts import Draft
from pipelines.foreign_texts import ForeignTexts
from pipelines.reviewing import decided_moment, is_void

__all__ = ["Imported", "add_decisions", "read_decisions", "shortened"]

SHOWN_MISTAKES = 20
_PACKED = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd", b"PK\x03\x04": "zip"}
_WIDE = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


@dataclass(slots=True)
class Imported:
    """What became of the lines of a file.

    Attributes:
        added: decisions that were not there.
        known: decisions that were there before.
        mistakes: what is wrong, each with file, line, key and value.
        rejected: lines that were kept out because of it.
        rejected_file: where those lines were written; None where there are none, or no place.
        void: decisions about another draft than there is now, each with file and line; they are
            kept and do not count.
        notes: what else a person should know.
    """

    added: int = 0
    known: int = 0
    mistakes: list[str] = field(default_factory=list)
    rejected: int = 0
    rejected_file: Path | None = None
    void: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Line:
    number: int
    text: bytes
    review: Review | None
    raw: Mapping[str, Any]
    mistakes: list[str]


def read_decisions(paths: Iterable[Path]) -> list[Review]:
    """Decisions of several files, in order; a file that is not there holds none.

    Raises:
        StepError: lines are no decisions; the message tells the mistakes of the file.
    """
    decisions = []
    for path in paths:
        if not path.is_file():
            continue
        mistakes = []
        for line in _lines(path):
            mistakes += [f"{path}:{line.number}: {one}" for one in line.mistakes]
            decisions += [line.review] if line.review else []
        if mistakes:
            shown = "\n".join(f"  {one}" for one in shortened(mistakes))
            raise StepError(f"{path}: lines are no decisions; correct them:\n{shown}")
    return decisions


def shortened(mistakes: list[str]) -> list[str]:
    """The first mistakes, and how many more there are."""
    left = len(mistakes) - SHOWN_MISTAKES
    more = [f"… and {left:,} more; correct these first"] if left > 0 else []
    return mistakes[:SHOWN_MISTAKES] + more


def _lines(path: Path) -> Iterator[_Line]:
    content = _content(path)
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            yield _Line(number, line, *decision_of(line))


def _content(path: Path) -> bytes:
    """A file as it is, if it can be JSON lines at all.

    Raises:
        StepError: it cannot; nothing in it is worth a message for each line.
    """
    if not path.exists():
        where = f", where the link {path} leads" if path.is_symlink() else ""
        raise StepError(
            f"{path.resolve()}: there is no such file{where}; give a file of decisions (.jsonl)"
        )
    if not path.is_file():
        kind = "a folder" if path.is_dir() else "no regular file"
        raise StepError(f"{path}: is {kind}; give a file of decisions (.jsonl)")
    content = path.read_bytes()
    for begin, name in _PACKED.items():
        if content.startswith(begin):
            raise StepError(f"{path}: is packed ({name}); unpack it and import what is inside")
    for begin, name in _WIDE.items():
        if content.startswith(begin):
            raise StepError(f"{path}: is {name}; save it as UTF-8 and import it again")
    text = content.removeprefix(b"\xef\xbb\xbf").strip()
    if len(text.splitlines()) > 1 or text.startswith(b"["):
        with suppress(ValueError, RecursionError):
            whole = json.loads(text.decode())
            kind = "list" if isinstance(whole, list) else "value"
            raise StepError(
                f"{path}: is one JSON {kind}; write every decision as an object in one line of its "
                "own (JSON lines), without brackets and commas around them"
            )
    return content


def add_decisions(
    store: Path,
    incoming: Path,
    drafts: Mapping[str, Draft],
    levels: Mapping[Role, SpeechLevel],
    now: datetime,
) -> Imported:
    """Adds decisions to the store; those that stand there already are left out.

    Lines with a mistake are kept out and written to a file beside the one that was given; the
    others come in.

    Args:
        store: the file of all decisions of a dataset.
        incoming: decisions as a review page exports them, or a person writes them.
        drafts: drafts of the build, by example.
        levels: speech level that each role should keep.
        now: the moment of the import; a decision of a later day is a mistake.

    Returns:
        What became of the lines.

    Raises:
        StepError: the file, or the store, cannot be read at all; nothing was added.
    """
    result = Imported()
    good: dict[tuple[str, str], Review] = {}
    bad: list[_Line] = []
    said: dict[str, tuple[int, Review]] = {}
    there_before = read_decisions([store])
    known, standing = set(there_before), {one.example_id: one for one in there_before}
    foreign = ForeignTexts(drafts)
    for line in _lines(incoming):
        place = f"{incoming}:{line.number}"
        wrong = [*line.mistakes, *mistakes_about(line.raw, drafts)]
        if not wrong and line.review and line.review not in known:
            wrong, warned = judge_text(
                line.review, drafts[line.review.example_id], levels, foreign.findings(line.review)
            )
            wrong += _in_future(line.review, now)
            result.notes += [f"{place}: {one}" for one in warned]
        if wrong or line.review is None:
            result.mistakes += [f"{place}: {one}" for one in wrong]
            bad.append(line)
            continue
        review = line.review
        result.void += _void(place, review, drafts[review.example_id])
        result.notes += _repeated(place, review, said.get(review.example_id))
        if review not in known:
            result.notes += _older(place, review, standing.get(review.example_id))
        said[review.example_id] = line.number, review
        # What a person says last stands last, so that it counts.
        good.pop((review.example_id, review.reviewer), None)
        good[review.example_id, review.reviewer] = review
    _store(store, good.values(), result)
    if bad:
        result.rejected = len(bad)
        try:
            result.rejected_file = _write_rejected(incoming, bad)
        except OSError as error:
            result.notes.append(
                f"{incoming.parent}: rejected lines could not be written there ({error.strerror}); "
                f"correct them in {incoming}"
            )
    if not bad and not good:
        result.notes.append(f"{incoming}: holds no decision; nothing was changed")
    named = [str(line.raw["example_id"]) for line in bad if "example_id" in line.raw]
    if named and not good and not any(name in drafts for name in named):
        result.notes.append(
            f"{incoming}: no line is about an example of this dataset; is it for another recipe?"
        )
    return result


def _void(place: str, review: Review, draft: Draft) -> list[str]:
    if not is_void(review, draft):
        return []
    return [
        f"{place}: draft_sha256 = {json.dumps(review.draft_sha256)}: is not that of the draft of "
        f"{review.example_id} as it is now, so the decision is kept and does not count; if the "
        "value is copied right, the draft has changed: look at it again and decide anew"
    ]


def _in_future(review: Review, now: datetime) -> list[str]:
    """A decision that would be the newest one for days or years, whatever is decided after it.

    Clocks differ, and a day without a time is another moment in another zone.
    """
    if decided_moment(review) <= now + timedelta(days=1):
        return []
    return [
        f"decided_at = {json.dumps(review.decided_at)}: is in the future, for this machine's clock "
        f"says {now:%Y-%m-%dT%H:%MZ}; give the day when it was decided, or set the clock right"
    ]


def _repeated(place: str, review: Review, before: tuple[int, Review] | None) -> list[str]:
    if before is None or before[1] == review:
        return []
    number, other = before
    return [
        f"{place}: {review.example_id} was decided in line {number} too ({other.decision} by "
        f"{other.reviewer}); the last decision counts ({review.decision} by {review.reviewer})"
    ]


def _older(place: str, review: Review, standing: Review | None) -> list[str]:
    if standing is None or decided_moment(review) >= decided_moment(standing):
        return []
    return [
        f"{place}: {review.example_id} was decided later already ({standing.decision} by "
        f"{standing.reviewer}, {standing.decided_at}); the decision that comes last counts "
        f"({review.decision} by {review.reviewer}, {review.decided_at})"
    ]


def _store(store: Path, reviews: Iterable[Review], result: Imported) -> None:
    store.parent.mkdir(parents=True, exist_ok=True)
    with exclusive_lock(store.with_name(f".{store.name}.lock")):
        there_before = read_decisions([store])
        last = {(one.example_id, one.reviewer): one for one in there_before}
        new = [
            one
            for one in reviews
            if not _is_known(one, last.get((one.example_id, one.reviewer)), there_before)
        ]
        if new:
            there = store.read_bytes() if store.is_file() else b""
            if there and not there.endswith(b"\n"):
                there += b"\n"
            lines = "".join(canonical_json(_plain(one)) + "\n" for one in new)
            write_atomic(store, there.decode("utf-8") + lines)
    result.added = len(new)
    result.known = sum(1 for _ in reviews) - len(new)


def _is_known(review: Review, last: Review | None, there: Sequence[Review]) -> bool:
    """Whether a decision brings nothing new.

    Somebody may come back to what they said first, so it is what they said last that tells; but a
    file that is older than that is only the same file again.
    """
    if last is None or review == last:
        return review == last
    return decided_moment(review) < decided_moment(last) and review in there


def _plain(review: Review) -> dict[str, object]:
    return {
        **{name: getattr(review, name) for name in Review.__slots__ if name != "messages"},
        "dismissed": list(review.dismissed),
        "messages": [{"role": one.role, "content": one.content} for one in review.messages],
    }


def _write_rejected(incoming: Path, lines: Iterable[_Line]) -> Path:
    """Writes lines as they came, so that they can be corrected there and imported from there.

    A file that is there already may have been corrected by hand; it is never written over.
    """
    content = b"".join(line.text.removeprefix(b"\xef\xbb\xbf") + b"\n" for line in lines)
    for number in count(1):
        again = "" if number == 1 else f"-{number}"
        path = incoming.with_name(f"{incoming.stem}.rejected{again}.jsonl")
        if not path.exists():
            write_atomic(path, content)
            break
        if path.is_file() and path.read_bytes() == content:
            break
    return path
