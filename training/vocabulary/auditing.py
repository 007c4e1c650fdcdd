"""Measures what an extended vocabulary does to text, and whether every new token is reached."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from bllossom_data.errors import TrainingError
from bllossom_data.files import atomic_path
from bllossom_data.progress import Progress
from training.pinned_data import PinnedDataset
from training.vocabulary.corpus_text import has_hangul, lines_of

__all__ = ["Audit", "Encoder", "LanguageFigures", "audit_table", "audit_vocabulary", "draw_audit"]


@dataclass(frozen=True, slots=True)
class Encoder:
    """A tokenizer as the audit asks it.

    Attributes:
        encode: ids of each text, without special tokens.
        decode: text of each sequence of ids.
        tokens: all tokens with their ids.
        is_reached: for every new token, whether its own text becomes it and nothing else.
    """

    encode: Callable[[Sequence[str]], list[list[int]]]
    decode: Callable[[Sequence[Sequence[int]]], list[str]]
    tokens: Mapping[str, int]
    is_reached: Callable[[Iterable[str]], dict[str, bool]]


@dataclass(slots=True)
class LanguageFigures:
    """Sums over the lines of one language.

    Attributes:
        lines: lines.
        words: words between spaces (eojeol in Korean).
        text_bytes: bytes of the lines in UTF-8.
        tokens_before: tokens of the base tokenizer.
        tokens_after: tokens of the extended one.
        changed: lines whose ids are not the same.
        without_hangul: lines that hold no Hangul syllable.
        changed_without_hangul: those of them whose ids are not the same.
        broken_before: lines that the base tokenizer does not give back as they were.
        broken_after: lines that the extended one does not give back as they were.
    """

    lines: int = 0
    words: int = 0
    text_bytes: int = 0
    tokens_before: int = 0
    tokens_after: int = 0
    changed: int = 0
    without_hangul: int = 0
    changed_without_hangul: int = 0
    broken_before: int = 0
    broken_after: int = 0

    def add(self, line: str, before: Sequence[int], after: Sequence[int]) -> None:
        """Counts one line."""
        self.lines += 1
        self.words += len(line.split())
        self.text_bytes += len(line.encode())
        self.tokens_before += len(before)
        self.tokens_after += len(after)
        changed = list(before) != list(after)
        self.changed += changed
        if not has_hangul(line):
            self.without_hangul += 1
            self.changed_without_hangul += changed

    @property
    def context_gain(self) -> float:
        """How many times as much text a context holds as before."""
        return self.tokens_before / self.tokens_after if self.tokens_after else 1.0


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit found.

    Attributes:
        base_tokens: tokens of the base tokenizer.
        new_tokens: tokens that only the extended one has.
        moved: tokens of the base that have another id, or none, in the extended one.
        unreachable: new tokens that no text becomes.
        used: new tokens that occur in the audited text.
        used_ten_times: those that occur ten times or more.
        languages: figures by language.
    """

    base_tokens: int
    new_tokens: int
    moved: int
    unreachable: tuple[str, ...]
    used: int
    used_ten_times: int
    languages: dict[str, LanguageFigures] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        """Plain data for programs."""
        figures = {
            name: {**asdict(one), "context_gain": round(one.context_gain, 4)}
            for name, one in self.languages.items()
        }
        return {**asdict(self), "unreachable": list(self.unreachable), "languages": figures}

    def problems(self) -> list[str]:
        """What an extended vocabulary must not do, but this one does."""
        english = self.languages["en"]
        found = []
        if self.moved:
            found.append(f"{self.moved:,} tokens of the base have another id")
        if self.unreachable:
            found.append(f"{len(self.unreachable):,} new tokens cannot be reached")
        if english.changed_without_hangul:
            found.append(f"{english.changed_without_hangul:,} English lines have other ids")
        if broken := sum(
            max(0, one.broken_after - one.broken_before) for one in self.languages.values()
        ):
            found.append(f"{broken:,} more lines do not come back as they were")
        return found


