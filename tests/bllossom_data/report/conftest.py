"""A made-up build that looks like a real one."""

import dataclasses
import random

import pytest

from bllossom_data.report.data import (
    Cluster,
    ClusterMember,
    ClusterSizeCount,
    Counts,
    EditCount,
    Failure,
    Histogram,
    Leak,
    MixShare,
    MixSource,
    MixSummary,
    ModelFile,
    Provenance,
    QuarantinedRow,
    ReasonCount,
    Report,
    SampledDocument,
    SourceSummary,
    StepSummary,
    Threshold,
)

KOREAN = (
    "이 함수는 지정된 범위의 요소를 오름차순으로 정렬합니다. 비교 함수를 넘기지 않으면 작다 연산자를 "
    "사용하므로, 사용자 정의 형식에는 연산자를 먼저 정의해야 합니다. ",
    "배우들의 연기는 좋았지만 이야기가 너무 느슨해서 두 시간이 길게 느껴졌다. 그래도 마지막 장면의 음악은 "
    "오래 기억에 남을 것 같다. ",
    "소유권은 러스트에서 가장 독특한 기능이며 가비지 컬렉터 없이도 메모리 안전을 보장하게 해 줍니다. "
    "각각의 값은 소유자라는 변수를 갖고 있고, 한 번에 단 하나의 소유자만 가질 수 있습니다.\n",
    "컴포넌트는 화면을 독립적이고 다시 쓸 수 있는 조각으로 나눕니다. 부모는 속성으로 값을 내려보내고 "
    "자식은 사건으로 대답합니다.\n",
)
ENGLISH = (
    "Sorts the elements of the range in ascending order. Where no predicate is given, elements are "
    "compared with the less-than operator, so a type of your own needs one. ",
    "A component is a piece of the page that stands on its own. Its parent hands values down, and "
    "it answers with events.\n",
    "It is a truth universally acknowledged, that a single man in possession of a good fortune, "
    "must be in want of a wife. ",
)
SPAM = (
    "조회 1,204 추천 3 댓글 0 | 이전글 | 다음글 | 목록\n공유하기 스크랩 신고 인쇄\n"
    "조회 1,204 추천 3 댓글 0 | 이전글 | 다음글 | 목록\n☞ 실시간 바로가기 ☜ 첫 가입 혜택 ▶▶▶\n",
    "최고최고최고최고 ㅋㅋㅋㅋㅋㅋㅋㅋ 꿀잼꿀잼꿀잼 ",
    "* 항목\n* 항목\n* 항목 ...\n* 더 보기 ...\n",
)
SOURCES = (
    ("cpp-docs-ko", "ko", 9_561, 56_210_331, "CC BY 4.0"),
    ("nsmc-reviews", "ko", 87_805, 19_021_870, "CC0 1.0"),
    ("rust-book-ko", "ko", 331, 4_120_113, "MIT OR Apache-2.0"),
    ("vue-docs-ko", "ko", 119, 1_320_440, "CC BY 4.0"),
    ("tldr-ko", "ko", 6_648, 3_307_121, "CC BY 4.0"),
    ("cpp-docs-en", "en", 9_746, 48_003_914, "CC BY 4.0"),
    ("tldr-en", "en", 6_648, 2_911_002, "CC BY 4.0"),
    ("fastapi-docs-en", "en", 155, 1_701_200, "MIT"),
)
KEPT_SHARES = {
    "ingest": 0.9994, "measure": 1.0, "decide": 0.58, "deduplicate": 0.84, "decontaminate": 0.998,
    "clean": 1.0, "mix": 0.83, "export": 1.0,
}  # fmt: skip
RULES = (
    ("dup_line_frac", 0.374, 0.055), ("dup_para_frac", 0.3, 0.012), ("top_2_gram", 0.282, 0.08),
    ("top_3_gram", 0.228, 0.03), ("duplicated_5_n_grams", 0.201, 0.06),
    ("duplicated_10_n_grams", 0.127, 0.02), ("line_punct_ratio", 0.062, 0.11),
    ("char_dup_ratio", 0.1, 0.04), ("list_ratio", 0.196, 0.022), ("gopher_short_doc", 50.0, 0.31),
    ("gopher_above_avg_threshold", 6.0, 0.008), ("gopher_enough_stop_words", 2.0, 0.05),
    ("spam_terms", 0.02, 0.006), ("board_chrome", 0.2, 0.003),
    ("mojibake", 0.01, 0.0008),
)  # fmt: skip


