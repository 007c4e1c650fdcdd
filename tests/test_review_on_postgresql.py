"""The same tests of the review page, on PostgreSQL."""

import os
import pwd
import shutil
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

import psycopg
import pytest
from review_items import page_environment, waiting_line, write_lines

ROOT = Path(__file__).parents[1]


def _program(name: str) -> str | None:
    """Debian keeps the server's programs apart, one folder for each version."""
    found = shutil.which(name)
    places = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return found or (str(places[-1]) if places else None)


INITDB, PG_CTL = _program("initdb"), _program("pg_ctl")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not (INITDB and PG_CTL), reason="needs PostgreSQL's server programs"),
]


@pytest.fixture(scope="module")
def server():
    """A server of its own on a socket of its own; it refuses to run as root."""
    # Folders of tests are their user's alone, and too long for the name of a socket.
    folder = Path(tempfile.mkdtemp(prefix="review-"))
    data, user = folder / "data", {}
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        user = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    environment = {**os.environ, "LC_ALL": "C.UTF-8", "HOME": str(folder)}

    def run(*command):
        done = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env=environment,
            cwd=folder,
            **user,
        )
        assert done.returncode == 0, done.stdout + done.stderr

    run(INITDB, "-D", str(data), "-U", "review", "-A", "trust", "-E", "UTF8", "--no-sync")
    options = f"-c listen_addresses='' -k {folder} -c fsync=off -c max_connections=200"
    run(PG_CTL, "-D", str(data), "-o", options, "-l", str(folder / "log"), "-w", "start")
    yield f"postgres://review@/postgres?host={folder}"
    run(PG_CTL, "-D", str(data), "-m", "immediate", "stop")
    shutil.rmtree(folder)


def test_the_page_s_tests_pass_on_postgresql(server, tmp_path):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"),
            *("--basetemp", str(tmp_path / "base"), str(ROOT / "tests" / "annotation")),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={**os.environ, "TEST_DATABASE_URL": server},
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_the_commands_back_up_and_restore_it(server, tmp_path):
    waiting = tmp_path / "waiting.jsonl"
    write_lines(waiting, [waiting_line(number) for number in range(5)])
    copy = tmp_path / "review.backup"
    run = partial(review, server, tmp_path)
    psql(server, "CREATE DATABASE commands")
    assert "5 new" in run("import", waiting)
    run("backup", copy)
    psql(server, "DELETE FROM annotation_item", "commands")
    assert "5 new" in run("import", waiting)
    run("restore", copy)
    assert "5 same" in run("import", waiting)
    assert "whole" in run("verify")
    damaged = tmp_path / "damaged.backup"
    damaged.write_bytes(copy.read_bytes()[:-500])
    assert "pg_restore" in run("restore", damaged, fails=True)
    assert "5 same" in run("import", waiting)


def review(server, data, *arguments, fails=False):
    done = subprocess.run(
        [
            *(sys.executable, "-m", "bllossom_data.cli", "review", *map(str, arguments)),
            *("--data", str(data / "review")),
        ],
        capture_output=True,
        text=True,
        check=False,
        env=page_environment(DATABASE_URL=server.replace("/postgres?", "/commands?")),
    )
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr if fails else done.stdout


def psql(server, statement, database="postgres"):
    with psycopg.connect(server.replace("/postgres?", f"/{database}?"), autocommit=True) as link:
        link.execute(statement)
