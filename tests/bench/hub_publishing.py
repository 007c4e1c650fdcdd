"""Publishes a large made-up dataset to a Hub on this machine: memory, and time beside a plain copy.

python tests/bench/hub_publishing.py --gigabytes 5
"""

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import replace
from pathlib import Path

import httpx
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from fakes.hub_server import HubServer
from hub_units import REPOSITORY, environment, write_card, write_release

from bllossom_data.manifest import read_manifest

SHARD_BYTES = 250_000_000
ROW_BYTES = 4_000
PART_BYTES = 1 << 20


def write_shards(folder: Path, count: int) -> None:
    """Writes shards that do not compress."""
    random = np.random.default_rng(1)
    rows = SHARD_BYTES // ROW_BYTES
    for number in range(count):
        texts = random.integers(33, 127, rows * ROW_BYTES, dtype=np.uint8).tobytes()
        offsets = pa.array(range(0, rows * ROW_BYTES + 1, ROW_BYTES), pa.int32()).buffers()[1]
        column = pa.StringArray.from_buffers(rows, offsets, pa.py_buffer(texts))
        identity = pa.array([f"{number * rows + row:032x}" for row in range(rows)])
        licence = pa.array(["cc-by-4.0"] * rows)
        table = pa.table({"id": identity, "text": column, "license": licence})
        path = folder / f"train-{number:05d}-of-{count:05d}.parquet"
        pq.write_table(table, path, compression="none", use_dictionary=False, row_group_size=4_000)


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gigabytes", type=float, default=1.0)
    size = parser.parse_args().gigabytes
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = write_release(folder, [])
        count = max(round(size * 1e9 / SHARD_BYTES), 1)
        write_shards(made.final / "data", count)
        documents = count * (SHARD_BYTES // ROW_BYTES)
        counts = {"splits": {"train": {"documents": documents}}}
        write_card(made.recipe, made.final, replace(read_manifest(made.final), counts=counts))
        shards = sorted((made.final / "data").iterdir())
        with HubServer(folder / "plain") as server:
            copied = plain_copy(server, shards)
            for blob in (server.folder / "blobs").iterdir():
                blob.unlink()
        with HubServer(folder / "hub") as server:
            command = [sys.executable, "-m", "bllossom_data.cli", "publish", str(made.recipe)]
            begun = time.monotonic()
            process = subprocess.Popen(
                [*command, "--root", str(made.root)], env=environment(server, folder / "home")
            )
            watched: list[int] = []
            watcher = threading.Thread(target=lambda: watched.append(most_memory(process)))
            watcher.start()
            code = process.wait()
            took = time.monotonic() - begun
            watcher.join()
            commits = len(server.repositories[REPOSITORY].history())
        total = sum(path.stat().st_size for path in shards)
        print(
            f"{total / 1e9:.2f} GB in {count} shards, exit code {code}, {commits} commit; "
            f"publish {took:.1f} s, plain copy with one hash {copied:.1f} s, "
            f"ratio {took / copied:.2f}; most memory {watched[0] / 1e6:.0f} MB; "
            f"{os.cpu_count()} cores"
        )


if __name__ == "__main__":
    main()
