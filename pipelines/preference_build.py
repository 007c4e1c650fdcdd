"""How preference data is made: preferences are collected, then published with card and manifest."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from bllossom_data.build import Step, StepFolder, StepResult
from bllossom_data.errors import RecipeError, StepError
from bllossom_data.files import JSON, fingerprint_tree
from bllossom_data.instruction_recipe import InstructionRecipe
from bllossom_data.manifest import read_record
from bllossom_data.preference_recipe import PreferenceRecipe, PreferenceSource
from bllossom_data.publishing.card import card_command, prose_numbers
from bllossom_data.publishing.prose import card_prose
from bllossom_data.recipe_loading import load_recipe
from bllossom_data.records import document_id
from pipelines.instruction_folder import InstructionFolder
from pipelines.preference import (
    Judgement,
    Preference,
    preferences_of_judgements,
    preferences_of_reviews,
    questions_of,
)
from pipelines.preference_final import PreferenceInputs, write_preference_final
from pipelines.rows import read_rows, row_parser, write_rows

__all__ = ["PreferenceBuild"]

JUDGEMENTS = "judgements"


@dataclass(frozen=True, slots=True)
class _Refused:
    """A line that is no judgement."""

    line: int
    problem: str


class PreferenceBuild:
    """The steps of one recipe on this machine.

    Args:
        recipe: the dataset's recipe.
        recipe_path: where it was read from; the card's prose lies beside it, as ``.md``.
        root: folder of all builds, also of those whose reviews are read.
        variables: values for `${NAME}` in the recipes whose reviews are read.

    Raises:
        RecipeError: a recipe that is named makes no instruction data.
    """

    def __init__(
        self,
        recipe: PreferenceRecipe,
        recipe_path: Path,
        root: Path,
        variables: Mapping[str, str],
    ) -> None:
        self.recipe = recipe
        self.recipe_path = recipe_path
        self.folder = root / recipe.dataset.name / recipe.dataset.version
        self._root = root
        self._reviewed = {
            one.name: _instruction_folder(one.recipe, root, variables)
            for one in recipe.sources
            if one.recipe is not None
        }

    def steps(self) -> list[Step]:
        """The steps in order. Reads sources to fingerprint them; builds nothing.

        Raises:
            StepError: a dataset whose reviews are read has not been built, or a file is missing.
        """
        return [self._collect_step(), self._final_step()]

    def _collect_step(self) -> Step:
        sources = [
            {
                **one.model_dump(include={"name", "split", "license"}),
                "reviewed": self._reviewed_version(one),
            }
            for one in self._sources
        ]
        return Step(
            "collect",
            1,
            {"sources": sources, "prefer": self.recipe.prefer.model_dump()},
            (),
            {one.name: self._fingerprint(one) for one in self._sources},
            self._collect,
            packages=("rapidfuzz",),
        )

    def _reviewed_version(self, source: PreferenceSource) -> str | None:
        """Name and version of the dataset whose review a source is."""
        if source.name not in self._reviewed:
            return None
        dataset = self._reviewed[source.name].recipe.dataset
        return f"{dataset.name} {dataset.version}"

    def _final_step(self) -> Step:
        recipe = self.recipe
        prose = card_prose(self.recipe_path, recipe.dataset.pretty_name, prose_numbers(recipe))
        provenance = [
            one.model_dump(include={"name", "license", "url", "revision"}) for one in self._sources
        ]
        return Step(
            "final",
            1,
            {
                "dataset": recipe.dataset.model_dump(),
                "provenance": provenance,
                "command": card_command(recipe, self.recipe_path),
            },
            ("collect",),
            {"prose": document_id(prose)},
            partial(self._final, prose),
        )

    @property
    def _sources(self) -> tuple[PreferenceSource, ...]:
        return self.recipe.sources

    def _fingerprint(self, source: PreferenceSource) -> str:
        hashes = self._root / "source_hashes.json"
        if source.judgements is not None:
            return fingerprint_tree(Path(source.judgements), hashes)
        reviewed = self._reviewed[source.name]
        reviewed.write_sample_if_used()
        files = [reviewed.drafts_file(), *reviewed.decision_files()]
        read = [fingerprint_tree(path, hashes) if path.is_file() else "" for path in files]
        return document_id("\n".join(read))

    def _collect(self, folder: StepFolder) -> StepResult:
        settled = {name: reviewed.settled() for name, reviewed in self._reviewed.items()}
        tested = questions_of(one for drafts in settled.values() for one in drafts)
        collected: list[Preference] = []
        counts: dict[str, JSON] = {}
        for source in self._sources:
            refused: list[_Refused] = []
            if source.judgements is None:
                ratio = self.recipe.prefer.min_changed_ratio
                drafts = settled[source.name]
                found, without = preferences_of_reviews(drafts, source.name, ratio)
                read = len(drafts)
            else:
                judgements = _judgements(Path(source.judgements), refused)
                found, without = preferences_of_judgements(
                    judgements, source.name, source.split, tested
                )
                read = len(judgements)
                write_rows(folder.path / JUDGEMENTS / f"{source.name}.jsonl", judgements)
            if refused:
                write_rows(folder.path / "quarantine" / f"{source.name}.jsonl", refused)
                folder.progress.say(
                    f"{source.name}: {len(refused):,} lines are no judgements; line "
                    f"{refused[0].line}: {refused[0].problem}"
                )
            collected += found
            counts[source.name] = {
                "read": read,
                "quarantined": len(refused),
                "compared": len(found) + sum(without.values()),
                "preferences": len(found),
                "without": dict(sorted(without.items())),
            }
        collected.sort(key=lambda one: (one.source, one.id, one.chosen))
        write_rows(folder.path / "preferences.jsonl", collected)
        return StepResult(counts)

    def _final(self, prose: str, folder: StepFolder) -> StepResult:
        inputs = PreferenceInputs(
            self.recipe,
            prose,
            card_command(self.recipe, self.recipe_path),
            self.preferences(),
            {
                one.name: list(
                    read_rows(self.folder / "collect" / JUDGEMENTS / f"{one.name}.jsonl", Judgement)
                )
                for one in self._sources
                if one.judgements is not None
            },
            read_record(self.folder / "collect"),
        )
        return write_preference_final(inputs, folder)

    def preferences(self) -> list[Preference]:
        """What was collected, by source and id."""
        return list(read_rows(self.folder / "collect" / "preferences.jsonl", Preference))

    def summary(self) -> dict[str, JSON]:
        """What a finished build tells, as plain data."""
        return {
            "sources": dict(read_record(self.folder / "collect").counts),
            "rows": dict(read_record(self.folder / "final").counts),
            "dataset": str(self.folder / "final"),
            "card": str(self.folder / "final" / "README.md"),
        }


def _instruction_folder(recipe: str, root: Path, variables: Mapping[str, str]) -> InstructionFolder:
    loaded = load_recipe(Path(recipe), variables)
    if not isinstance(loaded, InstructionRecipe):
        raise RecipeError(
            f"{recipe}: its reviews are asked for, and it makes no instruction data; name a recipe "
            'of `dataset.kind = "instruction"`'
        )
    return InstructionFolder(loaded, Path(recipe), root)


def _judgements(path: Path, refused: list[_Refused]) -> list[Judgement]:
    parse = row_parser(Judgement)
    found: list[Judgement] = []
    pairs: dict[str, tuple[object, ...]] = {}
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise StepError(f"{path}: cannot be read ({error.strerror})") from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            one = parse(line)
        except ValueError as error:
            refused.append(_Refused(number, str(error)))
            continue
        upright = one.upright()
        pair = (one.prompt, upright.first, upright.second)
        problem = one.problem()
        if problem is None and pairs.setdefault(one.id, pair) != pair:
            problem = f"id: {one.id!r} is another pair in a line before; give each its own"
        if problem is None:
            found.append(one)
        else:
            refused.append(_Refused(number, problem))
    return found
