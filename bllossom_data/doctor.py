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

BUILD = "build, status, inspect, report"
INSTRUCTIONS = "build of instruction data, translate, review"
FASTTEXT = "build with [measure.language_model]"
NETWORK_ENGINES = "pipelines,translation"
SEQ2SEQ = "pipelines,seq2seq"
PAGE = "review serve"
HUB = "publish, pull, diff"
TRAIN = "train, vocab"
ANNOTATION = "pipelines,annotation"
PUBLISHING = "pipelines,publishing"
TRAINING = "training"
QLORA = "training,qlora"
# Gigabytes that only some want are shown as lacking, not as a problem.
OPTIONAL_EXTRAS = (SEQ2SEQ, TRAINING, QLORA)
# Package, what it is for, what cannot be done without it, and the extra that installs it.
PACKAGES = (
    ("datatrove", "runs the steps", BUILD, "pipelines"),
    ("numba", "compiled kernels", BUILD, "pipelines"),
    ("py3langid", "language identification without a download", BUILD, "pipelines"),
    ("ftfy", "repair of wrongly decoded text", BUILD, "pipelines"),
    ("charset-normalizer", "encodings of web pages", BUILD, "pipelines"),
    ("trafilatura", "text of web pages", BUILD, "pipelines"),
    ("lxml", "text of web pages and .hwpx files", BUILD, "pipelines"),
    ("orjson", "reading JSON", BUILD, "pipelines"),
    ("zstandard", "reading .zst files", BUILD, "pipelines"),
    ("markdown-it-py", "Markdown of conversations", INSTRUCTIONS, "pipelines"),
    ("mdit-py-plugins", "Markdown of conversations", INSTRUCTIONS, "pipelines"),
    ("tossi", "Korean particles", INSTRUCTIONS, "pipelines"),
    ("rapidfuzz", "similar texts", INSTRUCTIONS, "pipelines"),
    ("pyahocorasick", "names in texts", INSTRUCTIONS, "pipelines"),
    ("pint", "units", INSTRUCTIONS, "pipelines"),
    ("krippendorff", "agreement of reviewers", INSTRUCTIONS, "pipelines"),
    ("phonenumbers", "telephone numbers", INSTRUCTIONS, "pipelines"),
    ("deepl", "the DeepL engine", 'build with engine = "deepl"', NETWORK_ENGINES),
    ("openai", "engines of its protocol", 'build with engine = "openai"', NETWORK_ENGINES),
    ("torch", "models on this machine", 'build with engine = "seq2seq"', SEQ2SEQ),
    ("transformers", "models on this machine", 'build with engine = "seq2seq"', SEQ2SEQ),
    ("fasttext-numpy2-wheel", "fastText models", FASTTEXT, "pipelines"),
    ("tokenizers", "counting tokens", 'build with [mix] unit = "tokens"', "pipelines"),
    ("kiwipiepy", "Korean morphemes", 'build with [measure] words = "exact"', "pipelines"),
    ("kiwipiepy-model", "Kiwi's model", 'build with [measure] words = "exact"', "pipelines"),
    ("spacy", "English words", 'build with [measure] words = "exact"', "pipelines,exact"),
    ("datasets", "load_dataset", "reading what was built", "pipelines"),
    ("django", "the review page", PAGE, ANNOTATION),
    ("django-axes", "throttled login", PAGE, ANNOTATION),
    ("django-csp", "content security policy", PAGE, ANNOTATION),
    ("dj-database-url", "DATABASE_URL", PAGE, ANNOTATION),
    ("argon2-cffi", "passwords", PAGE, ANNOTATION),
    ("waitress", "the page's server", PAGE, ANNOTATION),
    ("whitenoise", "the page's files", PAGE, ANNOTATION),
    ("psycopg", "PostgreSQL", PAGE, ANNOTATION),
    ("choix", "win rates", PAGE, ANNOTATION),
    ("huggingface-hub", "the Hugging Face Hub", HUB, PUBLISHING),
    ("mlcroissant", "Croissant metadata", HUB, PUBLISHING),
    ("trl", "trainers", TRAIN, TRAINING),
    ("accelerate", "devices", TRAIN, TRAINING),
    ("peft", "LoRA and QLoRA", TRAIN, TRAINING),
    ("tensorboard", "curves", TRAIN, TRAINING),
    ("matplotlib", "plots of runs", TRAIN, TRAINING),
    ("bitsandbytes", "QLoRA", "train with [quantization]", QLORA),
    ("sentencepiece", "SentencePiece vocabularies", TRAIN, TRAINING),
    ("protobuf", "SentencePiece vocabularies", TRAIN, TRAINING),
)
_MIN_PYTHON = (3, 11)
_CLASHING = "fasttext-predict"


