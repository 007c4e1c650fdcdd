"""The seeds' experiment in miniature, on a CPU: expand the vocabulary or not, mix English in or not.

A tokenizer and a small model are made from English, then go on with real Korean:
{no expansion, expansion} x {Korean only, Korean and English 7:3}. Everything goes through what
users call: `vocab train`, `merge` and `audit`, and `train` with run files.

Bits per byte are of pages that are in no training text in either language, since the Korean pages
are translations of the English ones. All runs of one seed train on equally many tokens at a steady
learning rate, so any place of a curve may be compared with the same place of another one, by
tokens (what it cost) or by the Korean that was read. Takes about 12 minutes of one core, and writes the figures and a plot; called
again, it goes on with what is not measured yet:

    python tests/bench/vocabulary_miniature.py --data ../shared/data --out build/miniature
"""

import argparse
import itertools
import shutil
import statistics
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import numpy as np
from miniature_runs import (
    BASE_TOKENS,
    BATCH_ROWS,
    MIN_COUNT,
    NEW_TOKENS,
    ROW_TOKENS,
    SOURCES,
    english_base,
    spread,
    trained,
    write_corpora,
)
from training_units import one_thread

from bllossom_data.files import pretty_json, write_atomic
from bllossom_data.progress import open_progress
from training.vocabulary.commands import Rows, audit, merge_vocabulary, train_vocabulary

SPEED_STEPS = (40, 160)
MIXES = {
    "Korean only": ("ko", "{ ko = 1.0 }", 1.0),
    "7:3": ("both", "{ ko = 0.7, en = 0.3 }", 0.7),
}


def tokens_per_second(out: Path, name: str, corpus: Path, place: Path) -> float:
    """Tokens that are trained on per second of CPU; what a run costs apart from steps cancels."""
    seconds = []
    for steps in SPEED_STEPS:
        _, found = trained(
            out, f"speed-{name}-{steps}", corpus, "{ ko = 1.0 }", steps, f'path = "{place}"',
            evaluation="no",
        )  # fmt: skip
        seconds.append(found["cpu_seconds"])
    few, many = SPEED_STEPS
    return (many - few) * BATCH_ROWS * ROW_TOKENS / (seconds[1] - seconds[0])


def expanded(out: Path, base: Path, corpora: dict[str, Path]) -> dict:
    """Extends the base as a user would; gives what the audit found."""
    # What is trained from it has its hash; the same base and corpus give the same bytes again.
    shutil.rmtree(out / "expanded", ignore_errors=True)
    with open_progress() as progress:
        chosen = train_vocabulary(
            str(base), str(corpora["ko"]), out / "korean.json",
            split="train", tokens=NEW_TOKENS, min_count=MIN_COUNT, share=1.0, progress=progress,
        )  # fmt: skip
        rows = Rows("subword-mean", pad_to=64, seed=42)
        merge_vocabulary(str(base), out / "korean.json", out / "expanded", rows)
        found = audit(
            str(base), str(out / "expanded"), str(corpora["both"]),
            split="validation", share=1.0, progress=progress,
        )  # fmt: skip
    assert not found.problems(), found.problems()
    return {"new_tokens": chosen, **found.as_json()}


def with_text_read(arm: dict, share: float, steps: int, bytes_per_token: dict[str, float]) -> None:
    """Adds to every place of a curve the tokens trained on and the Korean read, in bytes.

    What a token holds is taken from the held-out pages.
    """
    # A token of the mix holds so many bytes: bytes of ko and en stand as share to 1 - share.
    per_byte = share / bytes_per_token["ko"] + (1 - share) / bytes_per_token["en"]
    for place in arm["curve"]:
        place["tokens"] = arm["tokens"] * place["step"] / steps
        place["korean_bytes"] = place["tokens"] / per_byte * share
    arm["korean_bytes_per_second"] = arm["tokens_per_second"] / per_byte * share


def at_equal_text(arms: list[dict]) -> None:
    """Adds bits per byte where every run had read as much Korean as the slowest at its end."""
    least = min(arm["curve"][-1]["korean_bytes"] for arm in arms)
    for arm in arms:
        read = [place["korean_bytes"] for place in arm["curve"]]
        arm["at_equal_text"] = {
            "korean_bytes": least,
            **{
                language: float(np.interp(least, read, [place[language] for place in arm["curve"]]))
                for language in SOURCES
            },
        }


