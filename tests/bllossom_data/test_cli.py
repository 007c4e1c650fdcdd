"""The command as people meet it: help, mistakes, exit codes, and what goes to which stream."""

import hashlib
import json
import os
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from bllossom_data.cli import main

HEAVY = ("torch", "datatrove", "django", "datasets", "polars", "numba", "kiwipiepy", "pyarrow")
RECIPE = """
[dataset]
name = "tiny"
version = "2026.11.0-dev"
license = "cc0-1.0"
pretty_name = "Tiny"
languages = ["ko", "en"]

[[sources]]
name = "web"
path = "web.jsonl"
license = "cc0-1.0"
id_column = "id"
"""
KOREAN = (
    "마을 도서관은 지난봄에 새로 문을 열었다. 아이들은 학교를 마치면 이곳에 들러 책을 읽고, 어른들은 저녁마다 "
    "모여 이야기를 나눈다. 사서는 오래된 신문을 모아 마을의 역사를 정리하고 있으며, 올해 안에 전시를 열 "
    "계획이라고 말했다. 주민들은 이 작은 건물이 동네의 분위기를 바꾸었다고 입을 모은다. 겨울이 오기 전에 "
    "난방 시설을 고치는 일이 남아 있다.",
    "연구팀은 바닷물의 온도가 오르면서 물고기가 사는 곳이 북쪽으로 옮겨 가고 있다고 밝혔다. 어민들은 예전에 "
    "잡히던 종이 사라지고 낯선 종이 그물에 걸린다고 이야기한다. 정부는 새로운 어장을 조사하고 항구의 시설을 "
    "바꾸기 위한 예산을 마련하기로 했다. 다만 이 변화가 얼마나 빠르게 이어질지는 아직 알 수 없으며, 몇 해 동안 "
    "더 지켜보아야 한다고 전문가들은 덧붙였다.",
)


def write_recipe(folder: Path, more: str = "", **changes: str) -> Path:
    """A recipe over a few documents; `changes` replace the values of keys."""
    rows = [{"id": str(number), "text": text} for number, text in enumerate(KOREAN)]
    rows.append({"id": "short", "text": "너무 짧다."})
    lines = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    if not (folder / "web.jsonl").exists():
        (folder / "web.jsonl").write_text(lines, encoding="utf-8")
    text = RECIPE + more
    for key, value in changes.items():
        text, count = re.subn(rf'(?m)^{key} = ".*"$', f'{key} = "{value}"', text, count=1)
        assert count == 1
    path = folder / "tiny.toml"
    path.write_text(text, encoding="utf-8")
    return path


def run(command: str, recipe: Path, *options: str) -> Result:
    root = recipe.parent / "build"
    arguments = [command, str(recipe), "--root", str(root), *options]
    if command == "build":
        arguments += ["--workers", "1"]
    return CliRunner().invoke(main, arguments)


def refused(result: Result) -> str:
    """What a command that failed says: one message for people, and nothing else."""
    assert result.exit_code == 1, result.output
    assert isinstance(result.exception, SystemExit)
    assert "Traceback" not in result.output
    assert result.stdout == ""
    return result.stderr[result.stderr.index("Error: ") :]


def untouched(recipe: Path) -> bool:
    """Whether no step of the build was begun."""
    return not list((recipe.parent / "build").glob("tiny/*/*/*"))


def fresh_python(code: str, *arguments: str, **options) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, **options
    )


def every_command() -> dict[str, click.Command]:
    """Commands by what is typed, those of groups too."""
    found = {}
    for name, command in main.commands.items():
        below = command.commands if isinstance(command, click.Group) else {}
        found |= {f"{name} {one}": inner for one, inner in below.items()} or {name: command}
    return found


@pytest.mark.parametrize("name", sorted(every_command()))
def test_every_command_has_an_example_that_its_own_parser_takes(name):
    shown = CliRunner().invoke(main, [*name.split(), "--help"])
    assert shown.exit_code == 0
    assert "Example: bllossom" in shown.stdout
    command = every_command()[name]
    examples = re.findall(r"Example: (bllossom .+)", command.help or "")
    assert examples
    for example in examples:
        arguments = shlex.split(example)[1:]
        assert arguments[: len(name.split())] == name.split()
        rest = arguments[len(name.split()) :]
        with command.make_context(name, rest, parent=click.Context(main)) as parsed:
            assert not parsed.args


