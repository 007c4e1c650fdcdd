"""The wheel, not the checkout: what is in it, and that it builds a dataset on its own."""

import json
import tomllib
import zipfile
from pathlib import Path

import pytest
from built_wheel import ROOT, python
from packaging.requirements import Requirement

PACKAGES = {"bllossom_data", "pipelines", "annotation", "training"}
ONLY_IN_THE_CHECKOUT = ("training/runs/", "training/accelerate/", "training/README.md")


@pytest.fixture(scope="module")
def names(wheel) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


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
    assert {Path(name).suffix for name in expected} >= {
        *(".css", ".js", ".jinja", ".npz", ".jsonl"),
        *(".html", ".po", ".mo", ".svg"),
    }
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