def demo_steps(chance: random.Random) -> tuple[StepSummary, ...]:
    alive = {name: (documents, size) for name, _, documents, size, _ in SOURCES}
    steps = []
    for number, (step, share) in enumerate(KEPT_SHARES.items()):
        by_source = {}
        for name, (documents, size) in alive.items():
            reach = min(0.12, 1 - share)
            wobble = chance.uniform(share - reach, share + reach)
            if step == "decide" and name == "nsmc-reviews":
                wobble = 0.21
            if step == "mix" and name in ("vue-docs-ko", "rust-book-ko"):
                wobble = 2.0
            after = (int(documents * wobble), int(size * wobble))
            by_source[name] = Counts(documents, size, *after)
            alive[name] = after
        memory = 400_000_000 + number * 91_000_000
        print_of_step = f"{chance.getrandbits(64):016x}"
        steps.append(StepSummary(step, by_source, 2.5 + 71 * (step == "measure") + number,
                                 memory, print_of_step))  # fmt: skip
    return tuple(steps)


def demo_histograms(chance: random.Random) -> tuple[Histogram, ...]:
    shown = []
    kinds = (
        ("dup_line_frac", "repetition", 1.0, (Threshold(0.374, "above", 0.055, "dup_line_frac"),)),
        ("top_2_gram_frac", "repetition", 0.8, (Threshold(0.282, "above", 0.08, "top_2_gram"),)),
        ("line_punct_frac", "lines", 1.0, (Threshold(0.062, "below", 0.11, "line_punct_ratio"),)),
        ("new_line_frac", "lines", 0.6, (Threshold(0.196, "above", 0.022, "list_ratio"),)),
        ("lid_score", "language", 1.0, (Threshold(0.842, "below", 0.034, "language_score"),)),
        ("n_words", "length", 1e5, (Threshold(50, "below", 0.31, "gopher_short_doc"),
                                    Threshold(2e5, "above", 0.0, "gopher_long_doc"))),
        ("hangul_ratio", "korean", 1.0, ()),
    )  # fmt: skip
    for signal, family, top, thresholds in kinds:
        for language in ("ko", "en"):
            bins = 40
            logarithmic = signal == "n_words"
            edges = [top ** (i / bins) if logarithmic else top * i / bins for i in range(bins + 1)]
            centre = chance.uniform(0.1, 0.3) if family != "language" else 0.96
            counts = [
                int(9000 * 2.718 ** (-abs(i / bins - centre) * 14) * chance.uniform(0.7, 1.2))
                for i in range(bins)
            ]
            shown.append(Histogram(
                signal, language, tuple(edges), tuple(counts), thresholds, family,
                "log" if logarithmic else "linear", 812 if family == "length" else 0,
                f"Share of {signal.replace('_', ' ')} in the document.", "문서에서 차지하는 비율",
            ))  # fmt: skip
    return tuple(shown)


def demo_document(chance: random.Random, number: int, rejected: bool) -> SampledDocument:
    name, language, *_ = chance.choice(SOURCES)
    seeds = SPAM if rejected and language == "ko" else KOREAN if language == "ko" else ENGLISH
    text = "".join(chance.choice(seeds) for _ in range(chance.randint(1, 9)))
    failures = tuple(
        Failure(reason, reason, threshold * (0.4 if reason in ("gopher_short_doc", "gopher_enough_stop_words") else 1.63), threshold,
                "below" if reason in ("gopher_short_doc", "gopher_enough_stop_words") else "above")
        for reason, threshold, _ in chance.sample(RULES, chance.randint(1, 4))
    ) if rejected else ()  # fmt: skip
    return SampledDocument(
        f"{chance.getrandbits(128):032x}", name, f"data/{name}.jsonl.zst", language, text,
        len(text) * (1 if number % 3 else 4), number * 4093, quality=None if rejected else 0.87,
        failures=failures,
    )  # fmt: skip


def demo_clusters() -> tuple[Cluster, ...]:
    first = KOREAN[2] + KOREAN[3] + KOREAN[0]
    second = first.replace("가장 독특한 기능이며", "가장 특별한 기능이고").replace(
        "변수를", "이름을"
    )
    third = KOREAN[2] + "이전 판의 설명입니다. " + KOREAN[3]

    def member(text: str, source: str, page: str, similarity: float | None) -> ClusterMember:
        return ClusterMember(page, source, f"{page}.md", text, len(text), similarity is None,
                             similarity)  # fmt: skip

    near = (
        member(first, "rust-book-ko", "3판/소유권", None),
        member(second, "rust-book-ko", "2판/소유권", 0.914),
        member(third, "rust-book-ko", "1판/소유권", 0.762),
    )
    exact = (
        member(ENGLISH[0] * 2, "cpp-docs-en", "sort", None),
        member(ENGLISH[0] * 2, "tldr-en", "sort", 1.0),
    )
    return (
        Cluster("7f3a90bb12cd", "near", 3, near),
        Cluster("02ce66aa9110", "exact", 14, exact),
    )


