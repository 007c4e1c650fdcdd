"""What the benchmarks of vocabularies share: a small English base, and runs from it on real Korean.

Everything goes through what users call: a tokenizer and a model of two layers are trained on
English documentation, and what is trained on from there is measured in bits per byte of held-out
pages. A call that finds a run measured already does not train it again.
"""

import hashlib
import io
import json
import statistics
import time
from pathlib import Path

import pyarrow.parquet as pq
import zstandard
from training_units import write_dataset

from bllossom_data.files import pretty_json, write_atomic
from bllossom_data.progress import open_progress
from training.demonstration import write_tokenizer
from training.run_file import load_run
from training.running import run_folder, train

SOURCES = {
    "ko": ("cpp-docs", "vue-docs", "fastapi-docs", "rust-book-3-editions", "nsmc-reviews"),
    "en": ("cpp-docs", "vue-docs", "fastapi-docs", "hf-course", "tldr"),
}
TRAINING_BYTES = {"ko": 1_500_000, "en": 4_500_000}
HELD_OUT_BYTES = {"ko": 40_000, "en": 40_000}
HELD_OUT_PAGES = 20
MOST_PAGE_BYTES = 8_000
PASSAGE_BYTES = 1_500
BASE_TOKENS, NEW_TOKENS, MIN_COUNT = 2048, 1024, 10
# Small batches, because what counts here is the number of steps: with 2,048 tokens a step the model
# knew after 60 steps how often tokens come, and nothing else.
ROW_TOKENS, BATCH_ROWS = 128, 4
BASE_RATE, RATE = 6e-3, 2e-3
EVALUATIONS = 5
RUN = """
name = "{name}"
kind = "pretrain"
seed = {seed}
[model]
{model}
dtype = "float32"
[[datasets]]
name = "miniature"
path = "{corpus}"
validation_split = "validation"
[mix]
unit = "bytes"
ratio = {ratio}
[trainer]
max_steps = {steps}
per_device_train_batch_size = {rows}
per_device_eval_batch_size = 16
max_length = {length}
learning_rate = {rate}
lr_scheduler_type = "{schedule}"
warmup_steps = 20
weight_decay = 0.1
adam_beta2 = 0.95
gradient_checkpointing = false
logging_steps = {evaluated}
eval_on_start = {on_start}
eval_strategy = "{evaluation}"
eval_steps = {evaluated}
save_steps = {evaluated}
save_total_limit = 1
"""
MODEL = """tokenizer = "{tokenizer}"
[model.config]
model_type = "llama"
vocab_size = {vocabulary}
hidden_size = 128
intermediate_size = 384
num_hidden_layers = 2
num_attention_heads = 4
num_key_value_heads = 2
max_position_embeddings = 256
tie_word_embeddings = false
initializer_range = 0.05
"""


def page_number(identifier: str, language: str) -> int:
    """A number of a page, the same in both languages."""
    page = identifier.replace(f"-{language}/", "/")
    return int(hashlib.sha256(page.encode()).hexdigest()[:12], 16)


