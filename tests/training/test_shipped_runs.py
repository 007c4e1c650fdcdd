"""The runs, accelerate configurations and documentation that ship."""

import os
from pathlib import Path

import pytest
import yaml

from bllossom_data.recipe_reference import table_keys
from training.run_file import Run, load_run
from training.trainer_config import trainer_config

ROOT = Path(__file__).parents[2]
RUNS = sorted((ROOT / "training" / "runs").glob("*.toml"))
README = ROOT / "training" / "README.md"
COMMIT = "owner/name@" + "0123456789" * 4
VARIABLES = {
    **dict.fromkeys(
        (
            "CORPUS",
            "LIMA_KO",
            "LLAMA2_13B",
            "LLAMA3_8B",
            "EXPANDED_13B",
            "EXPANDED_8B",
            "BLLOSSOM_BI",
            "BLLOSSOM_8B",
            "BLLOSSOM_8B_SFT",
        ),
        COMMIT,
    ),
    "PREFERENCES": "/x/lima-ko-preferences",
    "DEMO": "/x",
    "RUNS": "/x/runs",
}


def row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


@pytest.mark.parametrize("path", RUNS, ids=lambda path: path.stem)
def test_every_run_that_ships_is_valid_for_trl_and_documented(path, tmp_path):
    run = load_run(path, VARIABLES)
    assert run.name == path.stem
    assert f"`{path.stem}`" in README.read_text("utf-8")
    for stage in run.stages or (None,):
        assert trainer_config(run, tmp_path, stage).max_length


@pytest.mark.parametrize(
    "path", sorted((ROOT / "training" / "accelerate").glob("*.yaml")), ids=lambda path: path.stem
)
def test_accelerate_reads_every_configuration(path):
    from accelerate.commands.config.config_args import load_config_from_file

    config = load_config_from_file(str(path))
    assert config.mixed_precision == "bf16"
    if path.stem == "fsdp2":
        assert yaml.safe_load(path.read_text())["fsdp_config"]["fsdp_version"] == 2


def test_the_table_of_keys_is_that_of_the_code():
    lines = [row("key", "type", "default", "what it says"), "|---|---|---|---|"]
    lines += [
        row(f"`{key.path}`", key.type, f"`{key.default}`", key.description)
        for key in table_keys(Run)
    ]
    table = "\n".join(lines)
    text = README.read_text("utf-8")
    begin, end = "<!-- run keys -->\n\n", "\n<!-- end of run keys -->"
    head, _, rest = text.partition(begin)
    body, _, tail = rest.partition(end)
    if os.environ.get("UPDATE_DOCUMENTATION"):
        README.write_text(head + begin + table + "\n" + end + tail, encoding="utf-8")
        return
    assert body.strip() == table, "run UPDATE_DOCUMENTATION=1 pytest tests/training"
