"""Manifests, recipes and prose of a dataset of each kind, to make cards from."""

from dataclasses import replace

from bllossom_data.instruction_recipe import InstructionRecipe
from bllossom_data.manifest import Manifest, ModelEntry, SourceEntry, StepEntry
from bllossom_data.preference_recipe import PreferenceRecipe
from bllossom_data.recipe import Recipe

PROSE = """# A test: corpus

From ${sources} sources.

## Limits

Small.

<!-- ko -->

# 시험 말뭉치

출처는 ${sources}곳입니다.

## 한계

작습니다.
"""
COMMAND = "bllossom build test.toml"
DATASET = {
    "name": "test",
    "version": "2026.11.0",
    "license": "cc-by-sa-4.0",
    "pretty_name": '시험: "a test" # 1',
    "languages": ("ko", "en"),
    "hub": "bllossom/test",
}
SOURCES = (
    SourceEntry("ko-web", "cc-by-sa-4.0", "https://example.org/ko", "2026-01", "0" * 64),
    SourceEntry("en-news", "cc0-1.0", None, None, "1" * 64),
)
FLOW = {
    "ingest": ((3_000, 4_000_001), (1_000, 1_000_002)),
    "decide": ((1_801, 1_900_003), (702, 900_004)),
    "deduplicate": ((1_603, 1_600_005), (604, 850_006)),
    "decontaminate": ((1_555, 1_555_007), (566, 800_008)),
    "clean": ((1_555, 1_554_009), (566, 799_010)),
    "mix": ((1_507, 1_234_567), (508, 765_433)),
    "export": ((1_507, 1_234_567), (508, 765_433)),
}
PRETRAINING = Manifest(
    name="test",
    version="2026.11.0",
    license="cc-by-sa-4.0",
    languages=("ko", "en"),
    sources=SOURCES,
    steps=(
        StepEntry("measure", 1, "a", {"words": "fast"}),
        StepEntry(
            "deduplicate",
            1,
            "b",
            {"bands": 16, "rows_per_band": 7, "ngram_words": 5, "min_jaccard": 0.8},
        ),
        StepEntry("decontaminate", 1, "c", {"ngram_tokens": 6, "min_overlap": 0.7}),
        StepEntry("clean", 1, "d", {"personal_data": True}),
        StepEntry("mix", 1, "e", {"unit": "bytes", "ratio": {"ko": 0.7, "en": 0.3}}),
    ),
    models=(ModelEntry("py3langid 0.4.0, Hangul checked", "language identification", None, None),),
    counts={
        "splits": {"train": {"documents": 1_900}, "validation": {"documents": 115}},
        **{
            step: {
                source.name: {"documents": documents, "bytes": size}
                for source, (documents, size) in zip(SOURCES, numbers, strict=True)
            }
            for step, numbers in FLOW.items()
        },
        "source_languages": {"ko-web": {"ko": 1_497, "en": 10}, "en-news": {"en": 508}},
        "source_bytes": {"ko-web": {"ko": 1_230_000, "en": 4_567}, "en-news": {"en": 765_433}},
        "removed": {
            "ko-web": {"gopher_short_doc": 1_111, "near_duplicate": 198, "contaminated": 48},
            "en-news": {"gopher_short_doc": 289, "exact_duplicate": 98, "contaminated": 38},
        },
        "personal_data": {"ko-web": {"email": 3, "phone": 1_219}, "en-news": {"email": 14}},
        "quarantined": {"ko-web": {"bad_json": 21}},
        "duplicates": {"all": {"clusters": 177, "exact": 98, "near": 198}},
        "evaluation_sets": {
            "klue": {"texts": 5_001, "too_short": 404, "unread_rows": 0, "contaminated": 86}
        },
        "mix_languages": {
            "en": {"bytes": 700_301, "available_bytes": 733_302},
            "ko": {"bytes": 1_100_303, "available_bytes": 1_400_304},
        },
    },
    packages={"python": "3.11.7", "bllossom-data": "0.1.0", "numpy": "2.4.6"},
)
INSTRUCTION = replace(
    PRETRAINING,
    steps=(
        StepEntry(
            "localise",
            1,
            "a",
            {
                "assistant_level": "합쇼체",
                "user_level": "해요체",
                "entities": True,
                "topics": True,
                "measures": True,
                "won_per_dollar": 1_401,
            },
        ),
    ),
    models=(),
    counts={
        "rows": {"bilingual": {"train": 202, "test": 62}, "ko": {"train": 101, "test": 31}},
        "sources": {
            "ko-web": {"read": 141, "published": 117},
            "en-news": {"read": 16, "published": 15},
        },
        "source_states": {
            "ko-web": {"approved": 90, "passed": 27, "removed": 5, "waiting": 19},
            "en-news": {"approved": 15, "waiting": 1},
        },
        "edits": {
            "entity": {"as_proposed": 44, "corrected": 33, "not_published": 8},
            "josa": {"as_proposed": 71},
        },
        "examples": {
            "states": {"approved": 105, "passed": 27, "removed": 5, "waiting": 20},
            "labels": {"simply_transferred": 93, "target_modified": 39},
            "engines": {"deepl": 1_201, "memory": 345, "untranslated": 12},
            "findings": {"numbers": 37, "speech_level": 24},
            "decisions": {"accept": 76, "correct": 29, "remove": 5},
            "reviewers": {"reviewer-1": 68, "reviewer-2": 42},
            "votes": {"accept+accept": 30, "accept+correct": 6, "correct+correct": 4},
        },
    },
)

