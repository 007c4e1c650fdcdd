"""Measures near-duplicate search on real data: what is found, what is not, and how fast.

Example:
    python tests/bench/near_duplicates.py --data ../shared/data > near_duplicates.json
"""

import argparse
import io
import json
import platform
import random
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import xxhash
import zstandard
from numba import njit

from bllossom_data.corpus.clusters import jaccard, pair_similarities, roots_of, unite_similar
from bllossom_data.corpus.minhash import (
    MinHashConfig,
    candidate_pairs,
    collision_probability,
    pair_blocks,
    sign,
)
from bllossom_data.corpus.shingles import shingle_sets

EDIT_RATES = (0.0, 0.02, 0.05, 0.10, 0.20, 0.30, 0.40)
THRESHOLDS = (0.3, 0.4, 0.5, 0.6, 0.7, 0.75, 0.8, 0.9)
PAGES_PER_CORPUS = 300
MIN_WORDS = 50
DOCUMENTS_AT_ONCE = 2_048


def read_corpus(file):
    with file.open("rb") as compressed:
        stream = zstandard.ZstdDecompressor().stream_reader(compressed)
        return [json.loads(line) for line in io.TextIOWrapper(stream, encoding="utf-8")]


def stored_sets(texts, config):
    """The shingle sets of all texts as the deduplicate step stores them."""
    hashes, offsets = shingle_sets(pa.array(texts), config.ngram_words)
    return (hashes >> np.uint64(32)).astype(np.uint32), offsets[:-1].copy(), np.diff(offsets)


def cluster(texts, config):
    """Root of every text, pairs that met in a band, and seconds spent looking for them."""
    store, starts, sizes = stored_sets(texts, config)
    signatures = sign(pa.array(texts), config)
    begun = time.perf_counter()
    bands = [
        candidate_pairs(signatures.keys[:, band].copy(), signatures.sizes, config.min_jaccard)
        for band in range(config.bands)
    ]
    parents = np.arange(len(texts), dtype=np.uint32)
    n_pairs = 0
    for block in pair_blocks(bands, 8_000_000):
        n_pairs += len(block)
        sizes32 = sizes.astype(np.uint32)
        unite_similar(block, store, starts, sizes32, config.min_jaccard, parents)
    return roots_of(parents), n_pairs, time.perf_counter() - begun


@njit
def similar_pairs(store, starts, sizes, order, threshold):
    """Every pair at or above the threshold, by comparing all that sizes do not rule out."""
    found = []
    for i in range(order.size):
        one = order[i]
        for j in range(i + 1, order.size):
            other = order[j]
            if sizes[one] < threshold * sizes[other]:
                break
            similarity = jaccard(
                store[starts[one] : starts[one] + sizes[one]],
                store[starts[other] : starts[other] + sizes[other]],
            )
            if similarity >= threshold:
                found.append((min(one, other), max(one, other), similarity))
    return found


def true_pairs(texts, config, threshold):
    store, starts, sizes = stored_sets(texts, config)
    order = np.argsort(sizes, kind="stable")
    order = order[sizes[order] > 0]
    found = similar_pairs(store, starts, sizes, order, threshold)
    return {(int(one), int(other)): similarity for one, other, similarity in found}


def pairs_within(roots):
    """All pairs of texts in one cluster."""
    members = {}
    for text, root in enumerate(roots.tolist()):
        members.setdefault(root, []).append(text)
    groups = (group for group in members.values() if len(group) > 1)
    return {(a, b) for group in groups for i, a in enumerate(group) for b in group[i + 1 :]}


def ratio(part, whole):
    return round(len(part) / len(whole), 4) if whole else None


def score(texts, config):
    """Precision and recall of 'same cluster' against 'Jaccard at or above the threshold'."""
    truth = set(true_pairs(texts, config, config.min_jaccard))
    roots, n_pairs, seconds = cluster(texts, config)
    together = pairs_within(roots)
    return {
        "documents": len(texts),
        "similar_pairs": len(truth),
        "clustered_pairs": len(together),
        "recall": ratio(truth & together, truth),
        "precision": ratio(truth & together, together),
        "candidate_pairs": n_pairs,
        "bucket_and_verify_seconds": round(seconds, 3),
    }


