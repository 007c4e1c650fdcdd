import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bllossom_data.errors import RecipeError
from bllossom_data.recipe import Recipe
from bllossom_data.recipe_loading import load_recipe
from bllossom_data.recipe_reference import recipe_keys

HEAD = """\
[dataset]
name = "toy"
version = "2026.11.0-dev"
license = "cc-by-4.0"
pretty_name = "장난감"
languages = ["ko", "en"]
"""
SOURCE = """
[[sources]]
name = "news"
path = "raw/news.jsonl"
license = "cc0-1.0"
"""
EVERYTHING = """\
[dataset]
name = "toy"
version = "2026.11.0"
license = "cc-by-4.0"
kind = "pretraining"
pretty_name = "장난감"
languages = ["ko", "en"]
hub = "bllossom/toy.v1"

[[sources]]
name = "news"
path = "${DATA}/news"
format = "aihub"
language = "ko"
license = "cc0-1.0"
url = "https://example.com"
revision = "2026-08-21"
text_columns = ["title", "body"]
markup = "markdown"
id_column = "번호"
priority = -3
weight = 2
expected_bytes = 22410000000

[[sources]]
name = "sample"
path = "sample:en-news"
license = "cc0-1.0"

[measure]
words = "exact"
[measure.language_model]
url = "https://example.com/lid.bin"
sha256 = "00000000000000000000000000000000000000000000000000000000000000ff"

[decide]
profile = "fineweb2"
[decide.ko]
min_words = 40
min_language_score = 0.8
max_top_2_gram_char_frac = "off"

[deduplicate]
ngram_words = 5
bands = 14
rows_per_band = 8
min_jaccard = 0.75
seed = 7

[[decontaminate.evaluation_sets]]
name = "klue"
path = "../klue"
fields = ["question", "context"]

[clean]
personal_data = false

[mix]
unit = "tokens"
tokenizer = "tokenizer.json"
ratio = {ko = 0.7, en = 0.3}
budget = 10_000_000
max_epochs = 4
seed = 3

[export]
shard_bytes = 1_000_000
validation_ratio = 0.01
"""


def load(folder: Path, text: str, **variables: str) -> Recipe:
    path = folder / "toy.toml"
    path.write_text(text, encoding="utf-8")
    return load_recipe(path, variables)


def refusal(folder: Path, text: str, **variables: str) -> str:
    with pytest.raises(RecipeError) as error:
        load(folder, text, **variables)
    return str(error.value)


def test_every_key_is_read(tmp_path):
    recipe = load(tmp_path, EVERYTHING, DATA="/corpora")
    assert recipe.dataset.version == "2026.11.0"
    news, sample = recipe.sources
    assert news.path == "/corpora/news"
    assert news.text_columns == ("title", "body")
    assert (news.weight, news.priority) == (2.0, -3)
    assert sample.path == "sample:en-news"
    assert sample.text_columns == ("text",)
    assert recipe.decide.ko == {
        "min_words": 40,
        "min_language_score": 0.8,
        "max_top_2_gram_char_frac": None,
    }
    assert recipe.decontaminate.evaluation_sets[0].path == str(tmp_path.parent / "klue")
    assert recipe.mix.tokenizer == str(tmp_path / "tokenizer.json")
    assert recipe.mix.ratio == {"ko": 0.7, "en": 0.3}
    assert recipe.measure.language_model.sha256.endswith("ff")


def test_a_small_recipe_has_the_defaults_that_its_keys_name(tmp_path):
    recipe = load(tmp_path, HEAD + SOURCE)
    assert recipe.sources[0].path == str(tmp_path / "raw" / "news.jsonl")
    assert recipe.measure.language_model is None
    assert recipe.mix.ratio == {}
    named = {key.path: key.default for key in recipe_keys()}
    for table in ("deduplicate", "mix", "export", "clean", "decide"):
        for key, value in getattr(recipe, table):
            shown = named[f"{table}.{key}"]
            assert (None if shown == "none" else json.loads(shown)) == value


def test_a_recipe_cannot_be_changed_after_it_was_checked(tmp_path):
    recipe = load(tmp_path, HEAD + SOURCE)
    with pytest.raises(ValueError, match="frozen"):
        recipe.dataset.name = "other"


