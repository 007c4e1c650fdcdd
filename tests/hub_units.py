"""A Hub on this machine and datasets to publish there, for the tests that need them."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl
from fakes.hub_server import HubServer

from bllossom_data.files import write_atomic
from bllossom_data.manifest import Manifest, SourceEntry, write_manifest
from bllossom_data.publishing.card import card_of
from bllossom_data.publishing.drift import decisive_settings
from bllossom_data.publishing.prose import build_command
from bllossom_data.recipe_loading import load_recipe

REPOSITORY = "bllossom/tiny"
TOKEN = "hf_test"
VERSION = "2026.11.0"
ROOT = Path(__file__).parents[1]

RECIPE = """[dataset]
name = "tiny"
version = "{version}"
license = "{license}"
pretty_name = "Tiny"
languages = ["ko", "en"]
hub = "{hub}"

[[sources]]
name = "web"
path = "."
license = "{source_license}"
"""
BUILDABLE = """
[dataset]
name = "small"
version = "2026.11.0"
license = "apache-2.0"
pretty_name = "Small"
languages = ["ko"]
hub = "bllossom/tiny"

[[sources]]
name = "ko-news"
path = "sample:ko-news"
license = "apache-2.0"

[export]
validation_ratio = 0.2
"""
PROSE = """# Tiny

It is small.

## Limits

Made up.

<!-- ko -->

# 작은 데이터

작은 데이터입니다.

## 한계

지어낸 것입니다.
"""


@dataclass
class Published:
    """A recipe and its build, ready to publish."""

    recipe: Path
    root: Path
    final: Path


def rows(count: int, word: str = "문서") -> list[dict[str, str]]:
    """Documents with an id, made up."""
    return [
        {"id": f"{number:032x}", "text": f"{word} {number} " * 20, "source": "web"}
        for number in range(count)
    ]


def write_release(
    folder: Path,
    shards: Sequence[Sequence[Mapping[str, str]]],
    *,
    version: str = VERSION,
    whole_license: str = "cc-by-4.0",
    source_license: str = "cc-by-4.0",
    hub: str = REPOSITORY,
) -> Published:
    """Writes a recipe, its card and a finished build of a pretraining dataset."""
    recipe = folder / "cards" / "tiny.toml"
    write_atomic(
        recipe,
        RECIPE.format(
            version=version, license=whole_license, source_license=source_license, hub=hub
        ),
    )
    write_atomic(recipe.with_suffix(".md"), PROSE)
    final = folder / "build" / "tiny" / version / "final"
    (final / "data").mkdir(parents=True, exist_ok=True)
    for number, shard in enumerate(shards):
        name = f"train-{number:05d}-of-{len(shards):05d}.parquet"
        pl.DataFrame(shard).write_parquet(final / "data" / name)
    documents = sum(map(len, shards))
    manifest = Manifest(
        "tiny",
        version,
        whole_license,
        ("ko", "en"),
        (SourceEntry("web", source_license, None, None, "0" * 64),),
        (),
        (),
        {"splits": {"train": {"documents": documents}}},
        {"python": "3.11"},
        recipe=decisive_settings(load_recipe(recipe, {})),
    )
    write_card(recipe, final, manifest)
    return Published(recipe, folder / "build", final)


def write_card(recipe: Path, final: Path, manifest: Manifest) -> None:
    """Writes the card of a manifest, and the manifest with all files that are there."""
    loaded = load_recipe(recipe, {}, reads_sources=False)
    card = card_of(loaded, manifest, recipe.with_suffix(".md").read_text(), build_command(recipe))
    for path, text in card.files().items():
        write_atomic(final / path, text)
    write_manifest(final, manifest)


def environment(server: HubServer, home: Path, **more: str) -> dict[str, str]:
    """The environment of a process that uses this Hub and nothing of the person's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    return {
        **kept,
        "HF_ENDPOINT": server.url,
        "HF_HOME": str(home),
        "HF_TOKEN": TOKEN,
        "HF_HUB_DISABLE_TELEMETRY": "1",
        # The other protocol is spoken by a compiled client to servers of its own.
        "HF_HUB_DISABLE_XET": "1",
        "PYTHONPATH": str(ROOT),
        **more,
    }


def bllossom(
    environ: Mapping[str, str], *arguments: str | Path, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """Runs the command in a process of its own."""
    command = [sys.executable, "-m", "bllossom_data.cli", *map(str, arguments)]
    return subprocess.run(
        command, env=dict(environ), capture_output=True, text=True, timeout=timeout, check=False
    )


def publish(
    environ: Mapping[str, str], made: Published, *more: str | Path
) -> subprocess.CompletedProcess[str]:
    """Publishes a release by the command."""
    return bllossom(environ, "publish", made.recipe, "--root", made.root, *more)
