"""Curves of a run as pictures."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from bllossom_data.files import atomic_path

__all__ = ["draw_curves"]

FIGURES: Mapping[str, tuple[str, str, tuple[str, ...]]] = {
    "loss": ("Loss per trained token", "nats", ("loss",)),
    "evaluation": ("Loss per token in evaluation", "nats", ("_loss",)),
    "bits_per_byte": ("Bits per byte in evaluation", "bits", ("_bits_per_byte",)),
    "preference": (
        "Share of pairs in which the chosen answer leads",
        "share",
        ("rewards/accuracies",),
    ),
    "speed": ("Tokens per second", "tokens per second", ("tokens_per_second",)),
}
"""Of each picture: title, unit, and names (or their ends) in the log."""
COLORS = 10
LINES = ("-", "--", ":", "-.")


def _series(log: Sequence[Mapping[str, Any]], figure: str) -> dict[str, list[tuple[int, float]]]:
    series: dict[str, list[tuple[int, float]]] = {}
    wanted = FIGURES[figure][2]
    step = offset = 0
    stage = None
    for entry in log:
        if entry.get("stage") != stage:
            # Stages count their steps from 0; curves go on.
            offset, stage = offset + step, entry.get("stage")
        step = int(entry.get("step", 0))
        for name, value in entry.items():
            evaluated = name.startswith("eval_")
            if figure == "loss":
                chosen = name == "loss" or name.startswith("loss/")
            elif figure in ("evaluation", "bits_per_byte"):
                chosen = evaluated and name.endswith(wanted)
            else:
                chosen = name in wanted
            if chosen and isinstance(value, int | float):
                series.setdefault(name, []).append((offset + step, float(value)))
    return series


def draw_curves(log: Sequence[Mapping[str, Any]], folder: Path) -> list[tuple[str, str]]:
    """Draws what the log holds.

    Args:
        log: entries of `log.jsonl`.
        folder: where the pictures go.

    Returns:
        Title and file name of each picture.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    drawn = []
    for figure, (title, unit, _) in FIGURES.items():
        series = _series(log, figure)
        if not series:
            continue
        plot, axes = pyplot.subplots(figsize=(8, 4), layout="constrained")
        for place, (name, points) in enumerate(sorted(series.items())):
            # Ten colours; the lines of the next ten are dashed. The whole stands out.
            style = (
                {"color": "black", "linewidth": 2.4}
                if name == "loss"
                else {"color": f"C{place % COLORS}", "linewidth": 1.4}
            )
            line = LINES[place // COLORS % len(LINES)]
            axes.plot(*zip(*points, strict=True), line, marker=".", label=name, **style)
        axes.set(xlabel="step", ylabel=unit, title=title)
        axes.grid(visible=True, alpha=0.3)
        axes.legend(fontsize="small", loc="center left", bbox_to_anchor=(1, 0.5))
        with atomic_path(folder / f"{figure}.png") as temporary:
            # No date inside, so that one log gives one picture.
            plot.savefig(temporary, format="png", dpi=120, metadata={"Software": None})
        pyplot.close(plot)
        drawn.append((title, f"{figure}.png"))
    return drawn
