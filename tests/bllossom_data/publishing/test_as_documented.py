"""What the README and a card tell people to type, typed in a copy of the checkout."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hub_units import BUILDABLE, PROSE, REPOSITORY, bllossom

from bllossom_data.files import write_atomic

ROOT = Path(__file__).parents[3]


def type_in(folder, environ, script):
    """Types lines into a shell where `bllossom` is this one."""
    command = f'set -e\nbllossom() {{ {sys.executable} -m bllossom_data.cli "$@"; }}\n{script}'
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environ,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.slow
def test_the_example_of_the_readme_publishes_pulls_and_compares(hub, environ, tmp_path):
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    section = readme.partition("\n## Publish to the Hub")[2]
    script = re.search(r"```sh\n(.*?)```", section, re.DOTALL)[1]
    checkout = tmp_path / "checkout"
    (checkout / "data_cards").mkdir(parents=True)
    for name in ("demo.toml", "demo.md"):
        shutil.copy(ROOT / "data_cards" / name, checkout / "data_cards" / name)
    said = type_in(checkout, environ, script.replace("owner/", "bllossom/"))
    commit = hub.repositories["bllossom/demo"].tags["v2026.11.0"]
    assert "Nothing was uploaded (--dry-run)." in said
    assert f"Published: bllossom/demo@{commit} (v2026.11.0)" in said
    assert "nothing changes" in said
    assert hub.repositories["bllossom/demo"].private
    assert (checkout / "demo" / "README.md").is_file()


@pytest.mark.slow
def test_the_commands_of_a_card_build_the_same_dataset_again(hub, environ, tmp_path):
    checkout = tmp_path / "checkout"
    recipe = checkout / "data_cards" / "small.toml"
    write_atomic(recipe, BUILDABLE)
    write_atomic(recipe.with_suffix(".md"), PROSE)
    for verb in ("build", "publish"):
        done = bllossom(environ, verb, recipe, "--root", tmp_path / "build")
        assert done.returncode == 0, done.stderr
    card = hub.content(REPOSITORY, "v2026.11.0", "README.md").decode()
    blocks = re.findall(r"```sh\n(.*?)```", card, re.DOTALL)
    assert len(blocks) == 2, "in English and in Korean"
    for number, block in enumerate(blocks):
        make_environment, install, *rest = block.splitlines()
        assert make_environment.startswith("python3 -m venv .venv")
        assert install.startswith("pip install -c constraints.txt -e '.[pipelines,")
        copy = tmp_path / f"copy-{number}"
        shutil.copytree(checkout, copy)
        assert "nothing changes" in type_in(copy, environ, "\n".join(rest))
