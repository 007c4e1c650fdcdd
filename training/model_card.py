"""The card of a trained model: from which data, tokenizer, weights and versions it was made."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined

from bllossom_data.files import fingerprint_tree, pretty_json, write_atomic
from bllossom_data.manifest import package_versions
from training.curves import draw_curves
from training.models import load_tokenizer
from training.pinned_data import PinnedDataset
from training.pinning import hub_commit
from training.pretraining import Corpus
from training.reporting import read_log
from training.run_file import Run
from training.token_files import tokenizer_hash

__all__ = ["write_card"]

VERSIONS = ("torch", "transformers", "trl", "accelerate", "peft", "datasets", "tokenizers")
TOLD = {
    "pretrain": "Pretraining on documents.",
    "sft": "Instruction tuning; only what the assistant says was trained.",
    "dpo": "Direct preference optimisation.",
}


def _base(run: Run, folder: Path) -> dict[str, str | None]:
    place = run.model.path
    if place is None:
        kind = (run.model.config or {}).get("model_type", "llama")
        return {"name": f"a random {kind}", "repository": None, "commit": None, "fingerprint": None}
    if commit := hub_commit(place):
        return {
            "name": commit.repository,
            "repository": commit.repository,
            "commit": commit.commit,
            "fingerprint": "those of the commit",
        }
    # The name only: where it lay on this machine means nothing to anyone else.
    parts = Path(place).parts
    name = "/".join(parts[-2:]) if parts[-1] == "final" else parts[-1]
    digest = fingerprint_tree(Path(place), folder / "hashes.json")
    return {"name": name, "repository": None, "commit": None, "fingerprint": f"`{digest}`"}


def _run_text(run: Run) -> str:
    """The run as TOML, with what was filled in, but no path of this machine."""
    content = run.model_dump(mode="json", exclude_defaults=True)
    for name, place in (
        ("MODEL", content["model"]),
        *(("DATA", one) for one in content["datasets"]),
    ):
        for key in ("path", "tokenizer", "reference"):
            if isinstance(place.get(key), str) and place[key].startswith("/"):
                variable = name if key == "path" else key.upper()
                place[key] = "${" + variable + "}/" + Path(place[key]).name
    lines: list[str] = []
    _toml(content, "", lines)
    return "\n".join(lines).strip()


def _toml(table: Mapping[str, Any], place: str, lines: list[str]) -> None:
    later = []
    for name, value in table.items():
        if isinstance(value, Mapping):
            later.append((name, [value], "[{}]"))
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            later.append((name, value, "[[{}]]"))
        elif value is not None:
            lines.append(f"{name} = {json.dumps(value, ensure_ascii=False)}")
    for name, tables, head in later:
        for one in tables:
            full = f"{place}.{name}" if place else name
            if any(not isinstance(value, Mapping) for value in one.values()):
                lines += ["", head.format(full)]
            _toml(one, full, lines)


def _last_values(log: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    values: dict[str, float] = {}
    for entry in log:
        for name, value in entry.items():
            told = name in ("loss", "mfu", "tokens_per_second", "rewards/accuracies")
            evaluated = name.endswith(("_loss", "_bits_per_byte")) and name.startswith("eval_")
            if (told or evaluated) and isinstance(value, int | float):
                values[name] = float(value)
    return values


def write_card(
    run: Run,
    folder: Path,
    final: Path,
    datasets: Sequence[PinnedDataset],
    corpus: Corpus | None,
    counts: Mapping[str, Mapping[str, Any]],
) -> None:
    """Writes `README.md`, `lineage.json` and the curves beside a finished model.

    Args:
        run: the run.
        folder: its folder, with `log.jsonl`.
        final: folder of the model.
        datasets: what it was trained on.
        corpus: streams of pretraining, for the tokens of each dataset.
        counts: what became of the rows of SFT and DPO, by dataset.
    """
    log = read_log(folder / "log.jsonl")
    curves = draw_curves(log, final / "curves")
    tokens = {name: int(one["tokens"]) for name, one in counts.items()}
    if corpus is not None:
        tokens = dict(corpus.tokens)
    lineage = [{**asdict(one.lineage), "tokens": tokens.get(one.entry.name, 0)} for one in datasets]
    result = json.loads((final / "result.json").read_text("utf-8"))
    read = int(sum(entry.get("tokens", 0) for entry in log))
    base = _base(run, folder)
    versions = package_versions(VERSIONS)
    hashed = tokenizer_hash(load_tokenizer(run.model))
    write_atomic(
        final / "lineage.json",
        pretty_json(
            {
                "run": run.name,
                "kind": run.kind,
                "datasets": lineage,
                "base": base,
                "tokenizer_sha256": hashed,
                "steps": result["steps"],
                "tokens_read": read,
                "preparation": counts,
                "packages": versions,
            }
        ),
    )
    template = Environment(undefined=StrictUndefined, autoescape=False).from_string(
        resources.files("training").joinpath("templates/model_card.md.jinja").read_text("utf-8")
    )
    card = template.render(
        run=run,
        kind_told=TOLD[run.kind],
        datasets=lineage,
        repositories=sorted({one["repository"] for one in lineage if one["repository"]}),
        preparation=counts,
        base=base,
        tokenizer_sha256=hashed,
        results=_last_values(log),
        steps=result["steps"],
        tokens_read=read,
        curves=curves,
        run_text=_run_text(run),
        versions=versions,
    )
    write_atomic(final / "README.md", card.rstrip() + "\n")