def measure_editions(data, config):
    chapters = read_corpus(data / "corpus/ko/rust-book-3-editions.jsonl.zst")
    editions = [chapter["id"].split("/")[1] for chapter in chapters]
    texts = [chapter["text"] for chapter in chapters]
    between = {}
    for (one, other), similarity in true_pairs(texts, config, 0.02).items():
        if editions[one] != editions[other]:
            between[one, other] = similarity
    together = pairs_within(cluster(texts, config)[0])
    best = max(between, key=between.get)
    return {
        "chapters": {edition: editions.count(edition) for edition in sorted(set(editions))},
        "pairs_of_different_editions_at_least": {
            str(t): sum(s >= t for s in between.values()) for t in (0.05, 0.1, 0.2, *THRESHOLDS)
        },
        "most_similar_pair": [chapters[i]["id"] for i in best] + [round(between[best], 3)],
        "clustered_pairs_of_different_editions": len(together & set(between)),
        "clustered_pairs_of_one_edition": len(together - set(between)),
    }


def measure_paraphrases(data, config):
    lines = (data / "labelled/paraKQC/data/paraKQC_v1.txt").read_text(encoding="utf-8")
    texts = [line.split("\t")[2] for line in lines.splitlines()]
    similar = true_pairs(texts, config, THRESHOLDS[0])
    together = pairs_within(cluster(texts, config)[0])
    equal = {pair for pair, similarity in similar.items() if similarity == 1}
    return {
        "sentences": len(texts),
        "pairs_at_least": {str(t): sum(s >= t for s in similar.values()) for t in THRESHOLDS},
        "pairs_equal_but_for_form": len(equal),
        "clustered_pairs": len(together),
        "clustered_paraphrases": [[texts[i] for i in pair] for pair in sorted(together - equal)],
    }


def measure_templates(data, config):
    result = {}
    for language in ("ko", "en"):
        pages = read_corpus(data / f"corpus/{language}/tldr.jsonl.zst")
        together = pairs_within(cluster([page["text"] for page in pages], config)[0])
        result[language] = {
            "pages": len(pages),
            "clustered_pairs": [
                [pages[i]["id"].split("/", 1)[1] for i in pair] for pair in sorted(together)
            ],
        }
    return result


def edited(words, rate, vocabulary, generator):
    """A copy with this share of the words replaced, deleted or followed by a new one."""
    result = []
    for word in words:
        if generator.random() >= rate:
            result.append(word)
            continue
        kind = generator.randrange(3)
        result += [[generator.choice(vocabulary)], [], [word, generator.choice(vocabulary)]][kind]
    return " ".join(result)


def measure_edits(data, config, pages_per_corpus):
    result = {}
    for name in ("ko/cpp-docs", "en/cpp-docs", "ko/vue-docs"):
        generator = random.Random(20261121)
        pages = [page["text"] for page in read_corpus(data / f"corpus/{name}.jsonl.zst")]
        pages = [page for page in pages if len(page.split()) >= MIN_WORDS]
        pages = generator.sample(pages, min(pages_per_corpus, len(pages)))
        vocabulary = [word for page in pages for word in page.split()]
        n = len(pages)
        for rate in EDIT_RATES:
            copies = [edited(page.split(), rate, vocabulary, generator) for page in pages]
            texts = pages + copies
            store, starts, sizes = stored_sets(texts, config)
            originals = np.arange(n)
            similarities = pair_similarities(
                originals, originals + n, store, starts, sizes.astype(np.uint32)
            )
            roots, _, _ = cluster(texts, config)
            result[f"{name} {rate:.0%}"] = {
                "pages": n,
                "mean_jaccard": round(float(similarities.mean()), 3),
                "similar_copies": round(float((similarities >= config.min_jaccard).mean()), 3),
                "clustered_copies": round(float((roots[:n] == roots[n:]).mean()), 3),
                **{k: v for k, v in score(texts, config).items() if k in {"recall", "precision"}},
            }
    return result


def measure_corpora(data, config):
    """Every page of real corpora against the truth found by comparing all pairs."""
    return {
        name: score([p["text"] for p in read_corpus(data / f"corpus/{name}.jsonl.zst")], config)
        for name in ("ko/cpp-docs", "ko/tldr", "en/tldr", "ko/vue-docs", "ko/fastapi-docs")
    }


def megabytes(texts):
    return sum(len(text.encode()) for text in texts) / 1e6


def measure_speed(data, config):
    result = {}
    for name in ("ko/cpp-docs", "ko/nsmc-reviews", "en/cpp-docs"):
        texts = [page["text"] for page in read_corpus(data / f"corpus/{name}.jsonl.zst")]
        array = pa.array(texts)
        starts = range(0, len(array), DOCUMENTS_AT_ONCE)
        sign(array[:DOCUMENTS_AT_ONCE], config)
        begun = time.process_time()
        for start in starts:
            shingle_sets(array[start : start + DOCUMENTS_AT_ONCE], config.ngram_words)
        shingles_done = time.process_time()
        for start in starts:
            sign(array[start : start + DOCUMENTS_AT_ONCE], config)
        both = time.process_time() - shingles_done
        result[name] = {
            "mb": round(megabytes(texts), 1),
            "shingles_mb_per_s": round(megabytes(texts) / (shingles_done - begun), 1),
            "shingles_and_signatures_mb_per_s": round(megabytes(texts) / both, 1),
        }
    result["buckets"] = measure_buckets(config)
    result["datatrove"] = measure_datatrove(data, config)
    return result


