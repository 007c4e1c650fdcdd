"""Every fault of an engine on real conversations, as it is seen in the dataset that was built.

    PYTHONPATH=.:tests:tests/bench python tests/bench/instruction_faults.py --data ../shared/data

`bllossom build` goes through all its steps with the real clients, once with a server on the
loopback that translates as it should and once for each way to fail. The finished drafts are
compared turn by turn. A turn that became another text must be untranslated, or have a finding that
the right text is free of, so that its conversation waits for a person: if not, the fault is silent.
Where a server that always fails stops the build, the build goes on when the server is well again,
and must end with the same bytes. At last all conversations go through one build in which a third
of the replies is wrong, each in a way that comes at random.
"""

import argparse
import json
import os
import random
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from click.testing import CliRunner
from fakes import deepl_server, openai_server
from fakes.loopback import Fault, LoopbackServer, broken, reply, slow, status
from instruction_recipes import begun, lima
from rich.console import Console
from rich.progress import track
from rich.table import Table

from bllossom_data.cli import main as bllossom
from bllossom_data.examples import Example
from bllossom_data.instruction_recipe import InstructionSource
from pipelines.drafts import Draft
from pipelines.instruction_ingestion import read_examples
from pipelines.rows import read_rows

RECIPE = (
    begun("faults", lima("lima-train.jsonl", "lima-test.jsonl"), "cc-by-nc-sa-4.0")
    + """
[translate]
concurrency = 8

[[translate.providers]]
{engine}
timeout_seconds = 0.5

[review]
wait = false
"""
)
SPLITS = {"lima-train": "train", "lima-test": "test"}
SERVERS = {"openai": openai_server.OpenAIServer, "deepl": deepl_server.DeepLServer}
REPLIES = {"openai": openai_server.REPLY_FAULTS, "deepl": deepl_server.REPLY_FAULTS}
TRANSPORT: dict[str, Fault] = {
    "429 too many requests": status(429, retry_after_ms=1, retry_after=0),
    "500 internal error": status(500),
    "503 unavailable": status(503),
    "time-out": slow(1.0),
    "broken connection": broken(),
}
QUOTA = {"openai": status(429, "insufficient_quota"), "deepl": status(456)}
STOPPED = 3


@dataclass(frozen=True)
class Built:
    """What one build left behind: its drafts in order, its published Korean, what it waits for."""

    code: int
    drafts: tuple[Draft, ...]
    waiting: frozenset[str]
    told: tuple[Counter[tuple[int, str]], ...]


@dataclass
class Seen:
    """Turns of one build beside those of the build in which nothing failed."""

    turns: int = 0
    other_text: int = 0
    untranslated: int = 0
    silent: int = 0
    passed: int = 0
    lost: int = 0


def faults(engine: str) -> Iterator[tuple[str, Fault]]:
    for name in REPLIES[engine]:
        yield f"reply: {name}", reply(name)
    yield from TRANSPORT.items()
    yield "quota used up", QUOTA[engine]


def conversations(data: Path) -> dict[str, list[Example]]:
    found = {}
    for name, split in SPLITS.items():
        source = InstructionSource(name=name, path="-", split=split, license="restricted")
        found[name], refused = read_examples(source, data / "restricted" / name)
        assert not refused, refused[:3]
    return found