def documents(data: Path, language: str) -> dict[str, list[dict]]:
    """Pages to train on and held-out ones, as much of each source as of the others."""
    splits: dict[str, list[dict]] = {"train": [], "validation": []}
    limits = {"train": TRAINING_BYTES[language], "validation": HELD_OUT_BYTES[language]}
    for source in SOURCES[language]:
        left = {split: most // len(SOURCES[language]) for split, most in limits.items()}
        with zstandard.open(data / "corpus" / language / f"{source}.jsonl.zst", "rb") as file:
            pages = [json.loads(line) for line in io.TextIOWrapper(file, encoding="utf-8")]
        # Pages of a folder are alike, so they are taken in an order that knows nothing of it.
        for page in sorted(pages, key=lambda one: page_number(one["id"], language)):
            number = page_number(page["id"], language)
            split = "train" if number % HELD_OUT_PAGES else "validation"
            size = len(page["text"].encode())
            if size > left[split] or (split == "validation" and size > MOST_PAGE_BYTES):
                continue
            left[split] -= size
            splits[split] += [
                {"text": text, "source": source, "language": language}
                for text in passages(page["text"])
            ]
    return splits


def passages(text: str) -> list[str]:
    """Paragraphs of a page, put together up to a size.

    Whole pages would be too few: a step would train on one page, and an evaluation would say which
    ones came last.
    """
    found = [""]
    for paragraph in text.split("\n\n"):
        if found[-1] and len((found[-1] + paragraph).encode()) > PASSAGE_BYTES:
            found.append("")
        found[-1] += ("\n\n" if found[-1] else "") + paragraph
    return [passage for passage in found if passage.strip()]


def write_corpora(data: Path, out: Path) -> tuple[dict[str, Path], dict[str, dict[str, int]]]:
    """Three corpora that are evaluated on the same pages, and the bytes of each split."""
    found = {language: documents(data, language) for language in SOURCES}
    held = [row for splits in found.values() for row in splits["validation"]]
    kept = {language: splits["train"] for language, splits in found.items()}
    corpora = {"en": kept["en"], "ko": kept["ko"], "both": kept["ko"] + kept["en"]}
    sizes = {
        language: {
            split: sum(len(row["text"].encode()) for row in rows) for split, rows in splits.items()
        }
        for language, splits in found.items()
    }
    folders = {
        name: write_dataset(out / "corpora" / name, {"train": rows, "validation": held})
        for name, rows in corpora.items()
    }
    return folders, sizes


def trained(
    out: Path, name: str, corpus: Path, ratio: str, steps: int, model: str, **fields
) -> tuple[Path, dict]:
    """Trains one run; gives its model and what it measured on the way.

    Returns:
        Folder of the model, and by step the bits per byte and the tokens read of each language.
    """
    path = out / f"{name}.toml"
    settings = {"seed": 1, "rate": RATE, "schedule": "constant_with_warmup", "evaluation": "steps"}
    settings |= fields
    text = RUN.format(
        name=name, model=model, corpus=corpus, ratio=ratio, steps=steps, rows=BATCH_ROWS,
        length=ROW_TOKENS, evaluated=steps // EVALUATIONS,
        on_start=json.dumps(settings["evaluation"] != "no"), **settings,
    )  # fmt: skip
    path.write_text(text, encoding="utf-8")
    measured = out / f"{name}.json"
    if measured.is_file():
        return run_folder(load_run(path, {}), out / "runs") / "final", json.loads(
            measured.read_text("utf-8")
        )
    begun = time.process_time()
    with open_progress() as progress:
        done = train(load_run(path, {}), out / "runs", progress)
    log = [json.loads(line) for line in (done.folder / "log.jsonl").read_text().splitlines()]
    curve: dict[int, dict[str, float]] = {}
    for entry in log:
        for language in SOURCES:
            if (value := entry.get(f"eval_{language}_bits_per_byte")) is not None:
                curve.setdefault(entry["step"], {})[language] = value
    found = {
        "run": name,
        "curve": [{"step": step, **values} for step, values in sorted(curve.items())],
        "tokens": steps * BATCH_ROWS * ROW_TOKENS,
        "cpu_seconds": time.process_time() - begun,
    }
    write_atomic(measured, pretty_json(found))
    return done.model, found


def english_base(out: Path, corpora: dict[str, Path], steps: int) -> tuple[Path, dict]:
    """The tokenizer and the model that know only English, and what the run measured."""
    english = pq.read_table(corpora["en"] / "data" / "train.parquet", columns=["text"])
    write_tokenizer(english.column("text").to_pylist(), out / "tokenizer", BASE_TOKENS)
    model = MODEL.format(tokenizer=out / "tokenizer", vocabulary=BASE_TOKENS)
    return trained(
        out, "english", corpora["en"], "{ en = 1.0 }", steps, model,
        rate=BASE_RATE, schedule="cosine",
    )  # fmt: skip


def spread(values: list[float]) -> str:
    """Mean, and half the way between the least and the greatest."""
    half = (max(values) - min(values)) / 2
    return f"{statistics.mean(values):.3f}" + (f" ± {half:.3f}" if len(values) > 1 else "")
