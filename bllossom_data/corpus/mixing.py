"""Choose documents so that languages and sources have the shares asked for.

A source of weight 2 is taken twice as often, document for document, as one of weight 1 of its
language; no weight, ratio or budget: everything once. `plan_mix` turns that into a target per
(language, source) and says why where the asked cannot be had; `choose_copies` meets a target with
whole documents in an order that only their ids and the seed decide. So the order of files, their
cuts and the number of workers change nothing, and a larger budget extends a smaller mix.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
from numba import njit
from numpy.typing import NDArray

from bllossom_data.corpus.hashing import mix
from bllossom_data.errors import RecipeError

__all__ = [
    "Available",
    "Choice",
    "MixGroup",
    "MixPlan",
    "MixSettings",
    "MixTarget",
    "choose_copies",
    "choose_more",
    "copies_of",
    "hash_ids",
    "is_validation",
    "plan_mix",
    "smallest_left",
]

TOLERANCE = 0.005
NEAR_ENOUGH = TOLERANCE / 10
MAX_COPIES = 65_535
VALIDATION_DRAW = 0x76616C6964617465

Hashes = NDArray[np.uint64]
Sizes = NDArray[np.int64]


class MixGroup(NamedTuple):
    """The documents of one source in one language, chosen together."""

    language: str
    source: str


class Available(NamedTuple):
    """What there is of a group: documents, and their size in the unit of the mix."""

    documents: int
    size: int


@dataclass(frozen=True, slots=True)
class MixSettings:
    """What mixture is asked for.

    Attributes:
        unit: what sizes are, UTF-8 bytes or tokens
        ratio: share (0-1) of each language, sum 1; empty: as it comes
        weights: how often the documents of a source are taken, relative to other sources of the
            language; 1 where a source is not named
        budget: size of the whole mix in `unit`; none: all there is once, repeated at most
            `max_epochs` times where the ratio wants it
        max_epochs: how often a document is taken at most
        seed: another seed, another choice of documents where not all are taken
        validation_ratio: share (0-1) of the documents held out for validation, outside of all above
    """

    unit: Literal["bytes", "tokens"] = "bytes"
    ratio: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)
    budget: int | None = None
    max_epochs: int = 1
    seed: int = 1
    validation_ratio: float = 0.0

    def __post_init__(self) -> None:
        """Refuse numbers that cannot work, with the value and what is allowed."""
        if self.unit not in ("bytes", "tokens"):
            raise RecipeError(f'[mix] unit = "{self.unit}": expected "bytes" or "tokens"')
        for language, share in self.ratio.items():
            if not 0 <= share <= 1:
                raise RecipeError(f"[mix] ratio.{language} = {share}: expected 0 to 1")
        if self.ratio and abs(sum(self.ratio.values()) - 1) > 1e-6:
            raise RecipeError(f"[mix] ratio adds up to {sum(self.ratio.values())}: expected 1")
        for source, weight in self.weights.items():
            if not 0 <= weight < math.inf:
                raise RecipeError(f"weight = {weight} of source {source!r}: expected 0 or more")
        if self.budget is not None and self.budget < 1:
            raise RecipeError(f"[mix] budget = {self.budget}: expected at least 1")
        if not 1 <= self.max_epochs <= MAX_COPIES:
            raise RecipeError(f"[mix] max_epochs = {self.max_epochs}: expected 1 to {MAX_COPIES}")
        if not 0 <= self.validation_ratio < 1:
            raise RecipeError(f"validation_ratio = {self.validation_ratio}: expected 0 to below 1")


class MixTarget(NamedTuple):
    """How much of a group the mix takes: size in the unit, and how often that is all of it."""

    size: int
    epochs: float


@dataclass(frozen=True, slots=True)
class MixPlan:
    """A target for every group, and why it is not what was asked where it is not."""

    targets: dict[MixGroup, MixTarget]
    reasons: tuple[str, ...]

    def language_targets(self) -> dict[str, int]:
        """Target size of each language."""
        sizes: dict[str, int] = {}
        for group, target in self.targets.items():
            sizes[group.language] = sizes.get(group.language, 0) + target.size
        return sizes


class Choice(NamedTuple):
    """Which documents of a group are taken how often.

    Attributes:
        full_epochs: every document is taken this many times
        last_hash: documents whose hash is at most this are taken once more; none: no document
        size: what that and `added` come to, exactly
        added: hashes above `last_hash` of documents taken once more, ascending; a larger target may
            leave them out; empty unless a document in the way is above 0.05 % of the target
    """

    full_epochs: int
    last_hash: int | None
    size: int
    added: tuple[int, ...] = ()


def plan_mix(available: Mapping[MixGroup, Available], settings: MixSettings) -> MixPlan:
    """Plan how much of each language and source the mix takes.

    The ratio goes before the budget: where a language has not enough within `max_epochs`, the
    whole mix becomes smaller. A language that is absent altogether leaves its share to the others.

    Args:
        available: what there is
        settings: what is asked for

    Returns:
        a target for each group of `available`, 0 for those left out
    """
    reasons: list[str] = []
    languages = _languages(available, settings, reasons)
    if settings.ratio:
        present = sum(_exact(settings.ratio[language]) for language in languages)
        shares = {name: _exact(settings.ratio[name]) / present for name in languages}
        members = languages
    else:
        shares = {"": Fraction(1)} if languages else {}
        members = {"": [group for groups in languages.values() for group in groups]}
    sizes = _total_per_share(available, settings, shares, members, reasons)
    targets = {group: MixTarget(0, 0.0) for group in available}
    for share, size in sizes.items():
        targets |= _spread(available, settings, members[share], size, reasons)
    return MixPlan(dict(sorted(targets.items())), tuple(reasons))


def _languages(
    available: Mapping[MixGroup, Available], settings: MixSettings, reasons: list[str]
) -> dict[str, list[MixGroup]]:
    """Groups that can be used, by language; say which languages are left out and which miss."""
    languages: dict[str, list[MixGroup]] = {}
    for group in sorted(available):
        if available[group].size > 0 and settings.weights.get(group.source, 1.0) > 0:
            languages.setdefault(group.language, []).append(group)
    if settings.ratio:
        for language in sorted(languages):
            if settings.ratio.get(language, 0) == 0:
                size = sum(available[group].size for group in languages.pop(language))
                reasons.append(
                    f"language {language} has no share in the ratio: "
                    f"{size} {settings.unit} left out"
                )
        for language, share in sorted(settings.ratio.items()):
            if share > 0 and language not in languages:
                reasons.append(
                    f"language {language} is asked for ({share:g} of the mix) but there is no "
                    "document of it to take: the others keep their proportions"
                )
    return languages


def _total_per_share(
    available: Mapping[MixGroup, Available],
    settings: MixSettings,
    shares: Mapping[str, Fraction],
    members: Mapping[str, list[MixGroup]],
    reasons: list[str],
) -> dict[str, int]:
    """Size of each share of the mix: the budget, or all there is, within `max_epochs`."""
    if not shares:
        reasons.append("there is no document to take: the mix is empty")
        return {}
    once: dict[str, Fraction] = {}
    most: dict[str, Fraction] = {}
    for name, part in shares.items():
        of_share = [(available[group].size, _weight(group, settings)) for group in members[name]]
        full = [size * min(weight, Fraction(settings.max_epochs)) for size, weight in of_share]
        once[name] = sum(full, Fraction()) / part
        most[name] = sum(size for size, _ in of_share) * settings.max_epochs / part
    scarce = min(most, key=lambda name: (most[name], name))
    wanted = max(once.values()) if settings.budget is None else Fraction(settings.budget)
    total = min(wanted, most[scarce])
    if round(total) < round(wanted):
        times = "once" if settings.max_epochs == 1 else f"{settings.max_epochs} times"
        asked = "the budget" if settings.budget is not None else "all of every language"
        share = f" and is {float(shares[scarce]):.4g} of the mix" if scarce else ""
        reasons.append(
            f"{f'language {scarce}' if scarce else 'the corpus'} comes to "
            f"{round(most[scarce] * shares[scarce])} {settings.unit} when every document is taken "
            f"{times}{share}: the mix has {round(total)} {settings.unit} instead of "
            f"{round(wanted)} ({asked}); raise max_epochs or add documents"
        )
    return {name: round(total * part) for name, part in shares.items()}


def _weight(group: MixGroup, settings: MixSettings) -> Fraction:
    return _exact(settings.weights.get(group.source, 1.0))


def _exact(number: float) -> Fraction:
    """The decimal number that a recipe means: with 0.7 in binary, 70 of 100 would miss 0.7."""
    return Fraction(str(number))


def _spread(
    available: Mapping[MixGroup, Available],
    settings: MixSettings,
    groups: Sequence[MixGroup],
    size: int,
    reasons: list[str],
) -> dict[MixGroup, MixTarget]:
    """Spread a size over groups: epochs in proportion to weights, none above `max_epochs`."""
    by_weight = sorted(groups, key=lambda group: (-_weight(group, settings), group))
    left = size
    weighted = sum((_weight(g, settings) * available[g].size for g in groups), Fraction())
    targets: dict[MixGroup, MixTarget] = {}
    capped: list[MixGroup] = []
    for group in by_weight:
        there = available[group].size
        weight = _weight(group, settings)
        most = there * settings.max_epochs
        wanted = left * weight * there / weighted
        target = min(round(wanted), most, left)
        if wanted > most:
            capped.append(group)
        targets[group] = MixTarget(target, target / there)
        left -= target
        weighted -= weight * there
    if capped and len(capped) < len(groups):
        names = ", ".join(f"{group.source} ({group.language})" for group in sorted(capped))
        reasons.append(
            f"taken {settings.max_epochs} times at most although the weight asks for more: "
            f"{names}; other sources make up for it"
        )
    return targets


def hash_ids(ids: pa.Array, seed: int) -> Hashes:
    """Hash ids to numbers that order documents at random, the same on every machine.

    Args:
        ids: n strings
        seed: another seed gives another order

    Returns:
        n hashes; equal ids have equal hashes
    """
    if isinstance(ids, pa.ChunkedArray):
        ids = ids.combine_chunks()
    ids = ids.cast(pa.large_string())
    hashes = np.zeros(len(ids), np.uint64)
    if len(ids):
        _, offset_buffer, data_buffer = ids.buffers()
        offsets = np.frombuffer(offset_buffer, np.int64, len(ids) + 1, 8 * ids.offset)
        data = np.frombuffer(data_buffer or b"\0", np.uint8)
        _hash_strings(data, offsets, np.uint64(seed % (1 << 64)), hashes)
    return hashes


@njit(cache=True, nogil=True)
def _hash_strings(data: NDArray[np.uint8], offsets: Sizes, seed: np.uint64, hashes: Hashes) -> None:
    """FNV-1a (Fowler, Noll, Vo) of the bytes, then mixed with the seed."""
    for row in range(len(hashes)):
        value = np.uint64(0xCBF29CE484222325)
        for at in range(offsets[row], offsets[row + 1]):
            value = (value ^ np.uint64(data[at])) * np.uint64(0x100000001B3)
        hashes[row] = mix(value ^ mix(seed))


def is_validation(ids: pa.Array, ratio: float, seed: int) -> NDArray[np.bool_]:
    """Draw a share of documents by their ids alone, independent of the order of `choose_copies`.

    Args:
        ids: n strings; equal ids are drawn together
        ratio: share to draw, 0 to below 1; a larger one extends a smaller
        seed: another seed draws other documents
    """
    return hash_ids(ids, seed ^ VALIDATION_DRAW) < np.uint64(int(ratio * 2**64))


def choose_copies(hashes: Hashes, sizes: Sizes, target: int, max_epochs: int) -> Choice:
    """Meet a target with whole documents: all of them some times, then the first in hash order.

    The first that is too large ends them; of those behind it, what still fits is added until less
    than 0.05 % of the target is left. Documents with equal ids are taken or left together.

    Args:
        hashes: of the ids of all documents of a group, in any order
        sizes: of the same documents
        target: size to meet; beyond `max_epochs` times everything, the choice is that
        max_epochs: how often a document is taken at most

    Returns:
        a choice that is not larger than the target; what it misses is less than 0.05 % of the
        target or less than the smallest document left
    """
    there = int(sizes.sum())
    if target <= 0 or there == 0:
        return Choice(0, None, 0)
    full, rest = divmod(min(target, there * max_epochs), there)
    if rest == 0:
        return Choice(full, None, full * there)
    in_order, of_hash = _by_hash(hashes, sizes)
    cumulated = np.concatenate([[0], np.cumsum(of_hash)])
    taken = int(np.searchsorted(cumulated, rest, side="right")) - 1
    last_hash = int(in_order[taken - 1]) if taken else None
    choice = Choice(full, last_hash, full * there + int(cumulated[taken]))
    left, enough = rest - int(cumulated[taken]), int(target * NEAR_ENOUGH)
    return choice if left <= enough else _filled(in_order, of_hash, choice, left, enough)


def choose_more(hashes: Hashes, sizes: Sizes, choice: Choice, more: int, max_epochs: int) -> Choice:
    """Add what a choice leaves of the same documents, in hash order, to the size of `more`."""
    if choice.full_epochs >= max_epochs:
        return choice
    return _filled(*_by_hash(hashes, sizes), choice, more, 0)


def smallest_left(hashes: Hashes, sizes: Sizes, choice: Choice, max_epochs: int) -> int | None:
    """Size of the smallest document that could be taken once more; none where there is none."""
    in_order, of_hash = _by_hash(hashes, sizes)
    left = of_hash[copies_of(in_order, choice) == choice.full_epochs]
    return int(left.min()) if len(left) and choice.full_epochs < max_epochs else None


def _by_hash(hashes: Hashes, sizes: Sizes) -> tuple[Hashes, Sizes]:
    """The different hashes, ascending, and the size of all documents of each."""
    order = np.argsort(hashes, kind="stable")
    in_order = hashes[order]
    first = np.flatnonzero(np.diff(in_order, prepend=~in_order[:1]))
    return in_order[first], np.add.reduceat(sizes[order], first)


def _filled(in_order: Hashes, sizes: Sizes, choice: Choice, left: int, enough: int) -> Choice:
    taken = copies_of(in_order, choice) > choice.full_epochs
    added = np.zeros(len(sizes), np.bool_)
    left_over = _fill(sizes, taken, left, enough, added)
    together = np.union1d(np.array(choice.added, np.uint64), in_order[added])
    return choice._replace(size=choice.size + left - left_over, added=tuple(together.tolist()))


@njit(cache=True, nogil=True)
def _fill(
    sizes: Sizes, taken: NDArray[np.bool_], left: int, enough: int, added: NDArray[np.bool_]
) -> int:
    for row in range(len(sizes)):
        if left <= enough:
            break
        if not taken[row] and sizes[row] <= left:
            added[row] = True
            left -= sizes[row]
    return left


def copies_of(hashes: Hashes, choice: Choice) -> NDArray[np.uint16]:
    """How often each document is taken, from its hash alone."""
    copies = np.full(len(hashes), choice.full_epochs, np.uint16)
    if choice.last_hash is not None:
        copies += hashes <= np.uint64(choice.last_hash)
    if choice.added:
        copies += np.isin(hashes, np.array(choice.added, np.uint64))
    return copies
