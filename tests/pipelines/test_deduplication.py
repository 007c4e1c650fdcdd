"""Duplicates over folders of parts: who is dropped, for whom, however the corpus is cut."""

import random

import polars as pl
import pytest
import xxhash
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bllossom_data.corpus.minhash import MinHashConfig
from bllossom_data.errors import StepError
from pipelines.deduplication import find_duplicates, write_signatures, write_verdict_parts

CONFIG = MinHashConfig()
WORDS = [
    f"{stem}{end}" for stem in "가나다라마바사아자차카타파하" for end in ("을", "에서", "도", "")
]


def page(seed, n_words=120, edits=0):
    """A page of random words; `edits` of them replaced, which lowers the similarity."""
    generator = random.Random(seed)
    words = [generator.choice(WORDS) + generator.choice(WORDS) for _ in range(n_words)]
    for edit in range(edits):
        words[(edit * 37 + 5) % n_words] = f"바뀜{chr(0xAC00 + edit)}"
    return " ".join(words)


def document(text, source="web", kept=True, quality=0.5):
    identity = xxhash.xxh3_128_hexdigest(text.encode())
    return {"id": identity, "text": text, "source": source, "kept": kept, "quality": quality}


class Corpus:
    """Parts on disk, and what the functions made of them."""

    def __init__(self, folder, parts):
        self.folder = folder
        self.names = [f"{name}.parquet" for name in parts]
        for name, rows in zip(self.names, parts.values(), strict=True):
            schema = {"id": str, "text": str, "source": str, "kept": bool, "quality": pl.Float32}
            table = pl.DataFrame(rows, schema=schema)
            for step, columns in (
                ("ingest", ["id", "text", "source"]),
                ("decide", ["id", "kept", "quality"]),
            ):
                (folder / step).mkdir(parents=True, exist_ok=True)
                table.select(columns).write_parquet(folder / step / name)

    def files(self, step):
        return [self.folder / step / name for name in self.names]

    def sign(self, config=CONFIG):
        parts = (self.files("ingest"), self.files("decide"), self.files("signatures"))
        return [write_signatures(*files, config) for files in zip(*parts, strict=True)]

    def find(self, priorities=None, config=CONFIG, workers=1, order=None):
        files = [self.files(step) for step in ("signatures", "ingest", "decide")]
        if order:
            for each in files:
                order.shuffle(each)
        priorities = priorities or {"web": 1, "book": 2}
        clusters_file = self.folder / "clusters.parquet"
        self.counts = find_duplicates(
            *files, priorities, config, self.folder / "work", clusters_file, workers
        )
        self.kept = write_verdict_parts(self.files("decide"), clusters_file, self.folder / "out")
        self.clusters = pl.read_parquet(clusters_file)
        return self

    def verdicts(self):
        return pl.concat(pl.read_parquet(file) for file in self.files("out"))


@pytest.fixture
def build(tmp_path):
    def built(parts, **settings_of_find):
        corpus = Corpus(tmp_path, parts)
        corpus.sign()
        return corpus.find(**settings_of_find)

    return built


def test_exact_and_near_duplicates_are_dropped_for_their_survivor(build):
    original, near, other = (
        document(page(1), quality=0.9),
        document(page(1, edits=1)),
        document(page(2)),
    )
    corpus = build({"web.00000.00000": [near, original, other], "web.00000.00001": [original]})
    verdicts = corpus.verdicts()
    assert verdicts["kept"].to_list() == [False, True, True, False]
    assert verdicts["kind"].to_list() == ["near", None, None, "exact"]
    assert verdicts["cluster_size"].to_list() == [3, 3, 1, 3]
    assert verdicts["cluster"].to_list() == [0, 0, None, 0]
    assert verdicts["duplicate_of"].to_list() == [original["id"], None, None, original["id"]]
    # One changed word of 120 changes five of 116 shingles.
    similarities = verdicts["similarity"].to_list()
    assert similarities == [pytest.approx(111 / 121), None, None, 1.0]
    counts = corpus.counts
    assert (counts.documents, counts.exact, counts.near, counts.clusters) == (4, 1, 1, 1)
    assert corpus.kept == 2


