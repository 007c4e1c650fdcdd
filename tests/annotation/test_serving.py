"""The commands of the page, as a person types them."""

import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from contextlib import closing, contextmanager

import pytest
from review_items import page_environment, pair_line, waiting_line, write_lines

COMMAND = [sys.executable, "-m", "bllossom_data.cli", "review"]


@pytest.fixture
def data(tmp_path):
    return tmp_path / "review"


@pytest.fixture
def waiting(tmp_path):
    path = tmp_path / "waiting.jsonl"
    write_lines(path, [waiting_line(number) for number in range(5)])
    return path


def review(*arguments, fails=False, **more):
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        env=page_environment(**more),
    )
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr if fails else done.stdout


@contextmanager
def served(data, **more):
    process = subprocess.Popen(
        [*COMMAND, "serve", "--data", str(data), "--port", "0"],
        stdout=subprocess.PIPE,
        text=True,
        env=page_environment(**more),
    )
    try:
        said = process.stdout.readline()
        yield re.search(r"http://[\w.]+:\d+", said)[0], process
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(10)


def fetch(url, **options):
    with urllib.request.urlopen(urllib.request.Request(url, **options), timeout=60) as response:
        return response.status, response.read().decode()


def test_items_come_in_and_decisions_go_out(data, waiting, tmp_path):
    assert "5 new" in review("import", waiting, "--data", data)
    assert "5 same" in review("import", waiting, "--data", data)
    said = json.loads(review("import", waiting, "--data", data, "--json"))
    assert said["same"] == 5
    target = tmp_path / "decisions.jsonl"
    assert "0 decisions" in review("export", target, "--data", data)
    assert target.read_bytes() == b""


def test_a_project_is_named_where_there_are_several(data, waiting, tmp_path):
    review("import", waiting, "--data", data, "--project", "one")
    pairs = tmp_path / "pairs.jsonl"
    write_lines(pairs, [pair_line(0)])
    options = ("--data", data, "--project", "two", "--kind", "preference")
    assert "1 new" in review("import", pairs, *options)
    said = review("export", tmp_path / "out.jsonl", "--data", data, fails=True)
    assert "--project" in said
    assert "one, two" in said


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("import", "nowhere.jsonl"), "there is no such file"),
        (("export", "out.jsonl", "--project", "x"), "there is no project 'x'"),
        (("export", "a.jsonl", "b.jsonl"), "RECIPE.toml FILE"),
        (("restore", "nowhere.backup"), "there is no such file"),
    ],
)
def test_what_cannot_be_done_is_said_without_a_traceback(data, tmp_path, arguments, said):
    assert said in review(*arguments, "--data", data, fails=True)


def test_a_database_that_is_none_is_told_of(data):
    data.mkdir()
    (data / "review.sqlite3").write_bytes(
        b"no database at all, but long enough to look like one" * 9
    )
    assert "cannot be opened" in review("verify", "--data", data, fails=True)


def test_one_command_serves_and_the_first_link_works_once(data, waiting):
    review("import", waiting, "--data", data)
    with served(data) as (address, process):
        link = re.search(r"http\S+/invitation/\S+", process.stdout.readline())[0]
        status, page = fetch(link)
        assert status == 200
        assert 'name="password1"' in page
        assert fetch(f"{address}/health/") == (200, '{"status": "ok"}')
        assert "review-page" not in fetch(f"{address}/static/annotation/page.css")[1]
    assert (data / "secret_key").stat().st_mode & 0o777 == 0o600
    with served(data) as (address, process):
        newer = re.search(r"http\S+/invitation/\S+", process.stdout.readline())[0]
        assert newer.rpartition("/invitation/")[2] != link.rpartition("/invitation/")[2]
        with pytest.raises(urllib.error.HTTPError):
            fetch(f"{address}/invitation/{link.rpartition('/invitation/')[2]}")


def test_a_port_that_is_taken_is_told_of(data):
    with closing(socket.create_server(("127.0.0.1", 0))) as taken:
        port = taken.getsockname()[1]
        said = review("serve", "--data", data, "--port", port, fails=True)
    assert f"port {port}" in said
    assert "--port" in said