PREFERENCE = replace(
    PRETRAINING,
    steps=(
        StepEntry(
            "collect",
            1,
            "a",
            {
                "sources": [
                    {"name": "ko-web", "reviewed": "lima-ko 2026.11.0"},
                    {"name": "en-news", "reviewed": None},
                ],
                "prefer": {"min_changed_ratio": 0.025},
            },
        ),
    ),
    models=(),
    counts={
        "rows": {"default": {"train": 1_203, "test": 77}},
        "origins": {"train": {"review": 1_101, "judgement": 102}, "test": {"review": 77}},
        "sources": {
            "ko-web": {"read": 1_950, "compared": 2_011, "preferences": 1_178, "quarantined": 0},
            "en-news": {"read": 345, "compared": 131, "preferences": 102, "quarantined": 14},
        },
        "without": {
            "ko-web": {"accepted as drafted": 711, "changed too little": 122},
            "en-news": {"tie": 19, "better answer not acceptable": 10},
        },
        "systems": {"person": {"deepl": 1_178}, "bllossom": {"unstated": 61, "other": 41}},
        "lengths": {
            "chosen": {"characters": 600_321, "longer": 801},
            "rejected": {"characters": 580_123, "longer": 466},
        },
        "preferences": {
            "people": {"person-1": 990, "person-2": 402},
            "votes": {"first+first": 60, "first+second": 12, "second+second": 31},
        },
    },
)


def pretraining_recipe(**dataset: object) -> Recipe:
    """The recipe of the corpus."""
    return Recipe.model_validate(
        {
            "dataset": {**DATASET, **dataset},
            "sources": [
                {"name": one.name, "path": "/x", "license": one.license} for one in SOURCES
            ],
        }
    )


def instruction_recipe(**dataset: object) -> InstructionRecipe:
    """The recipe of the instruction dataset."""
    return InstructionRecipe.model_validate(
        {
            "dataset": {**DATASET, "kind": "instruction", **dataset},
            "sources": [
                {"name": one.name, "path": "/x", "license": one.license} for one in SOURCES
            ],
        }
    )


def preference_recipe(**dataset: object) -> PreferenceRecipe:
    """The recipe of the preference data."""
    return PreferenceRecipe.model_validate(
        {
            "dataset": {**DATASET, "kind": "preference", **dataset},
            "sources": [
                {"name": one.name, "judgements": "/x", "license": one.license} for one in SOURCES
            ],
        }
    )
