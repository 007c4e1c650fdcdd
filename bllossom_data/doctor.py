"""What this machine has and what a command would miss."""

import os
import platform
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bllossom_data.errors import missing_package

# Package, what it is for, and the extra that installs it.
PACKAGES = (
    ("datatrove", "bllossom build: runs the steps", "pipelines"),
    ("kiwipiepy", "Korean morphemes", "pipelines"),
    ("kiwipiepy-model", "Kiwi's model", "pipelines"),
    ("numba", "compiled kernels", "pipelines"),
    ("py3langid", "language identification without a download", "pipelines"),
    ("fasttext-numpy2-wheel", "language identification by a fastText model", "pipelines"),
    ("ftfy", "repair of wrongly decoded text", "pipelines"),
    ("charset-normalizer", "encodings of web pages", "pipelines"),
    ("trafilatura", "text of web pages", "pipelines"),
    ("lxml", "text of web pages and .hwpx files", "pipelines"),
    ("orjson", "reading JSON", "pipelines"),
    ("zstandard", "reading .zst files", "pipelines"),
    ("tokenizers", '[mix] unit = "tokens"', "pipelines"),
    ("datasets", "reading what was built", "pipelines"),
    ("spacy", '[measure] words = "exact" for English', "pipelines,exact"),
)
_MIN_PYTHON = (3, 11)
_CLASHING = "fasttext-predict"


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _model_files() -> list[str]:
    folder = Path(os.environ.get("BLLOSSOM_CACHE") or "~/.cache/bllossom").expanduser() / "models"
    return sorted(str(path) for path in folder.glob("*/*") if path.is_file())


def _existing(path: Path) -> Path:
    path = path.absolute()
    while not path.exists():
        path = path.parent
    return path


def examine(root: Path) -> dict[str, Any]:
    """Looks at this machine; installs and downloads nothing.

    Args:
        root: Folder of all builds, whose disk is measured.

    Returns:
        ``python``, ``packages`` (version or None, purpose, extra), ``models`` (downloaded files),
        ``cores``, ``disk`` (free and total bytes) and ``problems``, each with what to do.
    """
    packages = {
        name: {"version": _installed(name), "purpose": purpose, "extra": extra}
        for name, purpose, extra in PACKAGES
    }
    disk = shutil.disk_usage(_existing(root))
    problems = [
        str(missing_package(name, purpose, extra))
        for name, purpose, extra in PACKAGES
        if _installed(name) is None
    ]
    if sys.version_info < _MIN_PYTHON:
        problems.append(f"Python {platform.python_version()} is too old; 3.11 or later is needed")
    if _installed(_CLASHING):
        problems.append(
            f"{_CLASHING} overwrites the module of fasttext-numpy2-wheel: "
            f"pip uninstall {_CLASHING}, then install fasttext-numpy2-wheel again"
        )
    return {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "packages": packages,
        "models": _model_files(),
        "disk": {"free_bytes": disk.free, "total_bytes": disk.total},
        "problems": problems,
    }


def print_examination(examination: dict[str, Any]) -> None:
    """Prints an examination for a person."""
    console = Console()
    table = Table("package", "version", "for")
    for name, entry in examination["packages"].items():
        table.add_row(name, entry["version"] or "[bold red]missing[/]", escape(entry["purpose"]))
    console.print(table)
    disk = examination["disk"]
    console.print(
        f"Python {examination['python']}, {examination['cores']} cores, "
        f"{disk['free_bytes'] / 1e9:.1f} GB free of {disk['total_bytes'] / 1e9:.1f} GB",
        highlight=False,
    )
    for model in examination["models"] or ["none downloaded; the built-in ones need no download"]:
        # A path that is cut at the edge of the window cannot be copied.
        console.print(f"model: {escape(model)}", highlight=False, soft_wrap=True)
    for problem in examination["problems"]:
        console.print(f"[bold red]![/] {escape(problem)}", highlight=False)
    if not examination["problems"]:
        console.print("Nothing is missing.")
