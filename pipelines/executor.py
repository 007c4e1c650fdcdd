"""Runs units of work on datatrove's executors.

A unit is what one worker does at a time and what a killed build does not do again: one file of one
step. `UnitBlock` is an ordinary datatrove block; `run_units` puts it on the local executor, and the
same block runs on datatrove's Slurm and Ray executors.
"""

import os
import pickle
import signal
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import multiprocess
from datatrove.data import DocumentsPipeline
from datatrove.executor import LocalPipelineExecutor
from datatrove.pipeline.base import PipelineStep
from datatrove.utils.stats import PipelineStats
from loguru import logger
from multiprocess import forkserver, resource_tracker

from bllossom_data.build import StepFolder, note_worker_memory
from bllossom_data.manifest import SCRATCH

Given = TypeVar("Given")
Result = TypeVar("Result")

# datatrove logs every task to the terminal, over the progress bars, and a failing task with its
# traceback; the build keeps its own record and tells errors in its own words.
logger.disable("datatrove")

_POLL_SECONDS = 0.2
_TASKS_PER_WORKER = 8
# Workers are forked from a process that has imported this, so that each starts at once.
_PRELOADED = "pipelines.pretraining"
# A worker has one core; libraries that would take all of them are told so before they start.
_ONE_THREAD = {"POLARS_MAX_THREADS": "1", "RAYON_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


class UnitBlock(PipelineStep):
    """A datatrove block that does every ``world_size``-th unit of work.

    Args:
        name: Shown in datatrove's statistics.
        folder: Folder of the step.
        units: Files below ``folder``, each the result of one unit; those that exist are done.
        work: Writes the file of one unit, atomically. Must be picklable.
    """

    type = "Bllossom"

    def __init__(
        self, name: str, folder: Path, units: Sequence[str], work: Callable[[str], None]
    ) -> None:
        self.name = name
        super().__init__()
        self.folder = folder
        self.units = units
        self.work = work

    def run(
        self, data: DocumentsPipeline | None, rank: int = 0, world_size: int = 1
    ) -> DocumentsPipeline:
        """Does this rank's units; passes documents of an earlier block through untouched."""
        for unit in self.units[rank::world_size]:
            if not (self.folder / unit).is_file():
                with self.track_time("unit"):
                    self.work(unit)
        note_worker_memory(self.folder)
        yield from data or ()


class _UnitExecutor(LocalPipelineExecutor):
    """datatrove's local executor, without its manager and with workers that do not outlive it.

    datatrove hands out ranks through a manager, a process of its own that is forked even for one
    worker. When a build is killed, the manager lives on forever, and holds the lock of the build
    and the pipe of whoever waits for its output.
    """

    def run(self) -> PipelineStats:
        if self.workers == 1:
            return self._merged(self._run_for_rank(rank) for rank in range(self.tasks))
        with _pool(self.workers, self.start_method) as pool:
            return self._merged(pool.imap_unordered(self._run_for_rank, range(self.tasks)))

    def _merged(self, stats: Iterable[PipelineStats]) -> PipelineStats:
        return sum(stats, start=PipelineStats())


def _end_with_parent() -> None:
    """Ends this worker when the build is gone, also in the middle of a unit.

    A worker that goes on could write a part of the old recipe into the folder of the next build.
    """

    def watch() -> None:
        multiprocess.parent_process().join()
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def prepare_workers(module: str) -> None:
    """Starts the process from which all later workers are forked, and goes on meanwhile.

    Where one is there already, it stays.

    Args:
        module: what it imports; workers share the memory of what that loads.
    """
    multiprocess.set_forkserver_preload([module])
    # It starts its tracker, too, and that would take the mask off again.
    resource_tracker.ensure_running()
    with _worker_environment(), _interrupts_held():
        forkserver.ensure_running()


def run_units(
    name: str, folder: StepFolder, units: Sequence[str], work: Callable[[str], None], workers: int
) -> None:
    """Does all units on this machine and returns when the last is done.

    Args:
        name: Name of the work, for the progress bar.
        folder: Folder of the step.
        units: Files below ``folder``; those that exist are done.
        work: Writes the file of one unit, atomically. Must be picklable.
        workers: Processes to use; with 1, the work is done in this process.
    """
    waiting = folder.pending(units)
    with folder.progress.work(name, len(units), "parts") as advance:
        advance(len(units) - len(waiting))
        if not waiting:
            return
        stop = threading.Event()

        def watch() -> None:
            left = list(waiting)
            while left and not stop.wait(_POLL_SECONDS):
                still = folder.pending(left)
                advance(len(left) - len(still))
                left = still
            advance(len(left) - len(folder.pending(left)))

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        try:
            _execute(UnitBlock(name, folder.path, waiting, work), workers)
        finally:
            stop.set()
            watcher.join()


def in_processes(
    work: Callable[[Given], Result], given: Sequence[Given], workers: int
) -> Iterator[Result]:
    """What becomes of each thing, in order, for results that go on in memory and into no file.

    Args:
        work: makes one result; a function of a module.
        given: what it is made from, in pieces that are worth a message to another process.
        workers: processes to use; with 1, the work is done in this process.
    """
    if workers == 1 or len(given) < 2:
        yield from map(work, given)
        return
    with _workers_ready(workers), _pool(workers, "forkserver") as pool:
        # Objects of ours are packed by the standard library: the pool's own pickler is a slow one.
        packed = pool.imap(partial(_packed, work), map(pickle.dumps, given))
        yield from map(pickle.loads, packed)


def _packed(work: Callable[[Any], Any], given: bytes) -> bytes:
    return pickle.dumps(work(pickle.loads(given)))


def _pool(workers: int, start_method: str) -> Any:
    context = multiprocess.get_context(start_method)
    return context.Pool(workers, initializer=_end_with_parent)


@contextmanager
def _workers_ready(workers: int) -> Iterator[None]:
    # Polars has waiting calls go on after Ctrl+C, and the next unit may be minutes away.
    signal.siginterrupt(signal.SIGINT, True)
    with _worker_environment():
        if workers > 1:
            prepare_workers(_PRELOADED)
            _wait_for_forkserver()
        yield


def _execute(block: UnitBlock, workers: int) -> None:
    # Which units are done is read from their results; datatrove's own marks, which do not notice
    # that a recipe changed, are not asked, and go with the scratch folder.
    workers = min(workers, len(block.units))
    with _workers_ready(workers):
        _UnitExecutor(
            [block],
            tasks=1 if workers == 1 else min(len(block.units), workers * _TASKS_PER_WORKER),
            workers=workers,
            logging_dir=str(block.folder / SCRATCH / "datatrove"),
            skip_completed=False,
        ).run()


def _wait_for_forkserver() -> None:
    # A server that has not imported all yet would end in a traceback at Ctrl+C.
    with _interrupts_held():
        first = multiprocess.get_context("forkserver").Process(target=int)
        first.start()
        first.join()


@contextmanager
def _interrupts_held() -> Iterator[None]:
    # Ctrl+C reaches every process of a terminal. Workers leave it to this one, which ends them.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _worker_environment() -> Iterator[None]:
    before = {name: os.environ.get(name) for name in _ONE_THREAD}
    os.environ.update(_ONE_THREAD)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
