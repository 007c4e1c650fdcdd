import io
import os
import pty
import re
import threading

import pytest

from bllossom_data.progress import (
    duration,
    forget_peak_memory,
    log_progress,
    no_progress,
    open_progress,
    peak_memory_bytes,
)


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def lines(stream: io.StringIO) -> list[str]:
    found = stream.getvalue().splitlines()
    assert all(re.match(r"\d\d:\d\d:\d\d ", line) for line in found)
    return [line[9:] for line in found]


def test_a_log_tells_the_beginning_the_end_and_now_and_then():
    stream, clock = io.StringIO(), Clock()
    with log_progress(stream, clock).work("measure", 1200, "parts") as advance:
        for _ in range(12):
            clock.now += 10
            advance(100)
    assert lines(stream) == [
        "measure: begins, 1,200 parts",
        "measure: 200 of 1,200 parts (17%), 20 s, about 1 min 40 s left",
        "measure: 400 of 1,200 parts (33%), 40 s, about 1 min 20 s left",
        "measure: 600 of 1,200 parts (50%), 1 min 0 s, about 1 min 0 s left",
        "measure: 800 of 1,200 parts (67%), 1 min 20 s, about 40 s left",
        "measure: 1,000 of 1,200 parts (83%), 1 min 40 s, about 20 s left",
        "measure: 1,200 of 1,200 parts (100%), 2 min 0 s",
        "measure: done, 1,200 parts in 2 min 0 s",
    ]


@pytest.mark.parametrize("total", [None, 0])
def test_work_of_unknown_size_is_counted_without_a_share(total):
    stream, clock = io.StringIO(), Clock()
    with log_progress(stream, clock).work("ingest", total, "rows") as advance:
        clock.now = 20
        advance(7)
    assert lines(stream)[1] == "ingest: 7 rows, 20 s"


def test_work_that_fails_says_how_far_it_came():
    stream, clock = io.StringIO(), Clock()

    def fail() -> None:
        with log_progress(stream, clock).work("mix", 5, "parts") as advance:
            advance(2)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fail()
    assert lines(stream)[-1] == "mix: stopped after 2 parts, 0.0 s"


def test_threads_lose_no_unit():
    stream = io.StringIO()
    with log_progress(stream).work("hash", None, "files") as advance:
        threads = [
            threading.Thread(target=lambda: [advance(1) for _ in range(2000)]) for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert lines(stream)[-1].startswith("hash: done, 16,000 files in")


def test_a_log_that_nobody_reads_any_more_stops_nothing():
    read, write = os.pipe()
    os.close(read)
    stream = os.fdopen(write, "w")
    progress = log_progress(stream)
    progress.say("into the void")
    with progress.work("mix", 1, "parts") as advance:
        advance(1)
    with pytest.raises(BrokenPipeError):
        stream.close()


def test_a_file_gets_plain_lines():
    stream = io.StringIO()
    with open_progress(stream) as progress, progress.work("mix", 1, "parts") as advance:
        advance(1)
    assert lines(stream)[0] == "mix: begins, 1 parts"
    assert "\x1b" not in stream.getvalue()


def on_a_terminal(monkeypatch, kind: str) -> str:
    monkeypatch.setenv("TERM", kind)
    monkeypatch.delenv("NO_COLOR", raising=False)
    leader, follower = pty.openpty()
    with os.fdopen(follower, "w") as stream:
        with open_progress(stream) as progress, progress.work("[한국어]", 3, "parts") as advance:
            progress.say("[bold]not markup[/bold]")
            advance(3)
        stream.flush()
        os.set_blocking(leader, False)
        shown = os.read(leader, 1 << 16).decode()
    os.close(leader)
    return shown


def test_a_terminal_gets_bars_and_lines_as_they_are(monkeypatch):
    shown = on_a_terminal(monkeypatch, "xterm")
    assert "\x1b[" in shown
    assert "[bold]not markup[/bold]" in shown
    assert "[한국어]" in shown
    assert "parts" in shown


def test_a_terminal_that_cannot_move_its_cursor_gets_plain_lines(monkeypatch):
    assert "\x1b" not in on_a_terminal(monkeypatch, "dumb")


def test_silence_is_silent(capfd):
    progress = no_progress()
    progress.say("x")
    with progress.work("x", 1, "parts") as advance:
        advance(1)
    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0.0 s"),
        (9.94, "9.9 s"),
        (59.6, "1 min 0 s"),
        (200, "3 min 20 s"),
        (3599.7, "1 h 0 min"),
        (7500, "2 h 5 min"),
    ],
)
def test_durations_are_for_people(seconds, text):
    assert duration(seconds) == text


def test_peak_memory_sees_a_big_block_and_can_forget_it():
    forget_peak_memory()
    before = peak_memory_bytes()
    block = bytearray(os.urandom(1)) * (80 << 20)
    with_block = peak_memory_bytes()
    assert with_block - before > 60 << 20
    del block
    forget_peak_memory()
    if peak_memory_bytes() == with_block:
        pytest.skip("this system cannot reset its high-water mark")
    assert with_block - peak_memory_bytes() > 60 << 20
