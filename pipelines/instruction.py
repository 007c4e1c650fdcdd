"""How an instruction dataset is made: the steps, their order, and what each depends on."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cached_property, partial
from pathlib import Path

from bllossom_data.build import Step, StepFolder, StepResult, Waiting
from bllossom_data.errors import StepError
from bllossom_data.examples import Example, Role
from bllossom_data.files import JSON
from bllossom_data.instruction_recipe import InstructionRecipe, SpeechLevel
from bllossom_data.manifest import read_record
from bllossom_data.publishing.card import prose_numbers
from bllossom_data.publishing.prose import build_command, card_prose
from bllossom_data.records import document_id
from pipelines.comparing import compared_answers
from pipelines.decision_files import read_decisions, shortened
from pipelines.decision_texts import DECISIONS_AT_ONCE, mistakes_of_all
from pipelines.drafts import Draft
from pipelines.engines import Engines
from pipelines.executor import prepare_workers, run_units
from pipelines.instruction_final import FinalInputs, write_instruction_final
from pipelines.instruction_folder import InstructionFolder
from pipelines.instruction_ingestion import read_examples
from pipelines.localising import (
    EXAMPLES_AT_ONCE,
    LocaliseInputs,
    draft_unit,
    localisation_data,
)
from pipelines.memories import accepted_entries, remember_accepted
from pipelines.reviewing import Settled, void_of, void_told, waiting_of, write_waiting
from pipelines.rewriting import Rewriter, rewrite_tasks
from pipelines.rows import read_rows, write_rows
from pipelines.suggestions import suggested_texts
from pipelines.translating import (
    ANSWERS,
    AnswerCheck,
    SegmentedExample,
    kept_so_far,
    put_together,
    questions,
    segment_example,
)

__all__ = ["InstructionBuild"]

UNITS_PER_WORKER = 4
KOREAN_WORKERS = "pipelines.korean_workers"
_WORD_PACKAGES = ("kiwipiepy", "kiwipiepy-model", "tossi")


class InstructionBuild(InstructionFolder):
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
        super().__init__(recipe, recipe_path, root)
        self._given_workers = workers

    @property
    def speech(self) -> dict[Role, SpeechLevel]:
        """Speech level that each role should keep."""
        localise = self.recipe.localise
        return {
            "system": localise.assistant_level,
            "user": localise.user_level,
            "assistant": localise.assistant_level,
        }

    @cached_property
    def engines(self) -> Engines:
        """The engines of the recipe, its cache and memory."""
        memories = [self.path_of(path) for path in self.recipe.translate.memories]
        return Engines(
            self.recipe.translate,
            self.speech,
            memories,
            self.root / "translation-cache.sqlite",
            f"{self.recipe.dataset.name} {self.recipe.dataset.version}",
            self.batches / "translate",
        )

    @cached_property
    def rewriter(self) -> Rewriter | None:
        """The model that proposes rewrites of subjects, if the recipe names one."""
        localise = self.recipe.localise
        if localise.topic_rewrites is None or not localise.topics:
            return None
        dataset = self.recipe.dataset
        return Rewriter(
            localise.topic_rewrites,
            self.root / "translation-cache.sqlite",
            f"{dataset.name} {dataset.version} topic rewrites",
            self.batches / "rewrite",
        )

    def steps(self) -> list[Step]:
        """The steps in order. Reads sources to fingerprint them; builds nothing."""
        self.write_sample_if_used()
        return [
            self._ingest_step(),
            self._translate_step(),
            *self._rewrite_steps(),
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
            {one.name: self.fingerprint(one.path) for one in sources},
            self._ingest,
        )

    def _translate_step(self) -> Step:
        translate = self.recipe.translate
        return Step(
            "translate",
            2,
            {
                "providers": [dict(one) for one in self.engines.settings()],
                "glossary": self.recipe.localise.entities,
            },
            ("ingest",),
            {
                **{
                    f"memory {number}": self.fingerprint(path)
                    for number, path in enumerate(translate.memories, 1)
                },
                "localisation data": localisation_data(),
            },
            self._translate,
            packages=("markdown-it-py", "mdit-py-plugins"),
        )

    def _rewrite_steps(self) -> list[Step]:
        if self.rewriter is None:
            return []
        data = {"localisation data": localisation_data()}
        settings = self.rewriter.settings()
        return [Step("rewrite", 1, settings, ("ingest", "translate"), data, self._rewrite)]

    def _localise_step(self) -> Step:
        return Step(
            "localise",
            2,
            self.recipe.localise.model_dump(exclude={"topic_rewrites"}),
            ("ingest", "translate", *(["rewrite"] if self.rewriter else [])),
            {"localisation data": localisation_data()},
            self._localise,
            packages=_WORD_PACKAGES,
        )

    def _reviews_step(self) -> Step:
        return Step(
            "reviews",
            1,
            {"wait": self.recipe.review.wait, "read_all": self.recipe.review.read_all},
            ("localise",),
            {
                f"decisions {number}": document_id(_text(path))
                for number, path in enumerate(self.decision_files(), 1)
            },
            self._review,
        )

    def _final_step(self) -> Step:
        recipe = self.recipe
        prose = card_prose(self.recipe_path, recipe.dataset.pretty_name, prose_numbers(recipe))
        return Step(
            "final",
            4,
            {
                "dataset": recipe.dataset.model_dump(),
                "provenance": [
                    one.model_dump(include={"name", "license", "url", "revision"})
                    for one in recipe.sources
                ],
                "command": build_command(self.recipe_path),
            },
            (
                "ingest",
                "translate",
                *(["rewrite"] if self.rewriter else []),
                "localise",
                "reviews",
            ),
            {"prose": document_id(prose)},
            partial(self._final, prose),
        )

    def check(self, *, sends: bool = True) -> None:
        """Finds before the work what would fail late in it: keys, models, files of parallel text.

        Args:
            sends: whether anything will be sent; else no key is needed.

        Raises:
            BllossomError: an engine cannot be used, or a file cannot be read.
        """
        self.write_sample_if_used()
        if sends:
            _ = self.engines.providers
            _ = self.rewriter and self.rewriter.provider
        read_decisions(self.decision_files())

    def estimate(self) -> list[dict[str, JSON]]:
        """What each engine would use for what is not known yet; sends nothing."""
        examples = self.examples()
        asks = [ask for one in self._segmented(examples) for ask in questions(one)]
        found = [*self.engines.estimate(asks)]
        if self.rewriter:
            # Korean that is not there yet is taken to be as long as its English.
            english = {one.id: tuple(turn.content for turn in one.messages) for one in examples}
            found += self.rewriter.estimate(list(rewrite_tasks(examples, english)))
        return [asdict(one) for one in found]

    def remember(self) -> int:
        """Keeps what people approved in a memory for other recipes; returns its entries."""
        folder = self.decisions.parent
        return remember_accepted(
            self.settled(), folder / "accepted.sqlite", folder / "accepted.tmx"
        )

    def write_waiting(self, path: Path) -> int:
        """Writes what waits for people, the riskiest first; returns how many there are."""
        settled = self.settled()
        waiting = [one.draft for one in settled if one.state == "waiting"]
        translations = {one.id: one for one in self.translations()}
        with self.engines.memory(lambda line: None) as memory:
            memory.add(accepted_entries(settled))
            suggestions = suggested_texts(waiting, translations, memory)
        return write_waiting(path, settled, self.speech, suggestions)

    def _segmented(self, examples: Sequence[Example]) -> list[SegmentedExample]:
        with_glossary = self.recipe.localise.entities
        return [segment_example(one, with_glossary=with_glossary) for one in examples]

    def _ingest(self, folder: StepFolder) -> StepResult:
        counts: dict[str, JSON] = {}
        examples: list[Example] = []
        for source in self.recipe.sources:
            found, refused = read_examples(source, self.path_of(source.path))
            examples += found
            counts[source.name] = {"examples": len(found), "quarantined": len(refused)}
            if refused:
                write_rows(folder.path / "quarantine" / f"{source.name}.jsonl", refused)
        write_rows(folder.path / "examples.jsonl", examples)
        return StepResult(counts)

    def _translate(self, folder: StepFolder) -> StepResult | Waiting:
        examples = self.examples()
        self._prepare_workers(len(examples))
        segmented = self._segmented(examples)
        asks = [ask for one in segmented for ask in questions(one)]
        check = AnswerCheck(segmented, self._workers(len(asks) // ANSWERS))
        outcomes, stopped = self.engines.translate(asks, check, check.many, folder.progress)
        if stopped:
            return Waiting(
                f"The translation stopped: {stopped}.\n{kept_so_far(asks, outcomes)}",
                build_command(self.recipe_path),
            )
        outcomes = compared_answers(asks, outcomes)
        translations = put_together(segmented, outcomes, self._workers(len(asks) // ANSWERS))
        write_rows(folder.path / "translations.jsonl", translations)
        untranslated = sum(outcome.text is None for outcome in outcomes)
        return StepResult({"segments": len(outcomes), "untranslated": untranslated})

    def _rewrite(self, folder: StepFolder) -> StepResult | Waiting:
        assert self.rewriter is not None
        translations = {one.id: one.texts for one in self.translations()}
        tasks = list(rewrite_tasks(self.examples(), translations))
        found, stopped = self.rewriter.rewrite(tasks, folder.progress)
        if stopped:
            rewritten = sum(one.edits is not None for one in found)
            return Waiting(
                f"The rewriting of subjects stopped: {stopped}.\n{rewritten:,} of {len(found):,} "
                "examples are rewritten and kept; once that is put right, the same command goes "
                "on from there.",
                build_command(self.recipe_path),
            )
        write_rows(folder.path / "rewrites.jsonl", found)
        failed = sum(one.edits is None for one in found)
        return StepResult({"examples": len(found), "rewritten": len(found) - failed})

    def _prepare_workers(self, n_examples: int) -> None:
        # Kiwi is loaded while this process cuts conversations into segments.
        if self._workers(n_examples // EXAMPLES_AT_ONCE) > 1:
            prepare_workers(KOREAN_WORKERS)

    def _workers(self, n_units: int) -> int:
        # A few units are done before another process would have begun.
        worth = max(1, n_units // UNITS_PER_WORKER)
        return self._given_workers or min(os.cpu_count() or 1, worth)

    def _localise(self, folder: StepFolder) -> StepResult:
        inputs = LocaliseInputs(
            self.folder / "ingest" / "examples.jsonl",
            self.folder / "translate" / "translations.jsonl",
            self.folder / "rewrite" / "rewrites.jsonl" if self.rewriter else None,
            folder.path,
            self.recipe.localise,
        )
        n_examples = sum(1 for _ in read_rows(inputs.examples, Example))
        self._prepare_workers(n_examples)
        units = [f"scratch/{first}.jsonl" for first in range(0, n_examples, EXAMPLES_AT_ONCE)]
        run_units("localise", folder, units, partial(draft_unit, inputs), self._workers(len(units)))
        drafts = [one for unit in units for one in read_rows(folder.path / unit, Draft)]
        write_rows(folder.path / "drafts.jsonl", drafts)
        return StepResult(_counts_of(drafts))

    def _check_given_decisions(self, settled: Sequence[Settled]) -> None:
        """Imported decisions were checked when they came; those that a recipe brings, are here."""
        path = self.recipe.review.decisions
        if path is None:
            return
        given = set(read_decisions([self.path_of(path)]))
        decided = [one.review for one in settled if one.review in given]
        drafts = {one.draft.id: one.draft for one in settled}
        workers = self._workers(len(decided) // DECISIONS_AT_ONCE)
        if mistakes := mistakes_of_all(decided, drafts, self.speech, workers):
            shown = "\n".join(f"  {one}" for one in shortened(mistakes))
            raise StepError(f"{self.path_of(path)}: texts cannot be published:\n{shown}")

    def _review(self, folder: StepFolder) -> StepResult | Waiting:
        settled = self.settled()
        self._check_given_decisions(settled)
        n_waiting = self.write_waiting(self.waiting)
        states = {state: 0 for state in ("approved", "passed", "removed", "waiting")}
        for one in settled:
            states[one.state] += 1
        if n_waiting and self.recipe.review.wait:
            told = f"{waiting_of(n_waiting, len(settled))}: {self.waiting}"
            return Waiting(
                told + void_told(void_of(settled)),
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
            read_decisions(self.decision_files()),
            self.translations(),
            read,
            {name: read_record(self.folder / name) for name in folder.inputs},
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
