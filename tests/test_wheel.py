"""The wheel, not the checkout: what is in it, and that it builds a dataset on its own."""

import json
import os
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from numba.core.caching import UserProvidedCacheLocator
from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PACKAGES = {"bllossom_data", "pipelines", "annotation", "training"}
ONLY_IN_THE_CHECKOUT = ("training/runs/", "training/accelerate/", "training/README.md")


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


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    python("-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=ROOT)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def names(wheel) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> Path:
    target = tmp_path_factory.mktemp("installed")
    options = ("--quiet", "--no-deps", "--no-index", "--no-compile", "--disable-pip-version-check")
    python("-m", "pip", "install", *options, "--target", target, wheel)
    return target


@pytest.fixture(scope="module")
def environment(installed, tmp_path_factory) -> dict[str, str]:
    """Finds the installed copy before the checkout, and kernels that are compiled already."""
    kernels = tmp_path_factory.mktemp("kernels")
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


def test_the_wheel_holds_four_packages_and_nothing_else(names):
    tops = {name.partition("/")[0] for name in names}
    (metadata,) = (top for top in tops if top.endswith(".dist-info"))
    assert tops - {metadata} == PACKAGES
    assert f"{metadata}/licenses/LICENSE" in names


def test_the_wheel_holds_every_file_of_the_packages_as_it_is(wheel, names):
    expected = {
        str(path.relative_to(ROOT)): path
        for package in PACKAGES
        for path in (ROOT / package).rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and not str(path.relative_to(ROOT)).startswith(ONLY_IN_THE_CHECKOUT)
    }
    assert {name for name in names if ".dist-info/" not in name} == set(expected)
    assert {Path(name).suffix for name in expected} >= {".css", ".js", ".jinja", ".npz", ".jsonl"}
    with zipfile.ZipFile(wheel) as archive:
        assert all(archive.read(name) == path.read_bytes() for name, path in expected.items())


def test_no_tests_recipes_or_compiled_files_are_in_the_wheel(names):
    for name in names:
        parts = Path(name).parts
        assert not {"tests", "data_cards", "__pycache__", ".ci"} & set(parts), name
        assert not name.endswith((".pyc", ".nbi", ".nbc")), name
        assert not name.endswith(".toml") or parts[0] == "bllossom_data", name


def test_the_same_checkout_gives_the_same_wheel(wheel, tmp_path):
    python("-m", "hatchling", "build", "-t", "wheel", "-d", tmp_path, cwd=ROOT)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_what_the_wheel_asks_for_is_what_the_project_says(installed):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (metadata,) = installed.glob("*.dist-info/METADATA")
    lines = metadata.read_text(encoding="utf-8").splitlines()
    assert f"Version: {project['version']}" in lines
    assert "Classifier: Private :: Do Not Upload" in lines
    asked = {
        Requirement(line.partition(": ")[2])
        for line in lines
        if line.startswith("Requires-Dist: ") and "extra ==" not in line
    }
    assert asked == set(map(Requirement, project["dependencies"]))


def test_no_other_distribution_provides_these_names(environment, tmp_path):
    code = (
        "import json\nfrom importlib.metadata import packages_distributions\n"
        "print(json.dumps(packages_distributions()))"
    )
    found = json.loads(python("-c", code, env=environment, cwd=tmp_path))
    assert {name: set(found[name]) for name in PACKAGES} == {
        name: {"bllossom-data"} for name in PACKAGES
    }


def test_the_installed_copy_builds_the_sample_and_tells_about_it(installed, environment, tmp_path):
    code = "import bllossom_data, pipelines; print(bllossom_data.__file__, pipelines.__file__)"
    for found in python("-c", code, env=environment, cwd=tmp_path).split():
        assert Path(found).is_relative_to(installed)
    command = [installed / "bin" / "bllossom", "build", ROOT / "data_cards" / "demo.toml"]
    options = ["--root", tmp_path / "build", "--workers", "1", "--json"]
    summary = json.loads(python(*command, *options, env=environment, cwd=tmp_path))
    report = Path(summary["report"])
    assert report.is_relative_to(tmp_path)
    text = report.read_text(encoding="utf-8")
    assert text.startswith("<!doctype html>")
    assert "</html>" in text
    assert list(Path(summary["dataset"]).glob("data/train-*.parquet"))
    assert summary["sources"]["ko-news"]["steps"]["mix"]["documents"] > 0