# Mistakes


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("[measur]\nwords = 'fast'", "measur is not a key of a recipe; did you mean `measure`?"),
        (
            "[mix]\nratios = {ko = 1.0}",
            "mix.ratios is not a key of a recipe; did you mean `ratio`?",
        ),
        (
            "[measure.language_model]\npath = 'x'\nsha = 'x'",
            "measure.language_model.sha is not a key of a recipe; did you mean `sha256`?",
        ),
        (
            "[[decontaminate.evaluation_sets]]\nname = 'x'\npath = 'x'\nfield = ['a']",
            "decontaminate.evaluation_sets[0].field is not a key of a recipe; did you mean `fields`?",
        ),
        ("[clean]\nzzz = 1", "clean.zzz is not a key of a recipe. Allowed here: personal_data"),
        ("[mix]\nratios = {}", "Allowed here: unit, tokenizer, ratio, budget, max_epochs, seed"),
    ],
)
def test_an_unknown_key_gets_the_nearest_one_and_all_that_are_allowed(tmp_path, wrong, hint):
    assert hint in refusal(tmp_path, HEAD + SOURCE + wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("[measure]\nwords = 'slow'", "measure.words = \"slow\": must be 'fast' or 'exact'"),
        ("[mix]\nseed = '5'", 'mix.seed = "5": must be a valid integer'),
        ("[mix]\nseed = 5.0", "mix.seed = 5.0: must be a valid integer"),
        ("[mix]\nbudget = 0", "mix.budget = 0: must be greater than 0"),
        ("[mix]\nratio = {ko = 0.7, en = 0.2}", "must sum to 1, not 0.9"),
        (
            "[mix]\nratio = {ko = 1.7, en = -0.7}",
            "mix.ratio.en = -0.7: must be greater than or equal",
        ),
        ("[mix]\nratio = {ko = 0.7, ja = 0.3}", "mix.ratio.ja = \"ja\": must be 'ko' or 'en'"),
        ("[mix]\nunit = 'tokens'", 'mix.tokenizer = none: is required with `unit = "tokens"`'),
        ("[deduplicate]\nmin_jaccard = nan", "must be a finite number"),
        ("[deduplicate]\nmin_jaccard = 1.5", "must be less than or equal to 1"),
        ("[decide.ko]\nmin_words = 'none'", 'must be a finite number, or "off"'),
        ("[decide.ko]\nmin_words = true", 'must be a finite number, or "off"'),
        ("[decide.en]\nmin_words = inf", 'must be a finite number, or "off"'),
        ("[measure.language_model]", "give one of `path` and `url`"),
        ("[measure.language_model]\npath='x'\nurl='https://y'", "give one of `path` and `url`"),
        ("[measure.language_model]\nurl='https://x'", "sha256 = none: is required with `url`"),
        ("[measure.language_model]\nurl='https://x'\nsha256='abc'", "must be 64 digits 0-9a-f"),
        ("[clean]\npersonal_data = 1", "must be a valid boolean"),
        ("[export]\nvalidation_ratio = 1.0", "must be less than 1"),
    ],
)
def test_a_wrong_value_is_shown_with_what_is_allowed(tmp_path, wrong, said):
    assert said in refusal(tmp_path, HEAD + SOURCE + wrong)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("weight = 0", "sources[0].weight = 0: must be greater than 0"),
        ("text_columns = []", "sources[0].text_columns must not be empty"),
        ("text_columns = 'text'", 'sources[0].text_columns = "text": must be a valid tuple'),
        ("text_columns = ['a', 3]", "sources[0].text_columns[1] = 3: must be a valid string"),
        ("format = 'pdf'", "sources[0].format = \"pdf\": must be 'jsonl', 'parquet'"),
        ("language = 'kr'", "sources[0].language = \"kr\": must be 'ko' or 'en'"),
        ("url = 'y'", 'sources[0].url = "y": must be an address'),
    ],
)
def test_a_wrong_value_of_a_source_is_shown_with_its_number(tmp_path, wrong, said):
    assert said in refusal(tmp_path, HEAD + SOURCE + wrong)


@pytest.mark.parametrize(
    "version",
    ["2026.11", "2026.13.0", "2026.1.0", "26.11.0", "2026.11.0-rc1", "2026.11.01", "v1", ""],
)
def test_a_version_is_a_date_and_a_number(tmp_path, version):
    text = (HEAD + SOURCE).replace("2026.11.0-dev", version)
    assert "dataset.version" in refusal(tmp_path, text)


