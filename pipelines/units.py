"""One unit of work of each step, as a worker does it: one file, from files.

The last argument of each is the unit: the file it makes, below the folder of the step.
"""

from collections.abc import Mapping
from pathlib import Path

from bllossom_data.corpus.decontamination import ItemIndex
from bllossom_data.corpus.minhash import MinHashConfig
from bllossom_data.corpus.rules import Thresholds
from pipelines.cleaning import clean_part
from pipelines.decontamination import decontaminate_part
from pipelines.deduplication import write_signatures
from pipelines.document_sizes import MixInputs, load_tokenizer, write_size_part
from pipelines.ingestion import ingest_task
from pipelines.layout import Layout
from pipelines.measuring import MeasureSettings, decide_part, measure_part
from pipelines.readers import ReadTask, SourceSpec


def _name(unit: str) -> str:
    return unit.rpartition("/")[2]


def ingest_unit(folder: Path, tasks: Mapping[str, tuple[ReadTask, SourceSpec]], unit: str) -> None:
    """Makes the parts of one task and marks the task as done."""
    task, spec = tasks[unit]
    ingest_task(task, spec, folder / "parts")
    mark = folder / unit
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


def measure_unit(layout: Layout, settings: MeasureSettings, unit: str) -> None:
    """Measures one part."""
    name = _name(unit)
    measure_part(layout.part("ingest", name), layout.part("measure", name), settings)


def decide_unit(layout: Layout, thresholds: Mapping[str, Thresholds], unit: str) -> None:
    """Decides one part."""
    name = _name(unit)
    decide_part(layout.part("measure", name), layout.part("decide", name), thresholds)


def sign_unit(layout: Layout, folder: Path, config: MinHashConfig, unit: str) -> None:
    """Writes the signatures of one part."""
    name = _name(unit)
    write_signatures(
        layout.part("ingest", name), layout.part("decide", name), folder / unit, config
    )


def decontaminate_unit(layout: Layout, index: ItemIndex, unit: str) -> None:
    """Looks for evaluation items in one part."""
    name = _name(unit)
    decontaminate_part(
        layout.part("ingest", name),
        layout.part("deduplicate", name),
        layout.part("decontaminate", name),
        index,
    )


def clean_unit(layout: Layout, personal_data: bool, unit: str) -> None:
    """Cleans one part."""
    name = _name(unit)
    clean_part(
        layout.part("ingest", name),
        layout.part("decontaminate", name),
        layout.part("clean", name),
        personal_data,
        seed=1,
    )


def size_unit(layout: Layout, folder: Path, tokenizer: Path | None, unit: str) -> None:
    """Weighs the documents of one part."""
    name = _name(unit)
    inputs = MixInputs(
        layout.part("ingest", name),
        layout.part("measure", name),
        layout.part("decontaminate", name),
        layout.part("clean", name),
    )
    write_size_part(inputs, folder / unit, load_tokenizer(tokenizer) if tokenizer else None)