def measure_buckets(config, documents=2_000_000):
    """One band of synthetic keys, a fifth of them shared."""
    generator = np.random.default_rng(1)
    keys = generator.integers(0, 2**64, size=documents, dtype=np.uint64)
    shared = generator.integers(0, documents, size=documents // 5)
    keys[: len(shared)] = keys[shared]
    sizes = generator.integers(200, 800, size=documents).astype(np.uint32)
    begun = time.perf_counter()
    pairs = candidate_pairs(keys, sizes, config.min_jaccard)
    seconds = time.perf_counter() - begun
    return {
        "documents": documents,
        "pairs": len(pairs),
        "seconds_per_band": round(seconds, 2),
        "million_keys_per_s": round(documents / seconds / 1e6, 2),
    }


def measure_datatrove(data, config, mb=1.0):
    """Shingles and signatures of datatrove on the first pages of the same corpus."""
    from datatrove.pipeline.dedup import MinhashDedupSignature
    from datatrove.pipeline.dedup.minhash import MinhashConfig as DatatroveConfig
    from datatrove.utils.word_tokenizers import WordTokenizer
    from kiwipiepy import Kiwi

    class KiwiWords(WordTokenizer):
        def __init__(self):
            self.kiwi = Kiwi()

        def word_tokenize(self, text):
            return [token.form for token in self.kiwi.tokenize(text)]

        def sent_tokenize(self, text):
            raise NotImplementedError

        def span_tokenize(self, text):
            raise NotImplementedError

    class Eojeol(KiwiWords):
        def __init__(self):
            pass

        def word_tokenize(self, text):
            return text.split()

    texts = []
    for page in read_corpus(data / "corpus/ko/cpp-docs.jsonl.zst"):
        texts.append(page["text"])
        if megabytes(texts) >= mb:
            break
    settings = DatatroveConfig(
        n_grams=config.ngram_words,
        num_buckets=config.bands,
        hashes_per_bucket=config.rows_per_band,
    )
    result = {"mb": round(megabytes(texts), 2)}
    for name, words in (("kiwi", KiwiWords()), ("white space", Eojeol())):
        step = MinhashDedupSignature("/tmp/unused", settings, language=words)
        # datatrove 0.10.1 hands strings to xxhash, which version 4 of that refuses.
        step._hash_func = lambda words: xxhash.xxh64_intdigest(words.encode())
        step.get_signature(step.get_shingles(texts[0]))
        begun = time.process_time()
        for text in texts:
            shingles = step.get_shingles(text)
            if len(shingles):
                step.get_signature(shingles)
        result[f"{name}_mb_per_s"] = round(megabytes(texts) / (time.process_time() - begun), 2)
    array = pa.array(texts)
    sign(array, config)
    begun = time.process_time()
    for _ in range(5):
        sign(array, config)
    result["ours_mb_per_s"] = round(megabytes(texts) * 5 / (time.process_time() - begun), 2)
    return result


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of real public data")
    parser.add_argument("--pages", type=int, default=PAGES_PER_CORPUS, help="pages per corpus")
    for name, kind in (("ngram-words", int), ("bands", int), ("rows-per-band", int)):
        parser.add_argument(f"--{name}", type=kind, default=None)
    parser.add_argument("--min-jaccard", type=float, default=None)
    parser.add_argument("--only", help="one measurement, for example 'editions'")
    arguments = vars(parser.parse_args())
    data, pages, only = (arguments.pop(name) for name in ("data", "pages", "only"))
    config = MinHashConfig(**{k: v for k, v in arguments.items() if v is not None})
    measurements = {
        "editions": lambda: measure_editions(data, config),
        "paraphrases": lambda: measure_paraphrases(data, config),
        "templates": lambda: measure_templates(data, config),
        "edits": lambda: measure_edits(data, config, pages),
        "corpora": lambda: measure_corpora(data, config),
        "speed": lambda: measure_speed(data, config),
    }
    result = {
        "machine": platform.processor() or platform.machine(),
        "config": {name: getattr(config, name) for name in config.__slots__},
        "probability_of_meeting": {
            str(t): round(collision_probability(t, config), 4) for t in THRESHOLDS
        },
    }
    for name, measure in measurements.items():
        if only in (None, name):
            result[name] = measure()
    print(json.dumps(result, ensure_ascii=False, indent=1))


if __name__ == "__main__":
    main()
