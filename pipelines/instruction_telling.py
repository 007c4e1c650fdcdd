"""What a build of instruction data says on the terminal."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from bllossom_data.errors import StepError
from bllossom_data.examples import Edit, draft_sha256
from pipelines.drafts import Draft
from pipelines.instruction import InstructionBuild
from pipelines.reviewing import Settled, void_of, void_told, waiting_of

__all__ = [
    "chosen_draft",
    "instruction_summary",
    "print_draft",
    "print_estimates",
    "print_instruction_summary",
    "translation_summary",
]

SHOWN_OF_EACH_KIND = 7
_ROLES = {"user": "user · 사용자", "assistant": "assistant · 답", "system": "system · 지시"}


def _counted(values: Iterable[str]) -> dict[str, int]:
    return dict(Counter(values).most_common())


def translation_summary(build: InstructionBuild) -> dict[str, Any]:
    """Segments of the translation by who translated them."""
    segments = [one for translation in build.translations() for one in translation.segments]
    return {
        "segments": len(segments),
        "engines": _counted(one.provider or "untranslated" for one in segments),
        "translations": str(build.folder / "translate" / "translations.jsonl"),
    }


def instruction_summary(build: InstructionBuild) -> dict[str, Any]:
    """What `print_instruction_summary` prints, as plain data."""
    settled = build.settled()
    return {
        "examples": len(settled),
        "states": _counted(one.state for one in settled),
        "labels": _counted(one.label for one in settled),
        "edits": _counted(edit.kind for one in settled for edit in one.draft.edits),
        "findings": _counted(
            f"{finding.level}: {finding.check}"
            for one in settled
            for finding in one.draft.findings
        ),
        "engines": translation_summary(build)["engines"],
        "sample_edits": [
            {"example": draft.id, "kind": edit.kind, "before": edit.before, "after": edit.after,
             "reason": edit.reason, "dependency": edit.dependency}
            for draft, edit in _telling_edits([one.draft for one in settled])
        ],
        "void": void_of(settled),
        "waiting": str(build.waiting),
        "dataset": str(build.folder / "final"),
        "card": str(build.folder / "final" / "README.md"),
    }  # fmt: skip


def _telling_edits(drafts: Sequence[Draft]) -> list[tuple[Draft, Edit]]:
    """Edits of substance first, each kind of change once, then one of every example."""
    every = [(draft, edit) for draft in drafts for edit in draft.edits if edit.after.strip()]
    order = {"entity": 0, "topic": 1, "measure": 2, "style": 3, "josa": 4}
    seen: set[tuple[str, str]] = set()
    telling = []
    for draft, edit in sorted(every, key=lambda pair: order[pair[1].kind]):
        if (edit.before, edit.after) not in seen:
            seen.add((edit.before, edit.after))
            telling.append((draft, edit))
    shown = Counter[str]()
    few = []
    for draft, edit in telling:
        shown[edit.kind] += 1
        if shown[edit.kind] <= SHOWN_OF_EACH_KIND:
            few.append((draft, edit))
    return few


def print_instruction_summary(summary: Mapping[str, Any]) -> None:
    """Prints what became of the examples, a table of edits, and where the result is."""
    console = Console(emoji=False)
    counts = Table(title="Examples · 예시", title_justify="left")
    counts.add_column("")
    counts.add_column("", overflow="fold")
    for name in ("states", "labels", "edits", "findings", "engines"):
        told = ", ".join(f"{key} {count:,}" for key, count in summary[name].items())
        counts.add_row(name, escape(told) or "none")
    console.print(counts)
    edits = Table(title="Edits proposed · 제안된 고침", title_justify="left")
    for column in ("kind", "before · 앞", "after · 뒤", "why · 까닭"):
        edits.add_column(column, overflow="fold")
    for one in summary["sample_edits"]:
        edits.add_row(*(escape(one[name]) for name in ("kind", "before", "after", "reason")))
    console.print(edits)
    if waiting := summary["states"].get("waiting"):
        told = f"{waiting_of(waiting, summary['examples'])}: {summary['waiting']}"
        console.print(escape(told + void_told(summary["void"])), highlight=False, soft_wrap=True)
    for name in ("dataset", "card"):
        console.print(f"{name:<8} {summary[name]}", highlight=False, soft_wrap=True)


def print_estimates(estimates: Sequence[Mapping[str, Any]]) -> None:
    """Prints what each engine would use; nothing was sent."""
    console = Console(emoji=False)
    if not estimates:
        console.print("The recipe names no engine: only the translation memory is asked.")
        return
    names = [name for name in estimates[0] if name != "provider"]
    table = Table("", *(escape(str(one["provider"])) for one in estimates))
    for name in names:
        table.add_row(name.replace("_", " "), *(_shown(name, one[name]) for one in estimates))
    console.print(table)
    console.print("Nothing was sent. Second tries come on top; max_dollars is never exceeded.")


def _shown(name: str, value: Any) -> str:
    if value is None:
        return "unknown"
    if isinstance(value, tuple | list):
        low, high = value
        digits = {"dollars": ".2f", "minutes": ".1f"}.get(name, "")
        return f"{low:,{digits}} – {high:,{digits}}"
    return f"{value:,}" if isinstance(value, int) else str(value)


def chosen_draft(settled: Sequence[Settled], example: str | None) -> Draft:
    """The draft of an example, or the riskiest one that waits.

    Raises:
        StepError: there is no such example, or none waits.
    """
    if example is None:
        waiting = [one.draft for one in settled if one.state == "waiting"]
        if not waiting:
            raise StepError("no example waits; name one to see it")
        return min(waiting, key=lambda draft: (-draft.risk, draft.id))
    found = [one.draft for one in settled if one.draft.id == example]
    if not found:
        like = [one.draft.id for one in settled if example in one.draft.id][:5]
        hint = f"; there are {', '.join(like)}" if like else ""
        raise StepError(f"there is no example {example!r}{hint}")
    return found[0]


def print_draft(draft: Draft) -> None:
    """Prints one draft, turn by turn, with its edits and findings."""
    console = Console(emoji=False)
    console.print(f"{draft.id}  {draft.split}  {draft.label}  risk {draft.risk}", highlight=False)
    if draft.is_complete():
        console.print(
            f"draft_sha256 {draft_sha256(draft.korean())}", highlight=False, soft_wrap=True
        )
    for turn, message in enumerate(draft.messages):
        role = _ROLES[message.role]
        console.print(Panel(escape(message.content), title=f"{role} · English"))
        text = draft.rewritten(turn)
        shown = "untranslated · 옮기지 못함" if text is None else escape(text)
        console.print(Panel(shown, title=f"{role} · 한국어"))
    for edit in draft.edits:
        console.print(
            f"[bold]{edit.kind}[/] {escape(edit.before)} → {escape(edit.after)}  "
            f"{escape(edit.reason)} ({edit.dependency})",
            highlight=False,
        )
    for topic, checks in draft.topics:
        console.print(f"[bold]topic[/] {topic}: {escape('; '.join(checks))}", highlight=False)
    for finding in draft.findings:
        console.print(
            f"[bold]{finding.level}[/] {finding.check}: {escape(finding.message)}", highlight=False
        )
