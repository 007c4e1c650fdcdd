"""The shape of the repository: small modules, imports in one direction, rooms that say their use."""

import ast
import subprocess
import sysconfig
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("bllossom_data", "pipelines", "annotation", "training")
MODULES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
# Django writes its migrations; nobody reads them for their style.
WRITTEN = [path for path in MODULES if path.parent.name != "migrations"]
MOST_LINES = 400
ENGINES = {"datatrove", "django", "torch", "datasets", "transformers", "trl"}
COMMANDS = {
    "cli.py",
    "cli_instruction.py",
    "cli_review.py",
    "cli_training.py",
    "cli_vocabulary.py",
    "command_line.py",
}
ROOMS = {"pipelines", "annotation", "training"}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def imported(path: Path) -> set[str]:
    """Top-level packages that a module imports anywhere, in functions too."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def imported_at_once(path: Path) -> set[str]:
    """Top-level packages that are imported with a module, not only where a function needs them."""
    body = ast.parse(path.read_text(encoding="utf-8")).body
    names = [alias.name for node in body if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module for node in body if isinstance(node, ast.ImportFrom) and node.module]
    return {name.partition(".")[0] for name in names}


def test_there_are_modules_to_look_at():
    assert len(MODULES) > 50


@pytest.mark.parametrize("path", WRITTEN, ids=name_of)
def test_a_module_has_one_subject_and_at_most_400_lines(path):
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= MOST_LINES
    assert ast.get_docstring(ast.parse(text)), "a module says what it is for"


def test_imports_go_in_one_direction():
    lint = Path(sysconfig.get_path("scripts"), "lint-imports")
    done = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout
    assert "0 broken" in done.stdout


@pytest.mark.parametrize(
    "path", [path for path in MODULES if "bllossom_data" in path.parts], ids=name_of
)
def test_the_library_imports_no_engine_and_only_the_command_a_room(path):
    used = imported(path)
    assert not imported_at_once(path) & ENGINES
    if path.name not in COMMANDS:
        assert not used & ROOMS


def test_rooms_do_not_import_each_other():
    for room in ROOMS:
        for path in (ROOT / room).rglob("*.py"):
            assert not imported(path) & (ROOMS - {room}), name_of(path)


def test_names_of_test_modules_are_unique():
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert [name for name, times in names.items() if times > 1] == []


def test_every_error_of_the_library_is_in_one_module():
    for path in MODULES:
        if path.name == "errors.py":
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef):
                bases = {base.id for base in node.bases if isinstance(base, ast.Name)}
                assert not bases & {"Exception", "BllossomError"}, f"{name_of(path)}: {node.name}"