def test_output_has_the_published_columns_and_no_unfinished_file(build, tmp_path):
    corpus = build({"web.00000.00000": [document(page(1)), document(page(1))]})
    assert dict(corpus.verdicts().schema) == {
        "id": pl.String,
        "kept": pl.Boolean,
        "cluster": pl.Int64,
        "cluster_size": pl.Int32,
        "duplicate_of": pl.String,
        "kind": pl.String,
        "similarity": pl.Float32,
    }
    assert corpus.clusters.drop("id", "duplicate_of").to_dicts() == [
        {
            "cluster": 0,
            "cluster_size": 2,
            "source": "web",
            "part": "web.00000.00000.parquet",
            "row": row,
            "kind": kind,
            "similarity": similarity,
            "survivor": survivor,
        }
        for row, kind, similarity, survivor in ((0, None, None, True), (1, "exact", 1.0, False))
    ]
    assert not list(tmp_path.rglob("*.tmp"))
    assert not list((tmp_path / "work").iterdir())


@pytest.mark.parametrize("edits", [0, 1])
def test_the_source_of_highest_priority_survives_whatever_its_quality(build, edits):
    corpus = build(
        {
            "book.00000.00000": [document(page(1), "book", quality=0.1)],
            "web.00000.00000": [document(page(1, edits=edits), "web", quality=0.9)],
        }
    )
    assert corpus.verdicts()["kept"].to_list() == [True, False]
    corpus.find(priorities={"web": 3, "book": 2})
    assert corpus.verdicts()["kept"].to_list() == [False, True]


def test_a_dropped_document_neither_survives_nor_drops_others(build):
    corpus = build(
        {"web.00000.00000": [document(page(1), kept=False, quality=1.0), document(page(1))]}
    )
    assert corpus.verdicts()["kept"].to_list() == [False, True]
    assert corpus.verdicts()["cluster_size"].to_list() == [0, 1]
    assert corpus.counts.documents == 1
    assert corpus.clusters.is_empty()


def test_similar_texts_below_the_threshold_both_stay(build):
    parts = {"web.00000.00000": [document(page(1)), document(page(1, edits=6))]}
    assert build(parts).verdicts()["kept"].to_list() == [True, True]


def test_short_repeats_meet_and_texts_without_words_do_not(build):
    texts = ["재미 있어요!", "재미 있어요", "재미 없어요", "!!!", "???", "★"]
    corpus = build({"web.00000.00000": [document(text) for text in texts]})
    assert corpus.verdicts()["kept"].sum() == 5
    assert corpus.clusters["row"].to_list() == [0, 1]


def test_nothing_to_do_gives_empty_tables(build):
    corpus = build({"web.00000.00000": [], "web.00000.00001": [document("글", kept=False)]})
    assert corpus.counts.documents == 0
    assert corpus.verdicts()["kept"].to_list() == [False]


def outcome(corpus):
    """What must not depend on cuts, order and workers."""
    members = corpus.clusters.select("cluster", "cluster_size", "id", "kind", "duplicate_of")
    columns = members.columns
    kept = corpus.verdicts().filter("kept")["id"].sort().to_list()
    return members.sort(columns).rows(), kept, corpus.counts


@settings(
    max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    choices=st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 4), st.sampled_from([0.1, 0.5, None])),
        min_size=1,
        max_size=24,
    ),
    cuts=st.lists(st.integers(0, 24), max_size=4),
    order=st.randoms(use_true_random=False),
    workers=st.integers(1, 3),
)
def test_clusters_depend_neither_on_cuts_nor_on_order_nor_on_workers(
    tmp_path_factory, choices, cuts, order, workers
):
    documents = [document(page(seed, edits=e), quality=q) for seed, e, q in choices]
    whole = Corpus(tmp_path_factory.mktemp("whole"), {"web.00000.00000": documents})
    edges = [0, *sorted(min(cut, len(documents)) for cut in cuts), len(documents)]
    pieces = {
        f"web.00000.{i:05d}": documents[edges[i] : edges[i + 1]] for i in range(len(edges) - 1)
    }
    cut = Corpus(tmp_path_factory.mktemp("cut"), pieces)
    assert sum(cut.sign()) == sum(whole.sign()) == len(documents)
    assert outcome(cut.find(order=order, workers=workers)) == outcome(whole.find())


