"""Time and memory of whole LIMA from the cache: every step, no request, two processes.

    PYTHONPATH=.:tests:tests/bench python tests/bench/lima_build.py --data ../shared/data

Goal on 2 cores: < 60 s and < 1 GB. A server on the loopback answers a first build, which fills the
cache; the second one is measured. Seconds are given on the clock and of the processors, because
other work on the machine only lengthens the first. The floor, in the same run: Kiwi reads every
line of Korean once, on one thread.
"""

import argparse
import contextlib
import ctypes
import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from fakes.openai_server import OpenAIServer
from instruction_recipes import begun, lima

RECIPE = (
    begun(
        "lima-bench",
        lima("{data}/restricted/lima-train", "{data}/restricted/lima-test"),
        "cc-by-nc-sa-4.0",
    )
    + """
[translate]
concurrency = 16

[[translate.providers]]
engine = "openai"
model = "fake-1"
base_url = "{url}"

[review]
wait = false
"""
)
BLLOSSOM = "from bllossom_data.cli import main; main()"
SUBREAPER = 36
STEPS = ("ingest", "translate", "localise", "reviews", "final")


def cpu_seconds(who):
    used = resource.getrusage(who)
    return used.ru_utime + used.ru_stime


def memory_bytes(session):
    """What the processes of a session use together; what several share counts once."""
    used = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError, StopIteration, ValueError):
            if os.getsid(int(process.name)) == session:
                lines = (process / "smaps_rollup").read_text().splitlines()
                used += 1024 * int(next(one for one in lines if one.startswith("Pss:")).split()[1])
    return used


def build(recipe, root, workers):
    """One build with all its processes: seconds on the clock, of the processors, peak memory."""
    before, begun = cpu_seconds(resource.RUSAGE_CHILDREN), time.perf_counter()
    command = [sys.executable, "-c", BLLOSSOM, "build", str(recipe), "--root", str(root)]
    peak = 0
    with tempfile.TemporaryFile("w+") as said:
        running = subprocess.Popen(
            [*command, "--workers", str(workers)],
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        while running.poll() is None:
            peak = max(peak, memory_bytes(running.pid))
            time.sleep(0.25)
        wall = time.perf_counter() - begun
        said.seek(0)
        assert running.returncode == 0, said.read()
    # Workers belong to a server of their own, and are left to this process when that ends.
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    return {
        "wall_seconds": round(wall, 1),
        "cpu_seconds": round(cpu_seconds(resource.RUSAGE_CHILDREN) - before, 1),
        "peak_memory_bytes": peak,
    }


def steps(folder):
    timings = [json.loads((folder / name / "timings.json").read_text()) for name in STEPS]
    return dict(zip(STEPS, timings, strict=True))


def digests(folder):
    return {
        name: hashlib.sha256((folder / name).read_bytes()).hexdigest()[:16]
        for name in ("translate/translations.jsonl", "localise/drafts.jsonl")
    }


def floor(folder):
    """Seconds of the processor in which Kiwi reads every line of Korean once."""
    from bllossom_data.korean.morphemes import kiwi

    lines = []
    for row in (folder / "localise" / "drafts.jsonl").open(encoding="utf-8"):
        for text in json.loads(row)["translations"]:
            lines += [line for line in (text or "").split("\n") if line.strip()]
    kiwi().tokenize("데우기")
    begun = cpu_seconds(resource.RUSAGE_SELF)
    for line in lines:
        kiwi().tokenize(line)
    return {
        "lines": len(lines),
        "characters": sum(map(len, lines)),
        "cpu_seconds": round(cpu_seconds(resource.RUSAGE_SELF) - begun, 1),
    }


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the shared real data")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--keep", type=Path, help="copy the drafts and their sources here")
    options = parser.parse_args()
    ctypes.CDLL(None).prctl(SUBREAPER, 1)
    os.environ["OPENAI_API_KEY"] = "loopback"
    with tempfile.TemporaryDirectory() as name, OpenAIServer() as server:
        recipe, root = Path(name, "lima.toml"), Path(name, "build")
        recipe.write_text(RECIPE.format(data=options.data.resolve(), url=server.base_url))
        folder = root / "lima-bench" / "2026.11.0-dev"
        report = {"first": build(recipe, root, options.workers)}
        first, asked = digests(folder), server.count("/v1/chat/completions")
        shutil.rmtree(folder)
        report["cached"] = build(recipe, root, options.workers)
        report["requests"] = server.count("/v1/chat/completions") - asked
        assert digests(folder) == first
        report["steps"], report["digests"] = steps(folder), first
        report["floor"] = floor(folder)
        report["cached_per_floor"] = round(
            report["cached"]["cpu_seconds"] / report["floor"]["cpu_seconds"], 2
        )
        if options.keep:
            shutil.copytree(folder, options.keep, dirs_exist_ok=True)
    print(json.dumps(report, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
