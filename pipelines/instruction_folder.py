"""Where the parts of an instruction dataset lie, and what has been made of it so far."""

from collections.abc import Sequence
from pathlib import Path

from bllossom_data.counted import counted
from bllossom_data.errors import StepError
from bllossom_data.examples import Example
from bllossom_data.files import fingerprint_tree
from bllossom_data.instruction_recipe import InstructionRecipe
from bllossom_data.publishing.pinned_files import pinned_file
from bllossom_data.recipe_fields import HUB_PREFIX, SAMPLE_PREFIX
from pipelines.decision_files import read_decisions
from pipelines.drafts import Draft, Translation
from pipelines.instruction_sources import RefusedRow
from pipelines.reviewing import Settled, settle
from pipelines.rows import read_rows
from pipelines.sample_instructions import write_sample_instructions

__all__ = ["InstructionFolder"]


class InstructionFolder:
    """The files of one recipe on this machine.

    Args:
        recipe: the dataset's recipe.
        recipe_path: where it was read from.
        root: folder of all builds.
    """

    def __init__(self, recipe: InstructionRecipe, recipe_path: Path, root: Path) -> None:
        self.recipe = recipe
        self.recipe_path = recipe_path
        self.root = root
        self.folder = root / recipe.dataset.name / recipe.dataset.version
        self._sample = root / "sample"

    @property
    def decisions(self) -> Path:
        """All decisions of people about this dataset; outlives its versions."""
        return self.root / self.recipe.dataset.name / "decisions.jsonl"

    @property
    def waiting(self) -> Path:
        """What waits for people."""
        return self.folder / "reviews" / "waiting.jsonl"

    @property
    def batches(self) -> Path:
        """What was sent through a batch interface; outlives versions and rebuilds."""
        return self.root / self.recipe.dataset.name / "batches"

    def path_of(self, path: str) -> Path:
        """A path of the recipe; what is in the sample lies below the builds.

        Raises:
            PublishingError: a file on the Hub cannot be had.
        """
        if path.startswith(HUB_PREFIX):
            return pinned_file(path)
        if path.startswith(SAMPLE_PREFIX):
            return self._sample / path.removeprefix(SAMPLE_PREFIX)
        return Path(path)

    def write_sample_if_used(self) -> None:
        """Writes the built-in sample where the recipe reads it."""
        recipe = self.recipe
        paths = [one.path for one in recipe.sources]
        paths += [*recipe.translate.memories, recipe.review.decisions or ""]
        if any(path.startswith(SAMPLE_PREFIX) for path in paths):
            write_sample_instructions(self._sample / "instructions")

    def fingerprint(self, path: str) -> str:
        """Hash of a file or folder that the recipe names."""
        return fingerprint_tree(self.path_of(path), self.root / "source_hashes.json")

    def decision_files(self) -> list[Path]:
        """Files of decisions, the recipe's own before the imported ones."""
        given = self.recipe.review.decisions
        return [*([self.path_of(given)] if given else []), self.decisions]

    def examples(self) -> list[Example]:
        """What was read, in the order of the sources."""
        return list(read_rows(self.folder / "ingest" / "examples.jsonl", Example))

    def refused_rows(self) -> list[str]:
        """For each source with rows that could not be read, how many, where they are, and why."""
        lines = []
        for source in self.recipe.sources:
            path = self.folder / "ingest" / "quarantine" / f"{source.name}.jsonl"
            refused = list(read_rows(path, RefusedRow)) if path.is_file() else []
            if refused:
                first = refused[0]
                rows = counted(
                    len(refused),
                    "row could not be read and was",
                    "rows could not be read and were",
                )
                lines.append(
                    f"{source.name}: {rows} left out: {path}; "
                    f"the first is row {first.row} of {first.origin} "
                    f"({first.reason}: {first.detail})"
                )
        return lines

    def translations(self) -> list[Translation]:
        """Plain translations of all examples."""
        return list(read_rows(self.folder / "translate" / "translations.jsonl", Translation))

    def drafts_file(self) -> Path:
        """The file of all drafts.

        Raises:
            StepError: the dataset has not been built so far.
        """
        path = self.folder / "localise" / "drafts.jsonl"
        if not path.is_file():
            raise StepError(
                f"{self.folder}: there are no drafts yet; run "
                f"`bllossom build {self.recipe_path}` first"
            )
        return path

    def drafts(self) -> list[Draft]:
        """Drafts of all examples.

        Raises:
            StepError: the dataset has not been built so far.
        """
        return list(read_rows(self.drafts_file(), Draft))

    def settled(self, drafts: Sequence[Draft] | None = None) -> list[Settled]:
        """What became of every draft, with all decisions so far."""
        decisions = read_decisions(self.decision_files())
        read_all = self.recipe.review.read_all
        return settle(self.drafts() if drafts is None else drafts, decisions, read_all=read_all)
