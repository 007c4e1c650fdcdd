"""Where the parts of a build lie."""

from dataclasses import dataclass
from pathlib import Path

STEPS = (
    "ingest",
    "measure",
    "decide",
    "deduplicate",
    "decontaminate",
    "clean",
    "mix",
    "export",
)
"""Steps of a pretraining dataset, in order."""

FINAL = "final"


@dataclass(frozen=True, slots=True)
class Layout:
    """Paths below the folder of one version of one dataset."""

    root: Path

    def part(self, step: str, name: str) -> Path:
        """Returns the file that a step writes for a part."""
        return self.root / step / "parts" / name

    def part_names(self) -> list[str]:
        """Returns the names of all parts, sorted; ingest decides which there are."""
        return sorted(path.name for path in (self.root / "ingest" / "parts").glob("*.parquet"))

    def parts(self, step: str) -> list[Path]:
        """Returns the files of a step for all parts, in the order of their names."""
        return [self.part(step, name) for name in self.part_names()]

    def shards(self) -> list[Path]:
        """Returns the published files."""
        return sorted((self.final / "data").glob("*.parquet"))

    @property
    def final(self) -> Path:
        """The folder that is published."""
        return self.root / FINAL

    @property
    def clusters(self) -> Path:
        """The duplicate clusters."""
        return self.root / "deduplicate" / "clusters.parquet"

    @property
    def mix_summary(self) -> Path:
        """What the mix asked for and achieved."""
        return self.root / "mix" / "mix.json"