def test_an_upload_of_100_megabytes_is_refused_before_it_is_kept(data):
    with served(data) as (address, _):
        host, _, port = address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=20) as connection:
            connection.sendall(
                b"POST /projects/x/settings/upload/ HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                b"Content-Type: multipart/form-data; boundary=x\r\n"
                b"Content-Length: 104857600\r\n\r\n"
            )
            sent = 0
            try:
                while sent < 104857600:
                    connection.sendall(b"x" * 65536)
                    sent += 65536
            except OSError:
                pass
            connection.settimeout(5)
            try:
                answer = connection.recv(4096)
            except OSError:
                answer = b""
        assert not answer or b" 413 " in answer.splitlines()[0]
        assert fetch(f"{address}/health/")[0] == 200
    assert sum(path.stat().st_size for path in data.rglob("*") if path.is_file()) < 10_000_000


def test_other_hosts_are_refused(data):
    with served(data) as (address, _):
        with pytest.raises(urllib.error.HTTPError) as caught:
            fetch(f"{address}/", headers={"Host": "evil.example"})
        assert caught.value.code == 400


def test_a_backup_under_load_is_whole_and_comes_back(data, waiting, tmp_path):
    review("import", waiting, "--data", data)
    copies = []
    stop = threading.Event()

    def load():
        database = sqlite3.connect(data / "review.sqlite3", timeout=20, isolation_level=None)
        with closing(database):
            while not stop.is_set():
                database.execute("UPDATE annotation_item SET risk = risk + 0.0001")
                time.sleep(0.002)

    worker = threading.Thread(target=load)
    worker.start()
    try:
        for number in range(3):
            copies.append(tmp_path / f"{number}.backup")
            review("backup", copies[-1], "--data", data)
    finally:
        stop.set()
        worker.join()
    for copy in copies:
        with closing(sqlite3.connect(copy)) as database:
            assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            risks = database.execute("SELECT risk FROM annotation_item ORDER BY key").fetchall()
            # Every item was raised equally often: the copy is of one moment.
            assert (
                len({round(risk + number / 1000, 4) for number, (risk,) in enumerate(risks)}) == 1
            )
    with closing(sqlite3.connect(data / "review.sqlite3")) as database, database:
        database.execute("DELETE FROM annotation_item")
    review("restore", copies[0], "--data", data)
    assert "5 same" in review("import", waiting, "--data", data).replace("5 refreshed", "5 same")


@pytest.mark.parametrize("there", [b"", b"SQLite format 3\x00" + b"\x07" * 5000, None])
def test_a_copy_comes_back_where_the_database_is_damaged_or_gone(data, waiting, tmp_path, there):
    review("import", waiting, "--data", data)
    copy = tmp_path / "good.backup"
    review("backup", copy, "--data", data)
    place = data / "review.sqlite3"
    for path in data.glob("review.sqlite3*"):
        path.unlink()
    if there is not None:
        place.write_bytes(there)
        place.with_name("review.sqlite3-wal").write_bytes(b"\x07" * 100)
    review("restore", copy, "--data", data)
    assert "5 same" in review("import", waiting, "--data", data)
    assert "whole" in review("verify", "--data", data)


def test_a_database_in_use_is_not_replaced(data, waiting, tmp_path):
    review("import", waiting, "--data", data)
    copy = tmp_path / "good.backup"
    review("backup", copy, "--data", data)
    with closing(sqlite3.connect(data / "review.sqlite3")) as database:
        database.execute("BEGIN IMMEDIATE")
        assert "stop the page" in review("restore", copy, "--data", data, fails=True)
    assert "5 same" in review("import", waiting, "--data", data)


def test_a_damaged_copy_leaves_the_database_as_it_was(data, waiting, tmp_path):
    review("import", waiting, "--data", data)
    copy = tmp_path / "broken.backup"
    copy.write_bytes(b"SQLite format 3\x00" + b"\x07" * 5000)
    assert "is no copy" in review("restore", copy, "--data", data, fails=True)
    assert "5 same" in review("import", waiting, "--data", data)


def test_a_changed_log_is_found(data, waiting):
    review("import", waiting, "--data", data)
    assert "whole" in review("verify", "--data", data)
    with closing(sqlite3.connect(data / "review.sqlite3")) as database, database:
        database.execute("UPDATE annotation_auditentry SET action = 'nothing'")
    assert "was changed" in review("verify", "--data", data, fails=True)
