"""How a pretraining dataset is made: the steps, their order, and what each depends on."""

from collections.abc import Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path

from bllossom_data.build import Step, StepFolder, StepResult
from bllossom_data.corpus.decontamination import DecontaminationSettings, build_index
from bllossom_data.corpus.language import LanguageModel
from bllossom_data.corpus.minhash import MinHashConfig
from bllossom_data.corpus.mixing import MixSettings
from bllossom_data.corpus.rules import Thresholds, settling_thresholds, thresholds_of
from bllossom_data.files import fingerprint_tree
from bllossom_data.publishing.card import prose_numbers
from bllossom_data.publishing.prose import build_command, card_prose
from bllossom_data.recipe import EvaluationSet, Recipe, Source
from bllossom_data.recipe_fields import SAMPLE_PREFIX
from bllossom_data.records import document_id
from bllossom_data.sample.materialise import write_sample
from pipelines.decontamination import summarise_decontamination
from pipelines.deduplication import find_duplicates, write_verdict_parts
from pipelines.evaluation_sets import read_evaluation_items
from pipelines.executor import run_units
from pipelines.final import write_final
from pipelines.ingestion import IngestCounts, read_counts
from pipelines.layout import FINAL, Layout
from pipelines.measuring import MeasureSettings, identifier_of
from pipelines.mixing import mix_parts
from pipelines.readers import (
    ReadTask,
    SourceSpec,
    check_columns,
    list_files,
    plan_chunks,
    plan_tasks,
)
from pipelines.sources import fitting_workers, source_settings, tell_if_small
from pipelines.summaries import count_kept
from pipelines.units import (
    clean_unit,
    decide_unit,
    decontaminate_unit,
    ingest_unit,
    measure_unit,
    sign_unit,
    size_unit,
)

_READER_PACKAGES = ("ftfy", "trafilatura", "charset-normalizer")
_WORD_PACKAGES = ("kiwipiepy", "kiwipiepy-model", "spacy")