@pytest.mark.parametrize("version", ["2026.11.0", "2026.01.12", "2026.11.0-dev"])
def test_these_are_versions(tmp_path, version):
    text = (HEAD + SOURCE).replace("2026.11.0-dev", version)
    assert load(tmp_path, text).dataset.version == version


@pytest.mark.parametrize("name", ["", "Toy", "toy_1", "../toy", "장난감", "-toy", "toy\\n"])
def test_a_name_that_is_no_folder_is_refused(tmp_path, name):
    text = (HEAD + SOURCE).replace('name = "toy"', f'name = "{name}"')
    assert "dataset.name" in refusal(tmp_path, text)


def test_a_recipe_without_sources_is_refused(tmp_path):
    assert "sources is required" in refusal(tmp_path, HEAD)
    assert "sources must not be empty" in refusal(tmp_path, "sources = []\n" + HEAD)


def test_tables_that_disagree_are_told_at_the_line_that_disagrees(tmp_path):
    head = HEAD.replace('["ko", "en"]', '["ko"]')
    text = head + SOURCE + SOURCE + 'language = "en"\n[mix]\nratio = {ko = 0.5, en = 0.5}\n'
    message = refusal(tmp_path, text)
    assert 'line 14: sources[1].name = "news": another one has this name' in message
    assert 'line 17: sources[1].language = "en": not in dataset.languages' in message
    assert "line 19: mix.ratio.en: not in dataset.languages" in message


def test_all_mistakes_come_at_once_with_their_lines(tmp_path):
    text = """\
[dataset]
name = "Toy"
version = "1.0"
license = "cc-by-4.0"
languages = ["ko"]
titel = "x"

[[sources]]
name = "news"
path = "${NO_SUCH_VARIABLE}/news"

[[sources]]
name = "news"
path = "b"
license = "cc0"
priority = "high"

[dedupe]
bands = 3
"""
    message = refusal(tmp_path, text)
    first, *rest = message.splitlines()
    assert first == f"{tmp_path}/toy.toml: nothing was built, 9 mistakes in the recipe:"
    starts = [
        "  line 1: dataset.pretty_name is required",
        '  line 2: dataset.name = "Toy": must be small letters',
        '  line 3: dataset.version = "1.0": must be YEAR.MONTH.NUMBER',
        "  line 6: dataset.titel is not a key",
        "  line 8: sources[0].license is required",
        '  line 10: sources[0].path = "${NO_SUCH_VARIABLE}/news": ${NO_SUCH_VARIABLE} has no value',
        '  line 13: sources[1].name = "news": another one has this name',
        '  line 16: sources[1].priority = "high": must be a valid integer',
        "  line 18: dedupe is not a key",
    ]
    assert len(rest) == len(starts)
    assert all(line.startswith(start) for line, start in zip(rest, starts, strict=True))


# Paths


def test_variables_come_from_the_command_line_then_from_the_environment(tmp_path, monkeypatch):
    text = HEAD + SOURCE.replace("raw/", "${BLLOSSOM_TEST_ROOT}/${BLLOSSOM_TEST_PART}/")
    monkeypatch.setenv("BLLOSSOM_TEST_ROOT", "/environment")
    monkeypatch.setenv("BLLOSSOM_TEST_PART", "1")
    recipe = load(tmp_path, text, BLLOSSOM_TEST_ROOT="/command")
    assert recipe.sources[0].path == "/command/1/news.jsonl"