@pytest.fixture(scope="session")
def demo() -> Report:
    """A build of eight sources, with something in every section."""
    return demo_report()


@pytest.fixture(scope="session")
def smallest() -> Report:
    """A build of one source and one step: every list is empty."""
    step = StepSummary("ingest", {"only": Counts(3, 300, 3, 300)})
    source = SourceSummary("only", "ko", "CC0 1.0", "only.txt")
    provenance = Provenance("bllossom build tiny.toml")
    return Report(
        "tiny", "1.0.0-dev", "2026-01-01", "builds/tiny", ("ko",), (source,), (step,), provenance
    )


def demo_report() -> Report:
    chance = random.Random(7)
    steps = demo_steps(chance)
    reasons = [
        ReasonCount(rule, name, int(documents * share * chance.uniform(0.3, 1.6)),
                    int(documents * share * 0.25), int(size * share * 0.8))
        for rule, _, share in RULES for name, _, documents, size, _ in SOURCES
        if chance.random() > 0.15
    ]  # fmt: skip
    decided = steps[3].by_source
    mixed = steps[6].by_source
    shares = (
        MixShare("ko", 0.7, 0.641, 21_004_118, 21_004_118),
        MixShare("en", 0.3, 0.359, 14_420_331, 11_764_000),
    )
    kinds = (("phone", 412), ("email", 1_933), ("resident_number", 7), ("card", 3))
    lines = (("news_tail", 221), ("board_chrome", 1_804), ("whitespace", 40_112))

    def edits(found: tuple[tuple[str, int], ...]) -> tuple[EditCount, ...]:
        return tuple(EditCount(kind, name, count // (i + 2), count // (i + 1))
                     for kind, count in found
                     for i, (name, *_) in enumerate(SOURCES[:5]) if count // (i + 2))  # fmt: skip

    leaked = dataclasses.replace(
        demo_document(chance, 5, False), text=KOREAN[1] + KOREAN[2] + KOREAN[3]
    )
    return Report(
        name="bllossom-pretraining", version="2026.11.0", built_at="2026-11-21T10:55:00Z",
        pretty_name="Bllossom Korean-English Pretraining Corpus",
        generated_from="builds/bllossom-pretraining/2026.11.0", languages=("ko", "en"),
        sources=tuple(
            SourceSummary(name, language, licence, f"corpus/{language}/{name}.jsonl.zst",
                          f"{chance.getrandbits(48):012x}", f"https://github.com/example/{name}",
                          "jsonl", 1, size // 4)
            for name, language, _, size, licence in SOURCES),
        steps=steps, reasons=tuple(reasons), histograms=demo_histograms(chance),
        rejects=tuple(demo_document(chance, n, True) for n in range(40)),
        kept=tuple(demo_document(chance, n, False) for n in range(14)),
        clusters=demo_clusters(),
        cluster_sizes=(ClusterSizeCount(2, 2, 3_120, 6_240), ClusterSizeCount(3, 9, 611, 2_480),
                       ClusterSizeCount(10, None, 38, 1_911)),
        leaks=(Leak(leaked, "klue-nli", "dev/1204", 0.83, KOREAN[2]),),
        personal_data=edits(kinds), cleaning=edits(lines),
        mix=MixSummary("tokens", shares, tuple(
            MixSource(name, language, decided[name].documents_out, mixed[name].documents_out,
                      mixed[name].bytes_out, mixed[name].bytes_out // 4,
                      2.0 if name in ("vue-docs-ko", "rust-book-ko") else 1.0)
            for name, language, *_ in SOURCES), 40_000_000, 2.0, "bllossom-64k",
            "Korean holds 21.0 M tokens after 2 epochs; 28.0 M were asked for."),
        quarantine=(
            QuarantinedRow("nsmc-reviews", "ratings.jsonl.zst", 118_204_113, "not UTF-8",
                           "8112503\t아 더빙.. \x00\x1b진짜 짜증나네요"),
            QuarantinedRow("tldr-en", "tldr.jsonl.zst", 44_120, "no value in column text", '{"id": 4}'),
        ), quarantined=67,
        provenance=Provenance(
            "bllossom build data_cards/bllossom-pretraining.toml", '[dataset]\nname = "bllossom"\n',
            "data_cards/bllossom-pretraining.toml", "2 cores, 8 GB",
            (ModelFile("lid.176", "models/lid.176.ftz", "8f3472cf" * 8, "CC BY-SA 3.0"),),
            {"bllossom-data": "0.1.0", "polars": "2.0.1", "kiwipiepy": "0.24.1"}),
    )  # fmt: skip
