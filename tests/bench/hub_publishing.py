"""Publishes a large made-up dataset to a Hub on this machine: memory, and time beside a plain copy.

First a version, then the next one, of which every row that stays says something else; it is
compared with the first, which is downloaded for that.

python tests/bench/hub_publishing.py --gigabytes 5
"""

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from fakes.hub_server import HubServer
from hub_units import REPOSITORY, Published, environment, write_card, write_release

from bllossom_data.manifest import read_manifest

SHARD_BYTES = 250_000_000
ROW_BYTES = 4_000
OTHER_IDS = 1_000
PART_BYTES = 1 << 20


def write_shards(folder: Path, count: int, seed: int) -> None:
    """Writes shards that do not compress; another seed has other texts, and 1,000 other ids."""
    random = np.random.default_rng(seed)
    rows = SHARD_BYTES // ROW_BYTES
    for number in range(count):
        texts = random.integers(33, 127, rows * ROW_BYTES, dtype=np.uint8).tobytes()
        offsets = pa.array(range(0, rows * ROW_BYTES + 1, ROW_BYTES), pa.int32()).buffers()[1]
        column = pa.StringArray.from_buffers(rows, offsets, pa.py_buffer(texts))
        first = number * rows + seed * OTHER_IDS
        identity = pa.array([f"{first + row:032x}" for row in range(rows)])
        licence = pa.array(["cc-by-4.0"] * rows)
        table = pa.table({"id": identity, "text": column, "license": licence})
        path = folder / f"train-{number:05d}-of-{count:05d}.parquet"
        pq.write_table(table, path, compression="none", use_dictionary=False, row_group_size=4_000)


def write_version(folder: Path, version: str, count: int, seed: int) -> Published:
    """A release of so many shards."""
    made = write_release(folder, [], version=version)
    write_shards(made.final / "data", count, seed)
    counts = {"splits": {"train": {"documents": count * (SHARD_BYTES // ROW_BYTES)}}}
    write_card(made.recipe, made.final, replace(read_manifest(made.final), counts=counts))
    return made


def most_memory(process: subprocess.Popen) -> int:
    """Largest resident set of a process until it ends, in bytes."""
    most = 0
    while process.poll() is None:
        try:
            for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM"):
                    most = max(most, int(line.split()[1]) << 10)
        except OSError:
            break
        time.sleep(0.1)
    return most


def blocks(path: Path):
    with path.open("rb") as file:
        while block := file.read(PART_BYTES):
            yield block


def plain_copy(server: HubServer, shards: list[Path]) -> float:
    """Seconds to send the same files to the same server with nothing around it."""
    begun = time.monotonic()
    with httpx.Client(timeout=600) as client:
        for path in shards:
            with path.open("rb") as file:
                oid = hashlib.file_digest(file, "sha256").hexdigest()
            headers = {"content-length": str(path.stat().st_size)}
            content = blocks(path)
            client.put(f"{server.url}/lfs/{oid}", content=content, headers=headers)
    return time.monotonic() - begun


@dataclass
class Run:
    """One run of `bllossom publish`."""

    seconds: float
    memory_bytes: int
    output: str


def run_publish(server: HubServer, made: Published, home: Path) -> Run:
    """Publishes a release and watches the process."""
    command = [sys.executable, "-m", "bllossom_data.cli", "publish", str(made.recipe)]
    begun = time.monotonic()
    process = subprocess.Popen(
        [*command, "--root", str(made.root)],
        env=environment(server, home),
        stdout=subprocess.PIPE,
        text=True,
    )
    watched: list[int] = []
    watcher = threading.Thread(target=lambda: watched.append(most_memory(process)))
    watcher.start()
    output, _ = process.communicate()
    took = time.monotonic() - begun
    watcher.join()
    if process.returncode:
        sys.exit(f"publish ended with {process.returncode}")
    return Run(took, watched[0], output)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    size = parser.parse_args().gigabytes
    count = max(round(size * 1e9 / SHARD_BYTES), 1)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = write_version(folder, "2026.11.0", count, 1)
        shards = sorted((made.final / "data").iterdir())
        total = sum(path.stat().st_size for path in shards)
        with HubServer(folder / "plain") as server:
            copied = plain_copy(server, shards)
        shutil.rmtree(folder / "plain")
        with HubServer(folder / "hub") as server:
            runs = {"first version": run_publish(server, made, folder / "home")}
            shutil.rmtree(made.root)
            made = write_version(folder, "2026.12.0", count, 2)
            runs["next version"] = run_publish(server, made, folder / "home")
            commits = len(server.repositories[REPOSITORY].history())
        told = next(line for line in runs["next version"].output.splitlines() if "changed" in line)
        print(
            f"{total / 1e9:.2f} GB in {count} shards, {commits} commits for 2 versions; plain copy "
            f"with one hash {copied:.1f} s; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
        )
        for which, run in runs.items():
            print(
                f"{which}: {run.seconds:.1f} s, ratio {run.seconds / copied:.2f}, "
                f"most memory {run.memory_bytes / 1e6:.0f} MB"
            )
        print(told.strip())


if __name__ == "__main__":
    main()
