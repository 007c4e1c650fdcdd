"""What a person sees while a build works: bars on a terminal, plain lines in a log.

Everything goes to stderr, so that stdout holds results only. A log gets a line when work begins,
when it ends, and every now and then between; nothing that redraws itself.
"""

import os
import re
import resource
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol, TextIO

__all__ = [
    "Progress",
    "duration",
    "forget_peak_memory",
    "log_progress",
    "no_progress",
    "open_progress",
    "peak_memory_bytes",
]

SECONDS_BETWEEN_LINES = 15.0

Advance = Callable[[int], None]


class Progress(Protocol):
    """Where work reports. Safe to call from threads; does not travel to other processes."""

    def say(self, line: str) -> None:
        """Tell one line that stays."""

    def work(self, name: str, total: int | None, unit: str) -> AbstractContextManager[Advance]:
        """Show work of `total` units (None: nobody knows) until the block ends.

        The block gets a function to call with the number of units just done.
        """


def duration(seconds: float) -> str:
    """Seconds for people: `0.4 s`, `58 s`, `3 min 20 s`, `2 h 5 min`."""
    if seconds < 10:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"


class _Silence:
    def say(self, line: str) -> None:
        pass

    @contextmanager
    def work(self, name: str, total: int | None, unit: str) -> Iterator[Advance]:
        yield lambda amount: None


def no_progress() -> Progress:
    """Progress that tells nothing."""
    return _Silence()


class _Log:
    def __init__(self, stream: TextIO, clock: Callable[[], float]) -> None:
        self._stream = stream
        self._clock = clock
        self._lock = threading.Lock()

    def say(self, line: str) -> None:
        # A log that nobody reads any more (`2>&1 | head`) is no reason to end a build of hours.
        with suppress(OSError, ValueError):
            self._stream.write(f"{time.strftime('%H:%M:%S')} {line}\n")
            self._stream.flush()

    @contextmanager
    def work(self, name: str, total: int | None, unit: str) -> Iterator[Advance]:
        begun = told = self._clock()
        done = 0
        self.say(f"{name}: begins" + ("" if total is None else f", {total:,} {unit}"))

        def advance(amount: int) -> None:
            nonlocal done, told
            with self._lock:
                done += amount
                now = self._clock()
                if now - told >= SECONDS_BETWEEN_LINES:
                    told = now
                    self.say(f"{name}: {_how_far(done, total, unit, now - begun)}")

        try:
            yield advance
        except BaseException:
            self.say(f"{name}: stopped after {done:,} {unit}, {duration(self._clock() - begun)}")
            raise
        # Work that nobody counted is done all the same.
        counted = f"{done:,} {unit} in " if done or total is not None else ""
        self.say(f"{name}: done, {counted}{duration(self._clock() - begun)}")


def _how_far(done: int, total: int | None, unit: str, seconds: float) -> str:
    if not total:
        return f"{done:,} {unit}, {duration(seconds)}"
    share = f"{done:,} of {total:,} {unit} ({done / total:.0%}), {duration(seconds)}"
    if not 0 < done < total:
        return share
    return f"{share}, about {duration(seconds * (total - done) / done)} left"


def log_progress(stream: TextIO, clock: Callable[[], float] = time.monotonic) -> Progress:
    """Plain lines with the time of day; `clock` gives seconds."""
    return _Log(stream, clock)


@contextmanager
def open_progress(stream: TextIO | None = None) -> Iterator[Progress]:
    """Progress for a stream (stderr): bars where it is a terminal, plain lines otherwise."""
    stream = stream or sys.stderr
    if not stream.isatty() or os.environ.get("TERM") == "dumb":
        yield log_progress(stream)
        return
    # Only here, because rich takes longer to import than the rest of a small command.
    from rich.console import Console
    from rich.markup import escape
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )
    from rich.progress import Progress as Bars

    class _Terminal:
        def say(self, line: str) -> None:
            bars.console.print(escape(line), highlight=False)

        @contextmanager
        def work(self, name: str, total: int | None, unit: str) -> Iterator[Advance]:
            task = bars.add_task(escape(name), total=total, unit=unit)
            try:
                yield lambda amount: bars.advance(task, amount)
            finally:
                bars.remove_task(task)

    with Bars(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=Console(file=stream),
    ) as bars:
        yield _Terminal()


def forget_peak_memory() -> None:
    """Let `peak_memory_bytes` count from now, where the system can do that (Linux)."""
    # 5 resets the high-water mark (proc(5)); without it a step is blamed for an earlier one.
    with suppress(OSError):
        Path("/proc/self/clear_refs").write_text("5")


def peak_memory_bytes() -> int:
    """Most memory that this process, without its workers, held since it was last forgotten."""
    with suppress(OSError):
        if found := re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text()):
            return int(found[1]) << 10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10