def test_what_a_command_gives_starts_where_it_runs_and_not_at_the_recipe(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "recipes"
    folder.mkdir()
    recipe = load(folder, HEAD + SOURCE.replace("raw/", "${PLACE}/"), PLACE="data")
    assert recipe.sources[0].path == str(tmp_path / "data" / "news.jsonl")
    assert load(folder, HEAD + SOURCE).sources[0].path == str(folder / "raw" / "news.jsonl")


def test_a_missing_variable_says_how_to_give_it(tmp_path):
    message = refusal(tmp_path, HEAD + SOURCE.replace("raw/", "${NO_SUCH_A}/${NO_SUCH_B}/"))
    for name in ("NO_SUCH_A", "NO_SUCH_B"):
        assert f"`--set {name}=VALUE` or the environment variable {name}" in message


@pytest.mark.parametrize("path", ["${}/x", "${1A}/x", "${A B}/x", "${EMPTY}", ""])
def test_a_path_that_is_none_is_refused(tmp_path, path):
    text = HEAD + SOURCE.replace("raw/news.jsonl", path)
    assert "sources[0].path" in refusal(tmp_path, text, EMPTY="")


def test_relative_paths_start_at_the_recipe_wherever_one_stands(tmp_path, monkeypatch):
    (tmp_path / "cards").mkdir()
    (tmp_path / "cards" / "toy.toml").write_text(HEAD + SOURCE.replace("raw/", "../raw/"))
    monkeypatch.chdir(tmp_path)
    recipe = load_recipe(Path("cards/toy.toml"), {})
    assert recipe.sources[0].path == str(tmp_path / "raw" / "news.jsonl")


def test_home_and_absolute_paths_are_kept(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", "/home/me")
    source = SOURCE.replace("raw/", "~/")
    assert load(tmp_path, HEAD + source).sources[0].path == "/home/me/news.jsonl"
    source = SOURCE.replace("raw/", "/raw/")
    assert load(tmp_path, HEAD + source).sources[0].path == "/raw/news.jsonl"


# Files


def test_a_file_that_is_no_recipe_is_an_error_in_words(tmp_path):
    with pytest.raises(RecipeError, match="cannot be read \\(No such file"):
        load_recipe(tmp_path / "nothing.toml", {})
    assert "at line 2, column 5" in refusal(tmp_path, "a = 1\nb = ]")
    (tmp_path / "cp949.toml").write_bytes('a = "한글"'.encode("cp949"))
    with pytest.raises(RecipeError, match="not TOML in UTF-8"):
        load_recipe(tmp_path / "cp949.toml", {})


def test_a_byte_order_mark_is_no_mistake(tmp_path):
    assert load(tmp_path, "\ufeff" + HEAD + SOURCE).dataset.name == "toy"


@settings(deadline=None)
@given(
    st.recursive(
        st.booleans() | st.integers(-9, 9) | st.text("ab${}/\\", max_size=6) | st.floats(),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    ["dataset", "sources", "mix", "ratio", "name", "languages", "ko", "x"]
                ),
                inner,
                max_size=4,
            )
        ),
        max_leaves=12,
    ).filter(lambda value: isinstance(value, dict))
)
def test_no_recipe_however_wrong_gives_a_traceback(tmp_path_factory, raw):
    def toml(value) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f"{key} = {toml(item)}" for key, item in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(toml, value)) + "]"
        if isinstance(value, bool):
            return str(value).lower()
        return f"'{value}'" if isinstance(value, str) else str(value)

    text = "".join(f"{key} = {toml(value)}\n" for key, value in raw.items())
    message = refusal(tmp_path_factory.mktemp("recipes"), text)
    assert "mistake" in message


# Documentation


def test_every_key_has_a_type_a_default_and_a_description():
    keys = {key.path: key for key in recipe_keys()}
    assert len(keys) == len(recipe_keys())
    for key in keys.values():
        assert key.type
        assert key.default
        assert key.description.endswith(".")
    assert keys["dataset.name"].default == "required"
    assert keys["sources[].weight"][:3] == ("sources[].weight", "number", "1.0")
    assert keys["sources[].text_columns"][1:3] == ("list of text", '["text"]')
    assert keys["measure.words"][1:3] == ('"fast" | "exact"', '"fast"')
    assert keys["measure.language_model.path"][1:3] == ("text", "none")
    assert keys["mix.ratio"].type == "table of number"
    assert keys["decide.ko"].type == "table of number or integer"


def test_the_recipe_with_every_key_really_has_every_key(tmp_path):
    recipe = load(tmp_path, EVERYTHING, DATA="/corpora")
    unused = {"measure.language_model.path", "decide.en"}

    def is_set(path: str) -> bool:
        value: object = recipe
        for part in path.replace("[]", ".0").split("."):
            if part == "0":
                value = value[0]
                continue
            if part not in value.model_fields_set:
                return False
            value = getattr(value, part)
        return True

    assert {key.path for key in recipe_keys() if not is_set(key.path)} == unused