def _installed(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _downloaded_models() -> list[str]:
    folder = Path(os.environ.get("BLLOSSOM_CACHE") or "~/.cache/bllossom").expanduser() / "models"
    return sorted(str(path) for path in folder.glob("*/*") if path.is_file())


def _packaged_models() -> list[str]:
    models = (("py3langid", "language identification"), ("kiwipiepy-model", "Korean morphemes"))
    return [
        f"{name} {found} ({purpose}, in its package)"
        for name, purpose in models
        if (found := _installed(name))
    ]


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
        ``python``, ``packages`` (version or None, purpose, extra), ``commands`` (the packages that
        each lacks), ``models`` (downloaded files), ``packaged_models``, ``cores``, ``disk`` (free
        and total bytes) and ``problems``, each with what to do.
    """
    packages = {
        name: {"version": _installed(name), "purpose": purpose, "extra": extra}
        for name, purpose, _, extra in PACKAGES
    }
    commands: dict[str, list[str]] = {}
    for name, _, command, _ in PACKAGES:
        lacking = commands.setdefault(command, [])
        if packages[name]["version"] is None:
            lacking.append(name)
    disk = shutil.disk_usage(_existing(root))
    problems = [
        str(missing_package(name, f"{purpose}; {command}", extra))
        for name, purpose, command, extra in PACKAGES
        if _installed(name) is None and extra not in OPTIONAL_EXTRAS
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
        "commands": commands,
        "models": _downloaded_models(),
        "packaged_models": _packaged_models(),
        "disk": {"free_bytes": disk.free, "total_bytes": disk.total},
        "problems": problems,
    }


def print_examination(examination: dict[str, Any]) -> None:
    """Prints an examination for a person."""
    console = Console()
    commands = Table("command", "")
    for command, lacking in examination["commands"].items():
        state = f"[bold red]needs[/] {', '.join(lacking)}" if lacking else "[green]ready[/]"
        commands.add_row(escape(command), state)
    console.print(commands)
    table = Table("package", "version", "for")
    for name, entry in examination["packages"].items():
        lacking = "not here" if entry["extra"] in OPTIONAL_EXTRAS else "[bold red]missing[/]"
        table.add_row(name, entry["version"] or lacking, escape(entry["purpose"]))
    console.print(table)
    disk = examination["disk"]
    console.print(
        f"Python {examination['python']}, {examination['cores']} cores, "
        f"{disk['free_bytes'] / 1e9:.1f} GB free of {disk['total_bytes'] / 1e9:.1f} GB",
        highlight=False,
    )
    for model in examination["packaged_models"]:
        console.print(f"model: {escape(model)}", highlight=False)
    for model in examination["models"] or ["none downloaded"]:
        # A path that is cut at the edge of the window cannot be copied.
        console.print(f"model: {escape(model)}", highlight=False, soft_wrap=True)
    for problem in examination["problems"]:
        console.print(f"[bold red]![/] {escape(problem)}", highlight=False)
    if not examination["problems"]:
        console.print("Nothing is missing.")