def test_every_option_says_what_it_does():
    for command in every_command().values():
        for parameter in command.params:
            if isinstance(parameter, click.Option):
                assert parameter.help, (command.name, parameter.name)


def test_examples_use_recipes_that_are_in_the_repository():
    repository = Path(__file__).parents[2]
    for command in every_command().values():
        for path in re.findall(r"\S+\.toml", command.help or ""):
            assert (repository / path).is_file()


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["build", "--help"]], ids=str)
def test_help_imports_nothing_heavy(arguments):
    code = (
        "import sys\nfrom bllossom_data.cli import main\n"
        "try:\n    main(sys.argv[1:])\n"
        f"finally:\n    print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    done = fresh_python(code, *arguments)
    assert done.stderr == "[]\n"
    assert done.stdout


@pytest.mark.parametrize(
    "arguments",
    [
        ["bild"],
        ["build"],
        ["build", "--sett", "A=1", "x.toml"],
        ["build", "x.toml", "--workers", "0"],
        ["build", "x.toml", "--workers", "many"],
        ["build", "x.toml", "--set", "NAME"],
        ["build", "x.toml", "--set", "=value"],
        ["build", "."],
        ["inspect", "x.toml", "--language", "fr"],
        ["inspect", "x.toml", "--count", "0"],
        ["inspect", "x.toml", "--count", "-1"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_says_how_it_is_used(arguments):
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == 2
    assert "Usage:" in result.stderr
    assert result.stdout == ""


def test_a_key_that_does_not_exist_is_refused_with_the_nearest_one_and_its_line(tmp_path):
    recipe = write_recipe(tmp_path, 'licence = "x"\n[mix]\nbugdet = 3\n')
    told = refused(run("build", recipe))
    assert "licence" in told
    assert "`license`" in told
    assert "mix.bugdet" in told
    assert "`budget`" in told
    assert "line 16" in told
    assert untouched(recipe)


@pytest.mark.parametrize("command", ["build", "status", "inspect", "report"])
def test_every_command_refuses_a_wrong_recipe_alike(command, tmp_path):
    recipe = write_recipe(tmp_path, version="11")
    assert 'dataset.version = "11"' in refused(run(command, recipe))


def test_a_variable_without_a_value_says_how_to_give_one(tmp_path, monkeypatch):
    monkeypatch.delenv("CORPUS", raising=False)
    recipe = write_recipe(tmp_path, path="${CORPUS}/web.jsonl")
    told = refused(run("build", recipe))
    assert "${CORPUS}" in told
    assert "--set CORPUS=" in told
    assert run("build", recipe, "--set", f"CORPUS={tmp_path}").exit_code == 0
    monkeypatch.setenv("CORPUS", str(tmp_path))
    assert run("status", recipe).exit_code == 0


def test_a_recipe_that_is_not_there_or_is_not_toml_is_named(tmp_path):
    missing = tmp_path / "missing.toml"
    assert str(missing) in refused(run("build", missing))
    broken = tmp_path / "broken.toml"
    broken.write_text("[dataset\n")
    assert "line 1" in refused(run("build", broken))
    broken.write_bytes("name = '한국'".encode("euc-kr"))
    assert "UTF-8" in refused(run("build", broken))


def test_a_source_that_is_not_there_is_named_before_any_work(tmp_path):
    recipe = write_recipe(tmp_path, path="nowhere.jsonl")
    assert str(tmp_path / "nowhere.jsonl") in refused(run("build", recipe))
    assert untouched(recipe)


def test_a_folder_without_anything_to_read_says_what_would_be_read(tmp_path):
    (tmp_path / "pdf").mkdir()
    (tmp_path / "pdf" / "a.pdf").write_bytes(b"%PDF-1.7")
    told = refused(run("build", write_recipe(tmp_path, path="pdf")))
    assert str(tmp_path / "pdf") in told
    assert "jsonl" in told


def test_a_wrong_text_column_names_those_that_there_are_and_the_key_to_change(tmp_path):
    told = refused(run("build", write_recipe(tmp_path, 'text_columns = ["body"]\n')))
    assert "'web'" in told
    assert '"body"' in told
    assert "id, text" in told
    assert "text_columns" in told


MODEL = "[measure]\nlanguage_model = {{ {} }}\n"


def test_a_model_that_is_not_there_or_is_none_is_named(tmp_path):
    recipe = write_recipe(tmp_path, MODEL.format('path = "lid.bin"'))
    assert str(tmp_path / "lid.bin") in refused(run("build", recipe))
    (tmp_path / "lid.bin").write_bytes(b"not a model" * 100)
    told = refused(run("build", recipe))
    assert str(tmp_path / "lid.bin") in told
    assert "no fastText model" in told
    assert untouched(recipe)


def test_a_model_with_another_checksum_is_refused_with_both(tmp_path):
    (tmp_path / "lid.bin").write_bytes(b"another model")
    digest = "0" * 64
    recipe = write_recipe(tmp_path, MODEL.format(f'path = "lid.bin", sha256 = "{digest}"'))
    told = refused(run("build", recipe))
    assert digest in told
    assert hashlib.sha256(b"another model").hexdigest() in told
    assert untouched(recipe)


def test_a_misspelt_threshold_is_refused_with_the_nearest(tmp_path):
    recipe = write_recipe(tmp_path, "[decide]\nko = { min_word = 3 }\n")
    told = refused(run("build", recipe))
    assert "min_word " in told
    assert "min_words" in told
    assert "decide.ko" in told
    assert untouched(recipe)


def test_an_evaluation_set_that_is_not_there_is_named(tmp_path):
    more = '[[decontaminate.evaluation_sets]]\nname = "mrc"\npath = "dev.json"\nfields = ["q"]\n'
    assert str(tmp_path / "dev.json") in refused(run("build", write_recipe(tmp_path, more)))


def test_a_row_that_cannot_be_read_does_not_stop_a_build(tmp_path):
    recipe = write_recipe(tmp_path)
    with (tmp_path / "web.jsonl").open("ab") as file:
        file.write(b'{"id": "broken", "text": "\n\xff\xfe{}\n')
    result = run("build", recipe, "--json")
    assert result.exit_code == 0, result.output
    assert sum(json.loads(result.stdout)["quarantined"]["web"].values()) >= 2


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> tuple[Path, Result]:
    recipe = write_recipe(tmp_path_factory.mktemp("built"))
    return recipe, run("build", recipe, "--json")


def test_results_go_to_stdout_and_progress_to_stderr(built):
    recipe, result = built
    assert result.exit_code == 0, result.output
    summary = json.loads(result.stdout)
    assert summary["sources"]["web"]["steps"]["ingest"]["documents"] == 3
    assert summary["sources"]["web"]["steps"]["mix"]["documents"] == 2
    assert summary["sources"]["web"]["removed"]["gopher_short_doc"] == 1
    assert Path(summary["report"]).is_file()
    assert "ingest: build" in result.stderr
    assert re.search(r"measure: done, \d+ parts", result.stderr)
    again = run("build", recipe)
    assert again.exit_code == 0
    assert "ingest: skip" in again.stderr
    assert "web" in again.stdout
    assert str(recipe.parent / "build" / "tiny" / "2026.11.0-dev" / "final") in again.stdout


def test_status_says_what_a_build_would_do_for_people_and_for_programs(built, tmp_path):
    recipe, _ = built
    shown = run("status", recipe)
    assert shown.exit_code == 0
    assert shown.stdout.count("done") == 8
    states = json.loads(run("status", recipe, "--json").stdout)
    assert {one["state"] for one in states} == {"skip"}
    new = write_recipe(tmp_path)
    assert {one["state"] for one in json.loads(run("status", new, "--json").stdout)} == {"build"}
    assert untouched(new)


def test_status_tells_what_a_changed_recipe_means(tmp_path):
    recipe = write_recipe(tmp_path)
    assert run("build", recipe).exit_code == 0
    write_recipe(tmp_path, "[decide]\nko = { min_words = 60 }\n")
    states = {one["step"]: one for one in json.loads(run("status", recipe, "--json").stdout)}
    assert states["measure"]["state"] == "skip"
    assert states["decide"]["state"] == "rebuild"
    assert any("min_words was 50 and is 60" in one for one in states["decide"]["reasons"])
    assert run("build", recipe).exit_code == 0


def test_inspect_shows_documents_as_they_are(tmp_path):
    text = "[bold]짧은[/bold] 글 :smile: [/] \\[x] 끝"
    recipe = write_recipe(tmp_path)
    with (tmp_path / "web.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"id": "odd", "text": text}) + "\n")
    assert run("build", recipe).exit_code == 0
    shown = run("inspect", recipe, "--reason", "gopher_short_doc")
    assert shown.exit_code == 0, shown.output
    assert text in shown.stdout
    assert re.search(r"gopher_short_doc: [\d.]+ < 50", shown.stdout)
    assert text in [one["text"] for one in json.loads(run("inspect", recipe, "--json").stdout)]
    kept = json.loads(run("inspect", recipe, "--kept", "--json").stdout)
    assert {(one["text"], len(one["failures"])) for one in kept} == {(one, 0) for one in KOREAN}
    nothing = run("inspect", recipe, "--reason", "spam_terms")
    assert (nothing.exit_code, nothing.stdout) == (0, "")
    assert "No document" in nothing.stderr


def test_a_dataset_of_which_nothing_is_left_is_refused_and_can_be_inspected(tmp_path):
    (tmp_path / "web.jsonl").write_text('{"id": "1", "text": "너무 짧다."}\n', encoding="utf-8")
    recipe = write_recipe(tmp_path)
    told = refused(run("build", recipe))
    assert "gopher_short_doc 1" in told
    assert "bllossom inspect" in told
    (document,) = json.loads(run("inspect", recipe, "--json").stdout)
    assert document["text"] == "너무 짧다."


@pytest.mark.parametrize("command", ["inspect", "report"])
def test_what_needs_a_finished_build_says_so(command, tmp_path):
    assert "bllossom build" in refused(run(command, write_recipe(tmp_path)))


def test_filters_that_cannot_fit_are_refused_with_those_that_can(built):
    recipe, _ = built
    assert "gopher_short_doc" in refused(run("inspect", recipe, "--reason", "too_short"))
    assert "there are web" in refused(run("inspect", recipe, "--source", "news"))


def test_a_released_version_refuses_to_change_and_says_what_would(tmp_path):
    recipe = write_recipe(tmp_path, version="2026.11.0")
    assert run("build", recipe).exit_code == 0
    final = tmp_path / "build" / "tiny" / "2026.11.0"
    before = {path: path.read_bytes() for path in final.rglob("*.parquet")}
    assert before
    assert run("build", recipe).exit_code == 0
    write_recipe(tmp_path, "[decide]\nko = { min_words = 5 }\n", version="2026.11.0")
    told = refused(run("build", recipe))
    assert "released" in told
    assert "-dev" in told
    assert "min_words was 50 and is 5" in told
    assert {path: path.read_bytes() for path in final.rglob("*.parquet")} == before
    states = json.loads(run("status", recipe, "--json").stdout)
    assert {one["state"] for one in states} == {"skip", "drift"}


def test_a_released_version_refuses_another_source(tmp_path):
    recipe = write_recipe(tmp_path, version="2026.11.0")
    assert run("build", recipe).exit_code == 0
    with (tmp_path / "web.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"id": "new", "text": KOREAN[0] + " 끝."}) + "\n")
    assert "external.web" in refused(run("build", recipe))


def test_debug_shows_where_an_error_comes_from(tmp_path):
    recipe = write_recipe(tmp_path, path="nowhere.jsonl")
    command = ["build", str(recipe), "--root", str(tmp_path / "build")]
    code = "import sys; from bllossom_data.cli import main; main(sys.argv[1:])"
    debug = fresh_python(code, *command, "--debug")
    assert debug.returncode == 1
    assert "Traceback" in debug.stderr
    assert "SourceError" in debug.stderr


def test_a_missing_package_is_named_with_what_installs_it(tmp_path):
    code = (
        "import sys; sys.modules['datatrove'] = None\n"
        "from bllossom_data.cli import main; main(sys.argv[1:])"
    )
    done = fresh_python(code, "build", str(write_recipe(tmp_path)))
    assert done.returncode == 1
    assert "Traceback" not in done.stderr
    assert "datatrove" in done.stderr
    assert "[pipelines]" in done.stderr


def test_a_disk_without_permission_is_one_message(tmp_path):
    recipe = write_recipe(tmp_path)
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "tiny").write_text("a file is in the way")
    told = refused(run("build", recipe))
    assert str(tmp_path / "build" / "tiny") in told
    assert "\n" not in told.strip()


def start(recipe: Path, workers: int) -> tuple[subprocess.Popen[bytes], Path]:
    log = recipe.parent / "stderr.log"
    command = [sys.executable, "-m", "bllossom_data.cli", "build", str(recipe)]
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [*command, "--root", str(recipe.parent / "build"), "--workers", str(workers)],
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
    return process, log


def running(session: int) -> list[str]:
    """Processes of a session that have not ended."""
    found = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            _, _, rest = status.read_text().rpartition(") ")
            command = (status.parent / "cmdline").read_text().replace("\0", " ")
        except OSError:
            continue
        state, _, _, its_session, *_ = rest.split()
        if int(its_session) == session and state not in "ZX":
            found.append(command)
    return found


def test_ctrl_c_ends_with_130_leaves_no_worker_and_the_build_goes_on(tmp_path):
    drawn = random.Random(20261121)
    words = " ".join(KOREAN).split()
    more = ""
    for name in ("news", "wiki"):
        # Enough that the signal comes while documents are measured; none of them is kept.
        texts = [" ".join(drawn.choices(words, k=150)) + "\n" * 200 for _ in range(2_000)]
        rows = "".join(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
        (tmp_path / f"{name}.jsonl").write_text(rows, encoding="utf-8")
        more += f'[[sources]]\nname = "{name}"\npath = "{name}.jsonl"\nlicense = "cc0-1.0"\n'
    recipe = write_recipe(tmp_path, more)
    process, log = start(recipe, workers=2)
    while "measure: begins" not in log.read_text() and process.poll() is None:
        time.sleep(0.01)
    time.sleep(0.3)
    assert process.poll() is None, log.read_text()
    # A terminal sends it to every process of the command.
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(timeout=100) == 130, log.read_text()
    told = log.read_text()
    assert "Traceback" not in told
    assert told.rstrip().endswith("Stopped; the same command goes on from there.")
    end = time.monotonic() + 10
    while (left := running(process.pid)) and time.monotonic() < end:
        time.sleep(0.1)
    assert left == []
    states = {
        one["step"]: one["state"] for one in json.loads(run("status", recipe, "--json").stdout)
    }
    assert (states["ingest"], states["measure"]) == ("skip", "resume")
    result = run("build", recipe, "--json")
    assert result.exit_code == 0, result.output
    assert "measure: resume" in result.stderr
    assert json.loads(result.stdout)["sources"]["news"]["steps"]["ingest"]["documents"] == 2_000


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["status", str(Path(__file__).parents[2] / "data_cards" / "demo.toml")],
        ["doctor"],
        ["doctor", "--json"],
    ],
)
def test_a_reader_who_has_seen_enough_is_no_error(arguments, unbuffered):
    """As `| head` leaves it: the other end of the pipe is closed."""
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "bllossom_data.cli", *arguments],
            stdout=writing,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONUNBUFFERED": unbuffered},
            text=True,
            check=False,
        )
    finally:
        os.close(writing)
    assert (done.returncode, done.stderr) == (141, "")
