"""How rows for new tokens should begin, in miniature: subword means, normal draws, FOCUS.

One English base is extended by the same Korean tokens with each initialisation, and goes on with
the same Korean and English 7:3. Bits per byte of held-out pages are measured before the first step
and on the way. A seed decides what is drawn, the vectors of FOCUS, and the order of the data.
Takes about 11 minutes of one core; called again, it goes on with what is not measured yet:

    python tests/bench/row_initialisation.py --data ../shared/data --out build/initialisation
"""

import argparse
import itertools
import shutil
import statistics
from pathlib import Path
from typing import get_args

from miniature_runs import (
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
from training.vocabulary.commands import Rows, merge_vocabulary, train_vocabulary
from training.vocabulary.rows import Initialisation

INITIALISATIONS = get_args(Initialisation)
MIX = "{ ko = 0.7, en = 0.3 }"


def extended(out: Path, base: Path, corpus: Path, initialisation: Initialisation, seed: int):
    """The base with rows for the tokens of `korean.json`, each begun as `initialisation` says."""
    target = out / f"{initialisation}-{seed}-base"
    # The same base, corpus and seed give the same bytes again.
    shutil.rmtree(target, ignore_errors=True)
    focused = str(corpus) if initialisation == "focus" else None
    rows = Rows(initialisation, seed=seed, corpus=focused)
    with open_progress() as progress:
        merge_vocabulary(str(base), out / "korean.json", target, rows, progress=progress)
    return target


def table(arms: list[dict], tokens_per_step: int) -> str:
    """The figures as Markdown: bits per byte by tokens trained on; means over the seeds."""
    steps = [place["step"] for place in arms[0]["curve"]]
    # The beginning, the first stretch, and the end.
    columns = [0, 1, len(steps) - 1]
    titles = [
        f"{language} after {steps[column] * tokens_per_step:,}" if column else f"{language} at once"
        for language in SOURCES
        for column in columns
    ]
    lines = [f"| rows begin as | {' | '.join(titles)} |", "|---|" + "---:|" * len(titles)]
    for initialisation in INITIALISATIONS:
        curves = [arm["curve"] for arm in arms if arm["initialisation"] == initialisation]
        cells = [
            spread([curve[column][language] for curve in curves])
            for language in SOURCES
            for column in columns
        ]
        lines.append(f"| `{initialisation}` | {' | '.join(cells)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--base-steps", type=int, default=1000)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2])
    chosen = parser.parse_args()
    one_thread()
    out = chosen.out.absolute()
    out.mkdir(parents=True, exist_ok=True)
    corpora, sizes = write_corpora(chosen.data, out)
    base, first = english_base(out, corpora, chosen.base_steps)
    with open_progress() as progress:
        tokens = train_vocabulary(
            str(base), str(corpora["ko"]), out / "korean.json",
            split="train", tokens=NEW_TOKENS, min_count=MIN_COUNT, share=1.0, progress=progress,
        )  # fmt: skip
    arms = []
    for initialisation, seed in itertools.product(INITIALISATIONS, chosen.seeds):
        place = extended(out, base, corpora["ko"], initialisation, seed)
        _, found = trained(
            out, f"{initialisation}-{seed}", corpora["both"], MIX, chosen.steps,
            f'path = "{place}"', seed=seed,
        )  # fmt: skip
        arms.append(found | {"initialisation": initialisation, "seed": seed})
    record = {
        "base": first,
        "arms": arms,
        "settings": {
            "new_tokens": tokens, "row_tokens": ROW_TOKENS, "batch_rows": BATCH_ROWS,
            "base_steps": chosen.base_steps, "steps": chosen.steps, "seeds": chosen.seeds,
            "text_bytes": sizes,
        },
    }  # fmt: skip
    write_atomic(out / "row_initialisation.json", pretty_json(record))
    print(table(arms, ROW_TOKENS * BATCH_ROWS))
    print(
        f"\nEnglish before: {first['curve'][-1]['en']:.3f}, Korean {first['curve'][-1]['ko']:.3f}"
    )
    seconds = [first["cpu_seconds"], *(arm["cpu_seconds"] for arm in arms)]
    print(
        f"training: {sum(seconds) / 60:.1f} CPU minutes, an arm {statistics.mean(seconds[1:]):.0f} s"
    )


if __name__ == "__main__":
    main()
