"""What the steps ask of a recipe's sources."""

import os
from collections.abc import Sequence
from pathlib import Path

from bllossom_data.build import StepFolder
from bllossom_data.files import JSON, source_files
from bllossom_data.recipe import Source

_EXPECTED_SHARE = 0.9
# Less than this is done before another process would have begun.
_BYTES_PER_WORKER = 16_000_000


def fitting_workers(paths: Sequence[Path]) -> int:
    """Returns how many processes the files below some paths are worth, at most one per core."""
    size_bytes = sum(file.stat().st_size for path in paths for file in source_files(path))
    return max(1, min(os.cpu_count() or 1, size_bytes // _BYTES_PER_WORKER))


def source_settings(source: Source) -> dict[str, JSON]:
    """Returns what decides how a source is read."""
    return source.model_dump(
        include={"name", "format", "license", "text_columns", "markup", "id_column"}
    )


def tell_if_small(source: Source, bytes_in: int, folder: StepFolder) -> None:
    """Warns where much less was read than the recipe expects: half a download, perhaps."""
    if source.expected_bytes and bytes_in < _EXPECTED_SHARE * source.expected_bytes:
        folder.progress.say(
            f"{source.name}: {bytes_in:,} bytes were read where the recipe expects "
            f"{source.expected_bytes:,}; is a download incomplete? ({source.path})"
        )
