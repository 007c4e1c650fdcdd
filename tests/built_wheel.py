"""The wheel built from the checkout, and an installed copy of it."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from numba.core.caching import UserProvidedCacheLocator

ROOT = Path(__file__).parents[1]


def python(*arguments: object, **options) -> str:
    done = subprocess.run(
        [sys.executable, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build_wheel(folder: Path) -> Path:
    python("-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


def install(wheel: Path, target: Path) -> None:
    options = ("--quiet", "--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check")
    python("-m", "pip", "install", *options, "--target", target, wheel)


def environment_of(installed: Path, kernels: Path) -> dict[str, str]:
    """Finds the installed copy before the checkout, and kernels that are compiled already."""
    take_kernels(ROOT / "bllossom_data", installed / "bllossom_data", kernels)
    return {**os.environ, "PYTHONPATH": str(installed), "NUMBA_CACHE_DIR": str(kernels)}


def take_kernels(checkout: Path, copy: Path, kernels: Path) -> None:
    """Copies what numba compiled in the checkout for the same files elsewhere; it goes by path.

    Without it the same minute of compiling would be spent again: no part of what is tested.
    """
    compiled = Path(os.environ["NUMBA_CACHE_DIR"])
    for source in checkout.rglob("*.py"):
        other = copy / source.relative_to(checkout)
        if other.read_bytes() == source.read_bytes():
            shutil.copystat(source, other)
            before, after = (
                root / UserProvidedCacheLocator.get_suitable_cache_subpath(str(path))
                for root, path in ((compiled, source), (kernels, other))
            )
            if before.is_dir() and not after.exists():
                shutil.copytree(before, after)
