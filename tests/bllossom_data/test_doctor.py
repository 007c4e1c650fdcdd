"""What is missing is named with what brings it, on machines that really lack it."""

import json
import os
import re
import subprocess
import sys
import sysconfig
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from click.testing import CliRunner

from bllossom_data import doctor
from bllossom_data.cli import main
from bllossom_data.doctor import OPTIONAL_EXTRAS, PACKAGES, examine

ROOT = Path(__file__).parents[2]
SITE = Path(sysconfig.get_path("purelib"))


def extras() -> dict[str, set[str]]:
    """Names of the distributions that each extra of the package brings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        extra: {re.match(r"[\w-]+", requirement)[0] for requirement in wanted}
        for extra, wanted in project["optional-dependencies"].items()
    }


def without(folder: Path, *packages: str) -> Path:
    """A copy, by links, of all installed packages but some."""
    hidden = {package.replace("-", "_").lower() for package in packages}
    target = folder / "site-packages"
    target.mkdir()
    for path in SITE.iterdir():
        name = path.name.lower()
        distribution = name.partition("-")[0].replace(".dist", "")
        if distribution not in hidden and name not in hidden and path.suffix != ".pth":
            (target / path.name).symlink_to(path)
    return target


def bllossom(packages: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs the command where only these packages are installed."""
    code = (
        f"import sys; sys.path += [{str(packages)!r}, {str(ROOT)!r}]\n"
        "from bllossom_data.cli import main; main(sys.argv[1:])"
    )
    # Without `site`, so that the packages of this environment are not there.
    return subprocess.run(
        [sys.executable, "-S", "-c", code, *arguments],
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200"},
        check=False,
    )


def test_every_package_that_an_extra_brings_is_examined_under_an_extra_that_brings_it():
    examined = {name: extra for name, _, _, extra in PACKAGES}
    brings = extras()
    for name in set().union(*brings.values()):
        assert any(name in brings[extra] for extra in examined[name].split(",")), name


def test_a_machine_with_everything_has_no_problem(tmp_path):
    found = examine(tmp_path)
    assert found["problems"] == []
    for name, entry in found["packages"].items():
        if entry["extra"] not in OPTIONAL_EXTRAS:
            assert entry["version"] == version(name)
    shown = CliRunner().invoke(main, ["doctor", "--root", str(tmp_path)])
    assert shown.exit_code == 0
    assert "Nothing is missing." in shown.stdout


def test_packages_that_are_not_installed_are_named_with_their_extra(tmp_path):
    packages = without(tmp_path, "kiwipiepy", "spacy")
    shown = bllossom(packages, "doctor", "--root", str(tmp_path))
    assert shown.returncode == 0, shown.stderr
    lines = [line for line in shown.stdout.splitlines() if line.startswith("!")]
    assert len(lines) == 2
    assert "kiwipiepy" in lines[0]
    assert "pipelines" in lines[0]
    assert "spacy" in lines[1]
    assert "exact" in lines[1]
    assert "pip install" in lines[1]
    assert shown.stdout.count("missing") == 2
    assert "Nothing is missing." not in shown.stdout


def test_programs_get_the_same_as_json(tmp_path):
    packages = without(tmp_path, "kiwipiepy", "spacy")
    shown = bllossom(packages, "doctor", "--json", "--root", str(tmp_path))
    assert (shown.returncode, shown.stderr) == (0, "")
    found = json.loads(shown.stdout)
    assert found["packages"]["kiwipiepy"]["version"] is None
    assert found["packages"]["kiwipiepy"]["extra"] == "pipelines"
    assert found["packages"]["datatrove"]["version"] == version("datatrove")
    assert len(found["problems"]) == 2
    assert found["cores"] == os.cpu_count()
    exact = 'build with [measure] words = "exact"'
    assert found["commands"].pop(exact) == ["kiwipiepy", "spacy"]
    del found["commands"]['build with engine = "seq2seq"']
    del found["commands"]["train with [quantization]"]
    assert not any(found["commands"].values())


def test_the_doctor_works_where_only_the_core_is_installed(tmp_path):
    packages = without(tmp_path, *(name for name, *_ in PACKAGES), "pyarrow", "polars")
    shown = bllossom(packages, "doctor", "--json", "--root", str(tmp_path))
    assert shown.returncode == 0, shown.stderr
    wanted = [name for name, _, _, extra in PACKAGES if extra not in OPTIONAL_EXTRAS]
    assert len(json.loads(shown.stdout)["problems"]) == len(wanted)


def test_a_build_without_a_package_says_the_same_as_the_doctor(tmp_path):
    packages = without(tmp_path, "datatrove")
    built = bllossom(
        packages, "build", str(ROOT / "data_cards" / "demo.toml"), "--root", str(tmp_path / "build")
    )
    assert built.returncode == 1
    assert "Traceback" not in built.stderr
    advice = built.stderr.partition("pip install")[2].strip()
    (problem,) = json.loads(bllossom(packages, "doctor", "--json").stdout)["problems"]
    assert advice
    assert problem.endswith(advice)


def test_a_package_that_overwrites_another_is_told(tmp_path, monkeypatch):
    def pretend(package: str) -> str:
        return "0.0.1" if package == "fasttext-predict" else version(package)

    monkeypatch.setattr(doctor, "version", pretend)
    (problem,) = examine(tmp_path)["problems"]
    assert "pip uninstall fasttext-predict" in problem


def test_an_old_python_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    assert "3.11" in examine(tmp_path)["problems"][0]


@pytest.mark.parametrize("variable", ["BLLOSSOM_CACHE", "HOME"])
def test_downloaded_models_are_listed(variable, tmp_path, monkeypatch):
    monkeypatch.delenv("BLLOSSOM_CACHE", raising=False)
    cache = tmp_path if variable == "BLLOSSOM_CACHE" else tmp_path / ".cache" / "bllossom"
    monkeypatch.setenv(variable, str(tmp_path))
    assert examine(tmp_path)["models"] == []
    model = cache / "models" / ("0" * 64) / "lid.bin"
    model.parent.mkdir(parents=True)
    model.write_bytes(b"model")
    assert examine(tmp_path)["models"] == [str(model)]
    shown = CliRunner().invoke(main, ["doctor", "--root", str(tmp_path)])
    assert "model: " in shown.stdout
    assert "lid.bin" in shown.stdout


def test_the_disk_is_that_of_the_folder_of_builds_even_before_it_is_there(tmp_path):
    disk = examine(tmp_path / "not" / "there" / "yet")["disk"]
    assert 0 < disk["free_bytes"] <= disk["total_bytes"]
    assert not (tmp_path / "not").exists()


def test_nothing_is_imported_to_be_examined():
    code = (
        "import sys; from pathlib import Path\n"
        "from bllossom_data.doctor import PACKAGES, examine; examine(Path('.'))\n"
        "print([name for name, *_ in PACKAGES if name.replace('-', '_') in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