def audit_vocabulary(
    base: Encoder, extended: Encoder, corpus: PinnedDataset, share: float, progress: Progress
) -> Audit:
    """Encodes a corpus with both tokenizers and compares.

    Args:
        base: the tokenizer as it was.
        extended: the extended one.
        corpus: an opened corpus; best one that the vocabulary was not chosen from.
        share: share (0-1) of the documents to look at.
        progress: where work reports.

    Raises:
        TrainingError: the corpus lacks Korean or English.
    """
    new = {token: number for token, number in extended.tokens.items() if token not in base.tokens}
    uses: Counter[int] = Counter()
    languages = {"ko": LanguageFigures(), "en": LanguageFigures()}
    for language, figures in languages.items():
        with progress.work(f"Encode {language}", None, "lines") as advance:
            for batch in lines_of(corpus, language, share):
                before, after = base.encode(batch), extended.encode(batch)
                for line, old_ids, new_ids in zip(batch, before, after, strict=True):
                    figures.add(line, old_ids, new_ids)
                    uses.update(new_ids)
                figures.broken_before += _broken(batch, base.decode(before))
                figures.broken_after += _broken(batch, extended.decode(after))
                advance(len(batch))
        if not figures.lines:
            raise TrainingError(
                f"{corpus.entry.path}: split {corpus.entry.split!r} has no document whose language "
                f"is {language}; an audit compares both languages"
            )
    reached = extended.is_reached(new)
    return Audit(
        len(base.tokens),
        len(new),
        sum(extended.tokens.get(token) != number for token, number in base.tokens.items()),
        tuple(sorted(token for token, whether in reached.items() if not whether)),
        sum(uses[number] > 0 for number in new.values()),
        sum(uses[number] >= 10 for number in new.values()),
        languages,
    )


def _broken(lines: Sequence[str], decoded: Sequence[str]) -> int:
    return sum(line != back for line, back in zip(lines, decoded, strict=True))


def audit_table(audit: Audit) -> str:
    """The figures as a table of Markdown."""
    rows = [
        ("tokens", f"{audit.base_tokens:,}", f"{audit.base_tokens + audit.new_tokens:,}"),
        ("new tokens that are never reached", "", f"{len(audit.unreachable):,}"),
        (
            "new tokens used once, ten times",
            "",
            f"{audit.used:,}, {audit.used_ten_times:,} of {audit.new_tokens:,}",
        ),
        ("old tokens with another id", "", f"{audit.moved:,}"),
    ]
    for name, one in audit.languages.items():
        for unit, amount in (
            ("eojeol" if name == "ko" else "word", one.words),
            ("byte", one.text_bytes),
        ):
            rows.append(
                (
                    f"{name}: tokens per {unit}",
                    f"{one.tokens_before / amount:.4f}",
                    f"{one.tokens_after / amount:.4f}",
                )
            )
        rows += [
            (f"{name}: context gain", "1", f"{one.context_gain:.3f}"),
            (
                f"{name}: lines without Hangul whose ids changed",
                "",
                f"{one.changed_without_hangul:,} of {one.without_hangul:,}",
            ),
            (
                f"{name}: lines that do not come back as they were",
                f"{one.broken_before:,}",
                f"{one.broken_after:,} of {one.lines:,}",
            ),
        ]
    lines = ["| | before | after |", "|---|---:|---:|"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def draw_audit(audit: Audit, path: Path) -> None:
    """Draws tokens per byte of each language, before and after, as a picture."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    plot, axes = pyplot.subplots(figsize=(6, 4), layout="constrained")
    names = list(audit.languages)
    for offset, label in ((-0.2, "before"), (0.2, "after")):
        heights = [
            getattr(one, f"tokens_{label}") / one.text_bytes for one in audit.languages.values()
        ]
        bars = axes.bar([place + offset for place in range(len(names))], heights, 0.38, label=label)
        axes.bar_label(bars, fmt="%.3f", padding=2)
    axes.set(ylabel="tokens per byte", title=f"{audit.new_tokens:,} new tokens")
    axes.set_xticks(range(len(names)), names)
    axes.legend()
    with atomic_path(path) as temporary:
        plot.savefig(temporary, format="png", dpi=120, metadata={"Software": None})
    pyplot.close(plot)