def table(record: dict) -> str:
    """The figures as Markdown; means over seeds, with the spread where there are several."""
    lines = [
        "| vocabulary | mix | tokens per eojeol | ko bits/byte, equal tokens | en | "
        "ko bits/byte, equal Korean | en | tokens/s | Korean bytes/s |",
        "|---|---|---:|---:|---:|---:|---:|---:|---:|",
    ]
    korean = record["audit"]["languages"]["ko"]
    for vocabulary, side in (("as it was", "before"), ("expanded", "after")):
        fertility = korean[f"tokens_{side}"] / korean["words"]
        for mix in MIXES:
            arms = [
                one
                for one in record["arms"]
                if (one["vocabulary"], one["mix"]) == (vocabulary, mix)
            ]
            cells = [
                spread([arm[key][-1][name] if key == "curve" else arm[key][name] for arm in arms])
                for key in ("curve", "at_equal_text")
                for name in ("ko", "en")
            ]
            speeds = [
                f"{statistics.mean(arm[key] for arm in arms):,.0f}"
                for key in ("tokens_per_second", "korean_bytes_per_second")
            ]
            lines.append(
                f"| {' | '.join([vocabulary, mix, f'{fertility:.2f}', *cells, *speeds])} |"
            )
    return "\n".join(lines)


def draw(record: dict, path: Path) -> None:
    """Bits per byte by tokens and by Korean text; the mean of all seeds."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    plot, panels = pyplot.subplots(2, 2, figsize=(10, 7), layout="constrained", sharey="row")
    styles = {"as it was": "tab:gray", "expanded": "tab:blue"}
    for row, language in enumerate(("ko", "en")):
        for column, (place, label, unit) in enumerate(
            (("tokens", "tokens trained on (thousands)", 1e3),
             ("korean_bytes", "Korean read (kB)", 1e3))
        ):  # fmt: skip
            axes = panels[row][column]
            for vocabulary, color in styles.items():
                for mix, line in (("Korean only", "--"), ("7:3", "-")):
                    curves = [
                        arm["curve"] for arm in record["arms"]
                        if (arm["vocabulary"], arm["mix"]) == (vocabulary, mix)
                    ]  # fmt: skip
                    axes.plot(
                        [point[place] / unit for point in curves[0]],
                        np.mean([[point[language] for point in one] for one in curves], axis=0),
                        line, color=color, marker=".", label=f"{vocabulary}, {mix}",
                    )  # fmt: skip
            axes.set_xlabel(label)
            axes.grid(alpha=0.3)
        if language == "ko":
            # Before the first step a model that knows only English lies far above.
            panels[row][0].set_ylim(2, 4.2)
        panels[row][0].set_ylabel(f"{language}: bits per byte, held-out pages")
    panels[0][0].legend()
    plot.savefig(path, dpi=110, metadata={"Software": None})
    pyplot.close(plot)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base-steps", type=int, default=2000)
    parser.add_argument("--steps", type=int, default=600)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--jobs", type=int, default=1, help="Runs at once.")
    chosen = parser.parse_args()
    one_thread()
    out = chosen.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    corpora, sizes = write_corpora(chosen.data, out)
    base, first = english_base(out, corpora, chosen.base_steps)
    found = expanded(out, base, corpora)
    places = {"as it was": (base, "before"), "expanded": (out / "expanded", "after")}
    speeds = {
        vocabulary: tokens_per_second(out, place.name, corpora["ko"], place)
        for vocabulary, (place, _) in places.items()
    }
    wanted = list(itertools.product(chosen.seeds, places.items(), MIXES.items()))
    # Fresh processes: a forked one would inherit the threads of torch and Kiwi.
    with ProcessPoolExecutor(chosen.jobs, get_context("spawn"), one_thread) as pool:
        jobs = [
            pool.submit(
                trained, out, f"{place.name}-{corpus}-{seed}", corpora[corpus], ratio, chosen.steps,
                f'path = "{place}"', seed=seed,
            )
            for seed, (_, (place, _)), (_, (corpus, ratio, _)) in wanted
        ]  # fmt: skip
        arms = [job.result()[1] for job in jobs]
    for arm, (seed, (vocabulary, (_, side)), (mix, (_, _, share))) in zip(
        arms, wanted, strict=True
    ):
        arm |= {"vocabulary": vocabulary, "mix": mix, "seed": seed}
        arm["tokens_per_second"] = speeds[vocabulary]
        density = {
            name: one["text_bytes"] / one[f"tokens_{side}"]
            for name, one in found["languages"].items()
        }
        with_text_read(arm, share, chosen.steps, density)
    at_equal_text(arms)
    record = {
        "base": first,
        "audit": found,
        "arms": arms,
        "settings": {
            "base_tokens": BASE_TOKENS, "row_tokens": ROW_TOKENS, "batch_rows": BATCH_ROWS,
            "base_steps": chosen.base_steps, "steps": chosen.steps, "seeds": chosen.seeds,
            "text_bytes": sizes,
        },
    }  # fmt: skip
    write_atomic(out / "miniature.json", pretty_json(record))
    draw(record, out / "miniature.png")
    print(table(record))
    seconds = first["cpu_seconds"] + sum(arm["cpu_seconds"] for arm in arms)
    print(f"\ntraining: {seconds / 60:.1f} CPU minutes; {out}/miniature.json, .png")


if __name__ == "__main__":
    main()
