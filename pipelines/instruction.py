"""How an instruction dataset is made: the steps, their order, and what each depends on."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cached_property, partial
from pathlib import Path

from bllossom_data.build import Step, StepFolder, StepResult, Waiting
from bllossom_data.errors import StepError
from bllossom_data.examples import Example
from bllossom_data.files import JSON, fingerprint_tree
from bllossom_data.instruction_recipe import InstructionRecipe
from bllossom_data.manifest import read_record
from bllossom_data.recipe_fields import SAMPLE_PREFIX
from bllossom_data.records import document_id
from pipelines.drafts import Draft, Translation
from pipelines.engines import Engines
from pipelines.executor import run_units
from pipelines.instruction_final import FinalInputs, write_instruction_final
from pipelines.instruction_ingestion import read_examples
from pipelines.localising import (
    EXAMPLES_AT_ONCE,
    LocaliseInputs,
    draft_unit,
    localisation_data,
)
from pipelines.memories import remember_accepted
from pipelines.recipe_files import build_command, card_prose
from pipelines.reviewing import Settled, read_decisions, settle, write_waiting
from pipelines.rows import read_rows, write_rows
from pipelines.sample_instructions import write_sample_instructions
from pipelines.translating import (
    SegmentedExample,
    answer_check,
    questions,
    segment_example,
    translations_of,
)

__all__ = ["InstructionBuild"]

UNITS_PER_WORKER = 4
STEPS = ("ingest", "translate", "localise", "reviews", "final")
_WORD_PACKAGES = ("kiwipiepy", "kiwipiepy-model", "tossi")


class InstructionBuild:
    """The steps of one recipe on this machine.

    Args:
        recipe: the dataset's recipe.
        recipe_path: where it was read from; the card's prose lies beside it, as ``.md``.
        root: folder of all builds.
        workers: processes to use, None for as many as the data is worth; changes nothing in the
            result.
    """

    def __init__(
        self,
        recipe: InstructionRecipe,
        recipe_path: Path,
        root: Path,
        workers: int | None = None,
    ) -> None:
        self.recipe = recipe
        self._given_workers = workers
        self.recipe_path = recipe_path
        self.folder = root / recipe.dataset.name / recipe.dataset.version
        self._root = root
        self._sample = root / "sample"

    @property
    def decisions(self) -> Path:
        """All decisions of people about this dataset; outlives its versions."""
        return self._root / self.recipe.dataset.name / "decisions.jsonl"

    @property
    def waiting(self) -> Path:
        """What waits for people."""
        return self.folder / "reviews" / "waiting.jsonl"

    @cached_property
    def engines(self) -> Engines:
        """The engines of the recipe, its cache and memory."""
        memories = [self._path(path) for path in self.recipe.translate.memories]
        return Engines(
            self.recipe.translate,
            {
                "system": self.recipe.localise.assistant_level,
                "user": self.recipe.localise.user_level,
                "assistant": self.recipe.localise.assistant_level,
            },
            memories,
            self._root / "translation-cache.sqlite",
            f"{self.recipe.dataset.name} {self.recipe.dataset.version}",
        )

    def steps(self) -> list[Step]:
        """The steps in order. Reads sources to fingerprint them; builds nothing."""
        self._write_sample_if_used()
        return [
            self._ingest_step(),
            self._translate_step(),
            self._localise_step(),
            self._reviews_step(),
            self._final_step(),
        ]

    def _ingest_step(self) -> Step:
        sources = self.recipe.sources
        return Step(
            "ingest",
            1,
            {
                "sources": [
                    one.model_dump(include={"name", "layout", "split", "license"})
                    for one in sources
                ]
            },
            (),
            {one.name: self._fingerprint(one.path) for one in sources},
            self._ingest,
        )

    def _translate_step(self) -> Step:
        translate = self.recipe.translate
        return Step(
            "translate",
            1,
            {
                "providers": [dict(one) for one in self.engines.settings()],
                "glossary": self.recipe.localise.entities,
            },
            ("ingest",),
            {
                **{
                    f"memory {number}": self._fingerprint(path)
                    for number, path in enumerate(translate.memories, 1)
                },
                "localisation data": localisation_data(),
            },
            self._translate,
            packages=("markdown-it-py", "mdit-py-plugins"),
        )

    def _localise_step(self) -> Step:
        return Step(
            "localise",
            1,
            self.recipe.localise.model_dump(),
            ("ingest", "translate"),
            {"localisation data": localisation_data()},
            self._localise,
            packages=_WORD_PACKAGES,
        )

    def _reviews_step(self) -> Step:
        return Step(
            "reviews",
            1,
            {"wait": self.recipe.review.wait},
            ("localise",),
            {
                f"decisions {number}": document_id(_text(path))
                for number, path in enumerate(self._decision_files(), 1)
            },
            self._review,
        )

    def _final_step(self) -> Step:
        recipe = self.recipe
        prose = card_prose(self.recipe_path, recipe.dataset.pretty_name)
        return Step(
            "final",
            2,
            {
                "dataset": recipe.dataset.model_dump(),
                "provenance": [
                    one.model_dump(include={"name", "license", "url", "revision"})
                    for one in recipe.sources
                ],
                "command": build_command(self.recipe_path),
            },
            ("ingest", "translate", "localise", "reviews"),
            {"prose": document_id(prose)},
            partial(self._final, prose),
        )

    def _path(self, path: str) -> Path:
        if path.startswith(SAMPLE_PREFIX):
            return self._sample / path.removeprefix(SAMPLE_PREFIX)
        return Path(path)

    def _write_sample_if_used(self) -> None:
        recipe = self.recipe
        paths = [one.path for one in recipe.sources]
        paths += [*recipe.translate.memories, recipe.review.decisions or ""]
        if any(path.startswith(SAMPLE_PREFIX) for path in paths):
            write_sample_instructions(self._sample / "instructions")

    def _fingerprint(self, path: str) -> str:
        return fingerprint_tree(self._path(path), self._root / "source_hashes.json")

    def _decision_files(self) -> list[Path]:
        given = self.recipe.review.decisions
        return [*([self._path(given)] if given else []), self.decisions]

    def examples(self) -> list[Example]:
        """What was read, in the order of the sources."""
        return list(read_rows(self.folder / "ingest" / "examples.jsonl", Example))

    def translations(self) -> list[Translation]:
        """Plain translations of all examples."""
        return list(read_rows(self.folder / "translate" / "translations.jsonl", Translation))

    def drafts(self) -> list[Draft]:
        """Drafts of all examples.

        Raises:
            StepError: the dataset has not been built so far.
        """
        path = self.folder / "localise" / "drafts.jsonl"
        if not path.is_file():
            raise StepError(
                f"{self.folder}: there are no drafts yet; run "
                f"`bllossom build {self.recipe_path}` first"
            )
        return list(read_rows(path, Draft))

    def settled(self, drafts: Sequence[Draft] | None = None) -> list[Settled]:
        """What became of every draft, with all decisions so far."""
        decisions = read_decisions(self._decision_files())
        return settle(self.drafts() if drafts is None else drafts, decisions)

    def check(self) -> None:
        """Finds before the work what would fail late in it: keys, models, files of parallel text.

        Raises:
            BllossomError: an engine cannot be used, or a file cannot be read.
        """
        self._write_sample_if_used()
        _ = self.engines.providers
        read_decisions(self._decision_files())

    def estimate(self) -> list[dict[str, JSON]]:
        """What each engine would use for what is not known yet; sends nothing."""
        asks = [ask for one in self._segmented() for ask in questions(one)]
        return [asdict(one) for one in self.engines.estimate(asks)]

    def remember(self) -> int:
        """Keeps what people approved in a memory for other recipes; returns its entries."""
        folder = self.decisions.parent
        return remember_accepted(
            self.settled(), folder / "accepted.sqlite", folder / "accepted.tmx"
        )

    def _segmented(self) -> list[SegmentedExample]:
        with_glossary = self.recipe.localise.entities
        return [segment_example(one, with_glossary=with_glossary) for one in self.examples()]

    def _ingest(self, folder: StepFolder) -> StepResult:
        counts: dict[str, JSON] = {}
        examples: list[Example] = []
        for source in self.recipe.sources:
            found, refused = read_examples(source, self._path(source.path))
            examples += found
            counts[source.name] = {"examples": len(found), "quarantined": len(refused)}
            if refused:
                write_rows(folder.path / "quarantine" / f"{source.name}.jsonl", refused)
        write_rows(folder.path / "examples.jsonl", examples)
        return StepResult(counts)

    def _translate(self, folder: StepFolder) -> StepResult | Waiting:
        with_glossary = self.recipe.localise.entities
        segmented = [segment_example(one, with_glossary=with_glossary) for one in self.examples()]
        asks = [ask for one in segmented for ask in questions(one)]
        outcomes, stopped = self.engines.translate(asks, answer_check(segmented), folder.progress)
        if stopped:
            return Waiting(
                f"The translation stopped: {stopped}\nWhat was translated is kept.",
                build_command(self.recipe_path),
            )
        by_key = {outcome.key: outcome for outcome in outcomes}
        translations = [translations_of(one, by_key) for one in segmented]
        write_rows(folder.path / "translations.jsonl", translations)
        untranslated = sum(outcome.text is None for outcome in outcomes)
        return StepResult({"segments": len(outcomes), "untranslated": untranslated})

    def _workers(self, units: Sequence[str]) -> int:
        # A few units are done before another process would have begun.
        worth = max(1, len(units) // UNITS_PER_WORKER)
        return self._given_workers or min(os.cpu_count() or 1, worth)

    def _localise(self, folder: StepFolder) -> StepResult:
        inputs = LocaliseInputs(
            self.folder / "ingest" / "examples.jsonl",
            self.folder / "translate" / "translations.jsonl",
            folder.path,
            self.recipe.localise,
        )
        n_examples = len(self.examples())
        units = [f"scratch/{first}.jsonl" for first in range(0, n_examples, EXAMPLES_AT_ONCE)]
        run_units("localise", folder, units, partial(draft_unit, inputs), self._workers(units))
        drafts = [one for unit in units for one in read_rows(folder.path / unit, Draft)]
        write_rows(folder.path / "drafts.jsonl", drafts)
        return StepResult(_counts_of(drafts))

    def _review(self, folder: StepFolder) -> StepResult | Waiting:
        settled = self.settled()
        n_waiting = write_waiting(self.waiting, settled)
        states = {state: 0 for state in ("approved", "passed", "removed", "waiting")}
        for one in settled:
            states[one.state] += 1
        if n_waiting and self.recipe.review.wait:
            return Waiting(
                f"{n_waiting:,} of {len(settled):,} examples wait for people: {self.waiting}",
                f"bllossom review export {self.recipe_path} waiting.jsonl",
            )
        return StepResult(dict(states))

    def _final(self, prose: str, folder: StepFolder) -> StepResult:
        examples = self.examples()
        read = {
            source.name: sum(one.source == source.name for one in examples)
            for source in self.recipe.sources
        }
        inputs = FinalInputs(
            self.recipe,
            prose,
            build_command(self.recipe_path),
            self.settled(),
            self.translations(),
            read,
            {name: read_record(self.folder / name) for name in STEPS[:-1]},
        )
        return write_instruction_final(inputs, folder)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _counts_of(drafts: Sequence[Draft]) -> Mapping[str, JSON]:
    labels: dict[str, JSON] = {}
    for draft in drafts:
        labels[draft.label] = sum(one.label == draft.label for one in drafts)
    return {
        "labels": dict(sorted(labels.items())),
        "edits": sum(len(draft.edits) for draft in drafts),
        "findings": sum(len(draft.findings) for draft in drafts),
    }
