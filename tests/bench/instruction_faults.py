"""Every fault of an engine on real conversations: what is detected, what is silent, what is lost.

python tests/bench/instruction_faults.py --data ../shared/data [--segments 240]

The real OpenAI client asks a server on the loopback that fails in one way at a time. A segment that
the fault really changed must end as untranslated, as the right text of a second try, or with a
finding that keeps it in the queue: another text that is taken without one is silent, also where
checks only say of it what they say of the right text. All conversations then go through one run in
which faults of every kind come at random, and must all come out again, in order, with their ids.
"""

import argparse
import os
import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from fakes.korean import MANGLERS
from fakes.loopback import Fault, broken, reply, slow, status
from fakes.openai_server import REPLY_FAULTS, OpenAIServer
from rich.console import Console
from rich.table import Table

from bllossom_data.examples import Example
from bllossom_data.instruction_recipe import InstructionSource
from bllossom_data.translation.budget import Budget
from bllossom_data.translation.cache import Cache
from bllossom_data.translation.openai_provider import OpenAIProvider
from bllossom_data.translation.provider import Ask, Limits
from bllossom_data.translation.translator import Check, Outcome, Translator
from pipelines.instruction_ingestion import read_examples
from pipelines.translating import AnswerCheck, SegmentedExample, questions, segment_example

# A reply in a fence, with more keys or without its usage is whole; the others are not.
HARMLESS = {"fenced", "extra_keys", "no_usage"}
TRANSPORT: dict[str, Fault] = {
    "429 too many requests": status(429, retry_after_ms=1),
    "500 internal error": status(500),
    "503 unavailable": status(503),
    "time-out": slow(1.0),
    "broken connection": broken(),
    "quota used up": status(429, "insufficient_quota"),
}
SPLITS = {"lima-train": "train", "lima-test": "test"}


def examples(data: Path) -> Iterator[Example]:
    for name, split in SPLITS.items():
        source = InstructionSource(name=name, path="-", split=split, license="restricted")
        found, refused = read_examples(source, data / "restricted" / name)
        assert not refused, refused[:3]
        yield from found


def segmented(found: list[Example]) -> list[SegmentedExample]:
    return [segment_example(one, with_glossary=False) for one in found]


def sampled(asks: list[Ask], count: int) -> list[Ask]:
    """Half of them with slots, because most faults of slots need one."""
    chooser = random.Random(11)
    with_slots = [ask for ask in asks if "⟦" in ask.text]
    without = [ask for ask in asks if "⟦" not in ask.text and len(ask.text) > 40]
    return chooser.sample(with_slots, count // 2) + chooser.sample(without, count // 2)


def run(
    server: OpenAIServer, asks: list[Ask], check: Check, folder: Path
) -> tuple[list[Outcome], str | None]:
    provider = OpenAIProvider(
        "fake-1",
        base_url=server.base_url,
        limits=Limits(8, 6_000),
        timeout_seconds=0.5,
        max_retries=1,
    )
    cache = Cache(folder / "cache.sqlite")
    translator = Translator([provider], cache, Budget(), check, concurrency=8)
    try:
        return translator.translate(asks), translator.stopped
    finally:
        cache.close()


def is_changed(kind: str, ask: Ask, server: OpenAIServer) -> bool:
    """Whether this fault makes another answer of this segment than the right one."""
    right = server.translate(ask.text)
    if kind in MANGLERS:
        return MANGLERS[kind](right) != right
    if kind == "echo":
        return ask.text != right
    return kind not in HARMLESS


def is_silent(ask: Ask, outcome: Outcome, server: OpenAIServer, check: Check) -> bool:
    """Whether a wrong text was taken and nothing is said of it that the right one is free of."""
    right = server.translate(ask.text)
    if outcome.text in (None, right):
        return False
    told = {(one.check, one.message) for one in outcome.findings}
    return told <= {(one.check, one.message) for one in check(ask, right)}


def one_fault_at_a_time(asks: list[Ask], check: Check) -> list[tuple[str, int, int, int, int, int]]:
    rows = []
    faults = {**{f"reply: {kind}": reply(kind) for kind in REPLY_FAULTS}, **TRANSPORT}
    for name, fault in faults.items():
        with OpenAIServer() as server, tempfile.TemporaryDirectory() as folder:
            server.always(fault)
            outcomes, _ = run(server, asks, check, Path(folder))
            assert [one.key for one in outcomes] == [ask.key for ask in asks]
            kind = name.removeprefix("reply: ")
            changed = [name in TRANSPORT or is_changed(kind, ask, server) for ask in asks]
            silent = sum(
                is_silent(ask, one, server, check) for ask, one in zip(asks, outcomes, strict=True)
            )
            spoilt = sum(
                not bad and one.text is None for bad, one in zip(changed, outcomes, strict=True)
            )
            found = sum(changed) - silent
            rows.append((name, len(asks), sum(changed), found, silent, spoilt))
    return rows


def everything_at_once(asks: list[Ask], check: Check) -> dict[str, object]:
    """All segments through a server of which a third of the replies is wrong in some way."""
    chooser = random.Random(3)
    kinds = [*(reply(kind) for kind in REPLY_FAULTS), *list(TRANSPORT.values())[:5]]
    with OpenAIServer() as server, tempfile.TemporaryDirectory() as folder:
        server.on_request = lambda request: (
            chooser.choice(kinds) if chooser.random() < 1 / 3 else None
        )
        outcomes, _ = run(server, asks, check, Path(folder))
        requests = server.count("/v1/chat/completions")
        server.calm()
        states = Counter(one.state for one in outcomes)
        wrong = sum(
            is_silent(ask, one, server, check) for ask, one in zip(asks, outcomes, strict=True)
        )
        kept = [one.key for one in outcomes] == [ask.key for ask in asks]
        again, _ = run(server, asks, check, Path(folder))
        same = sum(
            one.text == other.text
            for one, other in zip(outcomes, again, strict=True)
            if one.text is not None
        )
    return {
        "segments": len(asks),
        "requests": requests,
        **states,
        "all there and in order": kept,
        "another answer, without a finding": wrong,
        "the same in a second run": f"{same} of {states['translated']}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the shared real data")
    parser.add_argument("--segments", type=int, default=240, help="segments for each fault")
    options = parser.parse_args()
    os.environ["OPENAI_API_KEY"] = "loopback"
    found = list(examples(options.data))
    cut = segmented(found)
    asks, check = [ask for one in cut for ask in questions(one)], AnswerCheck(cut)
    console = Console(width=100)
    console.print(f"{len(found):,} conversations, {len(asks):,} segments", highlight=False)
    table = Table(title="One fault at a time")
    for column in ("fault", "segments", "changed", "detected", "silent", "good ones lost"):
        table.add_column(column, justify="left" if column == "fault" else "right")
    for row in one_fault_at_a_time(sampled(asks, options.segments), check):
        table.add_row(*map(str, row))
    console.print(table)
    for name, value in everything_at_once(asks, check).items():
        console.print(f"{name:<36} {value}", highlight=False)


if __name__ == "__main__":
    main()