def write_sources(folder: Path, found: dict[str, list[Example]], count: int | None) -> None:
    """Writes all conversations, or some `count` of them from both splits."""
    chooser = random.Random(11)
    for name, examples in found.items():
        share = None if count is None else count * len(examples) // sum(map(len, found.values()))
        chosen = examples if share is None else chooser.sample(examples, share)
        lines = [
            json.dumps({
                "conversations": [one.content for one in example.messages],
                "source": example.category,
            })
            for example in chosen
        ]  # fmt: skip
        (folder / f"{name}.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_recipe(folder: Path, engine: str, server: LoopbackServer) -> Path:
    lines = [f'engine = "{engine}"']
    if engine == "openai":
        lines += ['model = "fake-1"', f'base_url = "{server.url}/v1"']
    else:
        os.environ["DEEPL_SERVER_URL"] = server.url
    recipe = folder / f"{engine}.toml"
    recipe.write_text(RECIPE.format(engine="\n".join(lines)), encoding="utf-8")
    return recipe


def build(recipe: Path, root: Path, workers: int) -> Built:
    command = ["build", str(recipe), "--root", str(root), "--workers", str(workers)]
    done = CliRunner().invoke(bllossom, command)
    assert done.exit_code in (0, 1, STOPPED), done.output
    folder = root / "faults" / "2026.11.0-dev"
    if not (folder / "localise" / "drafts.jsonl").is_file():
        assert done.exit_code == STOPPED, done.output
        assert "stopped" in done.output
        return Built(done.exit_code, (), frozenset(), ())
    drafts = tuple(read_rows(folder / "localise" / "drafts.jsonl", Draft))
    rows = (folder / "reviews" / "waiting.jsonl").read_text(encoding="utf-8").splitlines()
    waiting = frozenset(json.loads(row)["draft"]["id"] for row in rows)
    told = tuple(
        Counter((finding.turn, finding.check) for finding in draft.findings) for draft in drafts
    )
    return Built(done.exit_code, drafts, waiting, told)


def compared(right: Built, other: Built) -> Seen:
    """What became of each turn; a fault is told by a check that says more than of the right text."""
    seen = Seen()
    ids = [draft.id for draft in right.drafts]
    seen.lost = len(ids) - sum(
        one == two.id and len(was.messages) == len(two.translations)
        for one, was, two in zip(ids, right.drafts, other.drafts, strict=False)
    )
    for was, said, now, says in zip(
        right.drafts, right.told, other.drafts, other.told, strict=True
    ):
        for turn, text in enumerate(was.translations):
            seen.turns += 1
            if now.translations[turn] == text:
                continue
            seen.other_text += 1
            seen.untranslated += now.translations[turn] is None
            more = any(count > said[key] for key, count in says.items() if key[0] == turn)
            if now.translations[turn] is not None and not more:
                seen.silent += 1
                print(f"silent: {now.id}, turn {turn}: {text!r} became {now.translations[turn]!r}")
            seen.passed += now.id not in other.waiting
    return seen


def one_fault_at_a_time(folder: Path, engine: str) -> Iterator[Sequence[object]]:
    with SERVERS[engine]() as server:
        recipe = write_recipe(folder, engine, server)
        right = build(recipe, folder / "right", 1)
        for name, fault in faults(engine):
            root, begun = folder / "other", time.perf_counter()
            server.always(fault)
            other = build(recipe, root, 1)
            end = "built"
            if not other.drafts:
                server.calm()
                other = build(recipe, root, 1)
                end = "stopped, then built"
            seen = compared(right, other)
            shutil.rmtree(root)
            server.calm()
            yield (
                engine, name, end, seen.turns, seen.other_text, seen.untranslated,
                seen.other_text - seen.silent, seen.silent, seen.passed, seen.lost,
                f"{time.perf_counter() - begun:.0f}",
            )  # fmt: skip
        shutil.rmtree(folder / "right")


def everything_at_once(folder: Path, engine: str) -> dict[str, object]:
    """All conversations through a server of which a third of the replies is wrong in some way."""
    chooser = random.Random(3)
    kinds = [*map(reply, REPLIES[engine]), *TRANSPORT.values()]
    with SERVERS[engine]() as server:
        recipe = write_recipe(folder, engine, server)
        right = build(recipe, folder / "right", 2)
        asked = server.count(server.faulty_path)
        server.on_request = lambda request: (
            chooser.choice(kinds)
            if request.path.startswith(server.faulty_path) and chooser.random() < 1 / 3
            else None
        )
        other = build(recipe, folder / "other", 2)
        requests = server.count(server.faulty_path) - asked
        seen = compared(right, other)
        server.calm()
        shutil.rmtree(folder / "other" / "faults")
        later = compared(right, build(recipe, folder / "other", 2))
    return {
        "conversations": len(right.drafts),
        "turns": seen.turns,
        "requests without faults": asked,
        "requests with faults": requests,
        "turns with another text": seen.other_text,
        "of them untranslated": seen.untranslated,
        "of them with a finding more": seen.other_text - seen.untranslated - seen.silent,
        "silent": seen.silent,
        "published without a person": seen.passed,
        "lost or out of order": seen.lost,
        "untranslated when built again, without faults": later.untranslated,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the shared real data")
    parser.add_argument("--conversations", type=int, default=40, help="for each fault")
    parser.add_argument("--only", choices=("each", "mixed"), help="one of the two tables")
    parser.add_argument("--engine", choices=tuple(SERVERS), action="append", help="not both")
    options = parser.parse_args()
    os.environ |= {"OPENAI_API_KEY": "loopback", "DEEPL_AUTH_KEY": "loopback:fx"}
    console, engines = Console(width=150), options.engine or tuple(SERVERS)
    found = conversations(options.data)
    table = Table(title="One fault at a time")
    columns = ("engine", "fault", "build", "turns", "other text", "untranslated", "told", "silent")
    for column in (*columns, "published", "lost", "seconds"):
        text = column in ("engine", "fault", "build")
        table.add_column(column, justify="left" if text else "right")
    with tempfile.TemporaryDirectory() as name:
        for engine in engines if options.only != "mixed" else ():
            write_sources(Path(name), found, options.conversations)
            rows = one_fault_at_a_time(Path(name), engine)
            for row in track(rows, engine, len(list(faults(engine))), console=console):
                table.add_row(*map(str, row))
        console.print(table)
    for engine in engines if options.only != "each" else ():
        with tempfile.TemporaryDirectory() as name:
            write_sources(Path(name), found, None)
            console.print(f"\nA third of the replies wrong: {engine}")
            for key, value in everything_at_once(Path(name), engine).items():
                console.print(f"{key:<42} {value}", highlight=False)


if __name__ == "__main__":
    main()