def test_shuffled_documents_form_the_same_clusters_and_keep_the_same_texts(tmp_path_factory):
    documents = [document(page(i % 9, edits=i % 4)) for i in range(60)]
    outcomes = []
    for seed in range(3):
        random.Random(seed).shuffle(documents)
        parts = {f"web.{i:05d}.00000": documents[i::4] for i in range(4)}
        corpus = Corpus(tmp_path_factory.mktemp("shuffled"), parts)
        corpus.sign()
        outcomes.append(outcome(corpus.find()))
    assert outcomes[0] == outcomes[1] == outcomes[2]
    assert outcomes[0][2].near > 10


def test_a_template_used_often_costs_pairs_in_proportion(build):
    documents = [document(f"{page(1, n_words=300)} 꼬리{chr(0xAC00 + i)}") for i in range(800)]
    corpus = build({"web.00000.00000": documents})
    assert corpus.counts.near == 799
    assert corpus.counts.candidate_pairs <= 2 * 800 * CONFIG.bands
    assert corpus.counts.compared_pairs < 3 * 800


def test_a_signature_file_is_small_and_read_by_column(build, tmp_path):
    build({"web.00000.00000": [document(page(i)) for i in range(2000)]})
    size = (tmp_path / "signatures" / "web.00000.00000.parquet").stat().st_size
    assert size / 2000 <= 160


def test_every_part_gets_the_verdicts_of_its_own_rows(build):
    documents = [document(page(i % 5)) for i in range(40)]
    corpus = build({f"web.00000.{i:05d}": documents[i::4] for i in range(4)})
    assert corpus.verdicts()["id"].to_list() == [
        each["id"] for i in range(4) for each in documents[i::4]
    ]
    assert corpus.verdicts()["kept"].sum() == corpus.kept == 5


class TestFilesThatDoNotBelongTogether:
    @pytest.fixture
    def corpus(self, tmp_path):
        corpus = Corpus(tmp_path, {"web.00000.00000": [document(page(1)), document(page(1))]})
        corpus.sign()
        return corpus

    def test_signatures_of_other_settings_are_refused(self, corpus):
        with pytest.raises(StepError, match=r'"seed": 1.*"seed": 2'):
            corpus.find(config=MinHashConfig(seed=2))

    def test_another_threshold_needs_no_new_signatures(self, corpus):
        assert corpus.find(config=MinHashConfig(min_jaccard=0.9)).counts.exact == 1

    def test_a_source_without_priority_is_named(self, corpus):
        with pytest.raises(StepError, match=r"'web'.*wiki"):
            corpus.find(priorities={"wiki": 1})

    def test_decisions_that_changed_since_are_noticed(self, corpus):
        file = corpus.files("decide")[0]
        pl.read_parquet(file).with_columns(kept=pl.lit(False)).write_parquet(file)
        with pytest.raises(StepError, match="signs other rows"):
            corpus.find()

    def test_texts_that_changed_since_are_noticed(self, tmp_path):
        rows = [document(page(1)), document(page(1, edits=1))]
        corpus = Corpus(tmp_path, {"web.00000.00000": rows})
        corpus.sign()
        file = corpus.files("ingest")[0]
        pl.read_parquet(file).with_columns(text=pl.lit("다른 글")).write_parquet(file)
        with pytest.raises(StepError, match="not those that were signed"):
            corpus.find()

    def test_parts_of_different_length_are_refused(self, corpus):
        file = corpus.files("decide")[0]
        pl.read_parquet(file).head(1).write_parquet(file)
        with pytest.raises(StepError, match=r"has 2 rows but .* has 1"):
            corpus.sign()

    def test_a_damaged_part_is_named(self, corpus):
        corpus.files("ingest")[0].write_bytes(b"PAR1 damaged")
        with pytest.raises(StepError, match="cannot be read"):
            corpus.sign()

    def test_ids_that_are_no_hash_are_refused(self, corpus):
        file = corpus.files("ingest")[0]
        pl.read_parquet(file).with_columns(id=pl.lit("문서1")).write_parquet(file)
        with pytest.raises(StepError, match="not 32 hexadecimal digits"):
            corpus.sign()

    def test_a_missing_part_is_named(self, corpus):
        files = [corpus.files("signatures"), [], corpus.files("decide")]
        with pytest.raises(StepError, match="no ingest part"):
            find_duplicates(
                *files, {"web": 1}, CONFIG, corpus.folder / "work", corpus.folder / "c.parquet"
            )