class PretrainingBuild:
    """The steps of one recipe on this machine.

    Args:
        recipe: The dataset's recipe.
        recipe_path: Where it was read from; the card's prose lies beside it, as ``.md``.
        root: Folder of all builds.
        workers: Processes to use, None for as many as the data is worth; changes nothing in the
            result.
    """

    def __init__(
        self, recipe: Recipe, recipe_path: Path, root: Path, workers: int | None = None
    ) -> None:
        self.recipe = recipe
        self.recipe_path = recipe_path
        self.layout = Layout(root / recipe.dataset.name / recipe.dataset.version)
        self._root = root
        self._given_workers = workers
        self._sample = root / "sample"
        given = recipe.measure.language_model
        self._model = (
            LanguageModel(given.path, given.url, given.sha256) if given else LanguageModel()
        )

    @property
    def folder(self) -> Path:
        """Folder of this version of the dataset."""
        return self.layout.root

    def thresholds(self) -> dict[str, Thresholds]:
        """Returns thresholds by language: profile, language model, the recipe's changes."""
        decide = self.recipe.decide
        scores = identifier_of(self._model).thresholds
        return {
            language: thresholds_of(
                decide.profile,
                language,
                {"min_language_score": scores[language], **getattr(decide, language)},
            )
            for language in ("ko", "en")
        }

    def language_model_name(self) -> str:
        """Returns model and version of the language identification."""
        return identifier_of(self._model).name

    def source_path(self, source: Source) -> Path:
        """Returns where a source lies, the sample's sources included."""
        return self._path(source.path)

    def evaluation_path(self, one: EvaluationSet) -> Path:
        """Returns where an evaluation set lies."""
        return self._path(one.path)

    def _path(self, path: str) -> Path:
        if path.startswith(SAMPLE_PREFIX):
            return self._sample / path.removeprefix(SAMPLE_PREFIX)
        return Path(path)

    def steps(self) -> list[Step]:
        """Returns the steps in order. Reads sources to fingerprint them; builds nothing."""
        self._write_sample_if_used()
        paths = [self.source_path(source) for source in self.recipe.sources]
        self._workers = self._given_workers or fitting_workers(paths)
        thresholds = self.thresholds()
        return [
            self._ingest_step(),
            self._measure_step(self._measure_settings(thresholds)),
            self._decide_step(thresholds),
            self._deduplicate_step(MinHashConfig(**self.recipe.deduplicate.model_dump())),
            self._decontaminate_step(),
            self._clean_step(),
            self._mix_step(),
            self._final_step(),
        ]

    def _ingest_step(self) -> Step:
        sources = self.recipe.sources
        return Step(
            "ingest",
            1,
            {"sources": [source_settings(source) for source in sources]},
            (),
            {source.name: self._fingerprint(source.path) for source in sources},
            self._ingest,
            packages=_READER_PACKAGES,
        )

    def _measure_step(self, settings: MeasureSettings) -> Step:
        return Step(
            "measure",
            1,
            {
                "words": settings.words,
                "language_model": self.language_model_name(),
                "languages": list(settings.languages),
                "source_languages": dict(settings.source_languages),
                "settling": {name: dict(limits) for name, limits in settings.settling},
            },
            ("ingest",),
            {},
            partial(self._measure, settings),
            packages=self._measure_packages(),
        )

    def _measure_packages(self) -> tuple[str, ...]:
        given = self.recipe.measure.language_model
        identifier = "fasttext-numpy2-wheel" if given else "py3langid"
        words = _WORD_PACKAGES if self.recipe.measure.words == "exact" else ()
        return (identifier, *words)

    def _decide_step(self, thresholds: Mapping[str, Thresholds]) -> Step:
        return Step(
            "decide",
            1,
            {language: dict(limits) for language, limits in thresholds.items()},
            ("measure",),
            {},
            partial(self._decide, thresholds),
        )

    def _deduplicate_step(self, config: MinHashConfig) -> Step:
        priorities = {source.name: source.priority for source in self.recipe.sources}
        return Step(
            "deduplicate",
            1,
            {**asdict(config), "priority": priorities},
            ("ingest", "decide"),
            {},
            partial(self._deduplicate, config, priorities),
        )

    def _decontaminate_step(self) -> Step:
        sets = self.recipe.decontaminate.evaluation_sets
        return Step(
            "decontaminate",
            1,
            {
                **asdict(DecontaminationSettings()),
                "fields": {one.name: list(one.fields) for one in sets},
            },
            ("ingest", "deduplicate"),
            {one.name: self._fingerprint(one.path) for one in sets},
            self._decontaminate,
        )

    def _clean_step(self) -> Step:
        settings = self.recipe.clean.model_dump()
        return Step("clean", 1, settings, ("ingest", "decontaminate"), {}, self._clean)

    def _mix_step(self) -> Step:
        mix = self.recipe.mix
        settings = self._mix_settings()
        return Step(
            "mix",
            1,
            {**asdict(settings), "ratio": dict(settings.ratio), "weights": dict(settings.weights)},
            ("ingest", "measure", "decontaminate", "clean"),
            {"tokenizer": self._fingerprint(mix.tokenizer)} if mix.tokenizer else {},
            partial(self._mix, settings),
            packages=("tokenizers",) if mix.tokenizer else (),
        )

    def _final_step(self) -> Step:
        recipe = self.recipe
        prose = card_prose(self.recipe_path, recipe.dataset.pretty_name, prose_numbers(recipe))
        command = build_command(self.recipe_path)
        return Step(
            FINAL,
            4,
            {
                "dataset": recipe.dataset.model_dump(),
                "provenance": [
                    source.model_dump(include={"name", "license", "url", "revision"})
                    for source in recipe.sources
                ],
                "seed": recipe.mix.seed,
                "shard_bytes": recipe.export.shard_bytes,
                "command": command,
            },
            ("ingest", "measure", "decide", "deduplicate", "decontaminate", "clean", "mix"),
            {"prose": document_id(prose)},
            partial(
                write_final,
                recipe,
                self.layout,
                prose,
                self.language_model_name(),
                command,
                self._workers,
            ),
        )

    def _write_sample_if_used(self) -> None:
        recipe = self.recipe
        paths = [source.path for source in recipe.sources]
        paths += [one.path for one in recipe.decontaminate.evaluation_sets]
        if any(path.startswith(SAMPLE_PREFIX) for path in paths):
            self._sample.mkdir(parents=True, exist_ok=True)
            write_sample(self._sample)

    def _fingerprint(self, path: str) -> str:
        return fingerprint_tree(self._path(path), self._root / "source_hashes.json")

    def _measure_settings(self, thresholds: Mapping[str, Thresholds]) -> MeasureSettings:
        recipe = self.recipe
        exact = recipe.measure.words == "exact"
        return MeasureSettings(
            recipe.measure.words,
            self._model,
            recipe.dataset.languages,
            tuple((one.name, one.language) for one in recipe.sources if one.language),
            tuple(
                (language, tuple(sorted(settling_thresholds(limits).items())))
                for language, limits in thresholds.items()
            )
            if exact
            else (),
        )

    def _run_parts(self, name: str, folder: StepFolder, work: partial[None]) -> None:
        units = [f"parts/{part}" for part in self.layout.part_names()]
        run_units(name, folder, units, work, self._workers)

    def _ingest(self, folder: StepFolder) -> StepResult:
        tasks: dict[str, tuple[ReadTask, SourceSpec]] = {}
        for source in self.recipe.sources:
            spec = SourceSpec(
                source.name,
                source.license,
                source.text_columns,
                source.id_column or "id",
                markup=source.markup,
            )
            found = list_files(self.source_path(source), source.format)
            check_columns(found, spec)
            groups = plan_chunks(found)
            for task in plan_tasks(groups, self._workers):
                unit = f"scratch/{source.name}.{task.group.index}.{task.first}.{task.stride}"
                tasks[unit] = (task, spec)
        run_units(
            "ingest", folder, list(tasks), partial(ingest_unit, folder.path, tasks), self._workers
        )
        by_source: dict[str, IngestCounts] = {
            one.name: IngestCounts() for one in self.recipe.sources
        }
        for part in sorted((folder.path / "parts").glob("*.parquet")):
            by_source[part.name.split(".")[0]].add(read_counts(part))
        for source in self.recipe.sources:
            tell_if_small(source, by_source[source.name].bytes_in, folder)
        return StepResult({name: counts.as_json() for name, counts in by_source.items()})

    def _measure(self, settings: MeasureSettings, folder: StepFolder) -> StepResult:
        self._run_parts("measure", folder, partial(measure_unit, self.layout, settings))
        return StepResult()

    def _decide(self, thresholds: Mapping[str, Thresholds], folder: StepFolder) -> StepResult:
        # A few columns and no text: one process that uses all cores is done before others start.
        units = [f"parts/{name}" for name in self.layout.part_names()]
        work = partial(decide_unit, self.layout, thresholds)
        run_units("decide", folder, units, work, workers=1)
        return StepResult(count_kept(self.layout.parts("decide")))

    def _deduplicate(
        self, config: MinHashConfig, priorities: Mapping[str, int], folder: StepFolder
    ) -> StepResult:
        names = self.layout.part_names()
        signed = [f"scratch/signatures/{name}" for name in names]
        run_units(
            "sign documents",
            folder,
            signed,
            partial(sign_unit, self.layout, folder.path, config),
            self._workers,
        )
        with folder.progress.work("find duplicates", None, "bands"):
            counts = find_duplicates(
                [folder.path / unit for unit in signed],
                self.layout.parts("ingest"),
                self.layout.parts("decide"),
                priorities,
                config,
                folder.scratch / "pairs",
                self.layout.clusters,
                self._workers,
            )
        write_verdict_parts(
            self.layout.parts("decide"), self.layout.clusters, folder.path / "parts"
        )
        return StepResult(asdict(counts))

    def _decontaminate(self, folder: StepFolder) -> StepResult:
        items, unread = [], []
        for one in self.recipe.decontaminate.evaluation_sets:
            found, bad = read_evaluation_items(one.name, self.evaluation_path(one), one.fields)
            items += found
            unread += bad
        index = build_index(items, DecontaminationSettings())
        self._run_parts("decontaminate", folder, partial(decontaminate_unit, self.layout, index))
        return StepResult(
            summarise_decontamination(self.layout.parts("decontaminate"), index, unread)
        )

    def _clean(self, folder: StepFolder) -> StepResult:
        self._run_parts(
            "clean", folder, partial(clean_unit, self.layout, self.recipe.clean.personal_data)
        )
        return StepResult()

    def _mix_settings(self) -> MixSettings:
        mix = self.recipe.mix
        return MixSettings(
            unit=mix.unit,
            ratio={str(language): share for language, share in mix.ratio.items()},
            weights={source.name: source.weight for source in self.recipe.sources},
            budget=mix.budget,
            max_epochs=mix.max_epochs,
            seed=mix.seed,
            validation_ratio=self.recipe.export.validation_ratio,
        )

    def _mix(self, settings: MixSettings, folder: StepFolder) -> StepResult:
        given = self.recipe.mix.tokenizer
        tokenizer = Path(given) if given else None
        sized = [f"scratch/sizes/{name}" for name in self.layout.part_names()]
        run_units(
            "weigh documents",
            folder,
            sized,
            partial(size_unit, self.layout, folder.path, tokenizer),
            self._workers,
        )
        summary = mix_parts(
            [folder.path / unit for unit in sized],
            folder.path / "parts",
            self.layout.mix_summary,
            settings,
            {source.name: source.language for source in self.recipe.sources},
        )
        return StepResult(summary)
