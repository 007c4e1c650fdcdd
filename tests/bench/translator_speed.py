"""Measures what translation costs besides the providers: the cache, and the translation memory.

Segments are lines of real English documentation. The peer of the fuzzy search is rapidfuzz over all
entries, which finds the same.

Example:
    python tests/bench/translator_speed.py --data ../shared/data > translator_speed.json
"""

import argparse
import io
import json
import platform
import random
import statistics
import tempfile
import time
from pathlib import Path

import zstandard
from fake_translation import FakeProvider, check
from rapidfuzz import process
from rapidfuzz.distance import Indel

from bllossom_data.progress import forget_peak_memory, peak_memory_bytes
from bllossom_data.translation.budget import Budget
from bllossom_data.translation.cache import Cache
from bllossom_data.translation.memory import Entry, Memory
from bllossom_data.translation.provider import Ask, Limits, Reply
from bllossom_data.translation.translator import Translator

LIMA_SEGMENTS = 25_000
LIMA_CHARACTERS_PER_SEGMENT = 115
QUERIES = 200


def lines(data, count):
    """Different lines of prose, a hundred characters long on average as in LIMA."""
    found = {}
    for path in sorted((data / "corpus" / "en").glob("*.jsonl.zst")):
        with path.open("rb") as compressed:
            stream = zstandard.ZstdDecompressor().stream_reader(compressed)
            for row in io.TextIOWrapper(stream, encoding="utf-8"):
                for line in json.loads(row)["text"].splitlines():
                    if 20 <= len(line) <= 400 and "⟦" not in line:
                        found.setdefault(line)
    texts = list(found)
    random.Random(0).shuffle(texts)
    return texts[:count]


def timed(action):
    begun = time.perf_counter()
    result = action()
    return time.perf_counter() - begun, result


class Instant(FakeProvider):
    """A provider that costs no time, so that what is left is the translator's own."""

    def translate(self, asks):
        return Reply(tuple(self._answer(ask, len(asks)) for ask in asks), self.most(asks))


def cached_run(texts, folder):
    asks = [Ask(f"s{number}", text, context=text[:40]) for number, text in enumerate(texts)]

    def run():
        cache = Cache(folder / "cache.sqlite")
        provider = Instant("instant", obeys=False, limits=Limits(20, 5_000))
        outcomes = Translator([provider], cache, Budget(), check, 8).translate(asks)
        cache.close()
        return outcomes

    first, _ = timed(run)
    forget_peak_memory()
    second, outcomes = timed(run)
    assert all(one.cached for one in outcomes)
    return {
        "segments": len(asks),
        "mean_characters": round(statistics.mean(map(len, texts)), 1),
        "seconds_first_run": round(first, 2),
        "seconds_all_cached": round(second, 2),
        "milliseconds_per_1000_cached": round(second / len(asks) * 1e6, 1),
        "peak_memory_mb": round(peak_memory_bytes() / 1e6, 1),
        "cache_mb": round((folder / "cache.sqlite").stat().st_size / 1e6, 1),
    }


def edited(text, rng):
    """A text with one word in twelve changed: mostly above the least similarity."""
    words = text.split()
    for _ in range(max(1, len(words) // 12)):
        words[rng.randrange(len(words))] = rng.choice(("another", "some", "small", "it"))
    return " ".join(words)


def fuzzy_search(texts, folder):
    memory = Memory(folder / f"memory-{len(texts)}.sqlite")
    seconds_add, _ = timed(
        lambda: memory.add(Entry(text, "번역", "human", "kim") for text in texts)
    )
    rng = random.Random(1)
    queries = [edited(text, rng) for text in rng.sample(texts, QUERIES)]
    seconds_first, _ = timed(lambda: memory.similar(queries[0]))
    times, found = [], []
    for query in queries:
        seconds, suggestions = timed(lambda query=query: memory.similar(query, limit=1_000))
        times.append(seconds * 1e3)
        found.append(len(suggestions))
    peer = queries[:20]
    general = [" ".join(text.split()) for text in texts]
    seconds_peer, hits = timed(
        lambda: [
            len(
                process.extract(
                    query,
                    general,
                    scorer=Indel.normalized_similarity,
                    score_cutoff=0.85,
                    limit=None,
                )
            )
            for query in peer
        ]
    )
    assert hits == found[:20]
    seconds_exact, _ = timed(lambda: memory.exact_many([(text, None) for text in texts[:10_000]]))
    return {
        "entries": len(texts),
        "seconds_to_add": round(seconds_add, 2),
        "seconds_first_query": round(seconds_first, 2),
        "milliseconds_median": round(statistics.median(times), 2),
        "milliseconds_95_percent": round(sorted(times)[int(0.95 * len(times))], 2),
        "milliseconds_median_peer": round(seconds_peer / len(peer) * 1e3, 2),
        "queries_with_a_suggestion": sum(map(bool, found)) / len(found),
        "microseconds_per_exact": round(seconds_exact / 10_000 * 1e6, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    texts = lines(parser.parse_args().data, 100_000)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        short = [text for text in texts if 40 <= len(text) <= 2 * LIMA_CHARACTERS_PER_SEGMENT]
        report = {
            "machine": platform.platform(),
            "cached": cached_run(short[:LIMA_SEGMENTS], folder),
            "fuzzy": [fuzzy_search(texts[:count], folder) for count in (10_000, 100_000)],
        }
    print(json.dumps(report, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
