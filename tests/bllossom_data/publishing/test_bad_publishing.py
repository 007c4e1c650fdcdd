"""What may not be published or cannot be: a message that says what to do, and nothing half done."""

import re
from dataclasses import replace

import pytest
from click.testing import CliRunner
from fakes.hub_repositories import Repository
from fakes.loopback import status
from hub_units import REPOSITORY, TOKEN, bllossom, publish, rows, write_card, write_release

from bllossom_data.cli import main
from bllossom_data.manifest import read_manifest
from bllossom_data.publishing.drift import decisive_settings, setting_problems
from bllossom_data.publishing.licences import licence_problem
from bllossom_data.recipe_loading import load_recipe


def refused(environ, made, *more):
    done = bllossom(environ, "publish", made.recipe, "--root", made.root, *more)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    assert TOKEN not in done.stderr
    assert not made.recipe.with_suffix(".lock.toml").exists()
    return done.stderr


def edit(path, old, new):
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_every_problem_of_a_build_is_told_at_once(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(30)], source_license="cc-by-nc-4.0")
    edit(made.recipe, 'path = "."', 'path = "."\nformat = "aihub"')
    edit(made.final / "README.md", "license: cc-by-4.0\n", "")
    message = refused(environ, made)
    assert "source 'web' has format 'aihub': AI-Hub forbids to pass its data on" in message
    assert "source 'web' is under 'cc-by-nc-4.0', which forbids commercial use" in message
    assert re.search(r"README.md: [\d]+ bytes, the manifest says \d+", message)
    assert "its header has no license" in message
    assert hub.log == [], "the Hub was not even asked"


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("", "[decide]\nko = { min_words = 20 }\n", "decide.ko.min_words was not there and is 20"),
        ("", "[mix]\nseed = 7\n", "mix.seed was not there and is 7"),
        ('name = "web"\n', 'name = "page"\n', 'sources.web.name was "web" and is not there'),
        (
            'name = "web"\n',
            'name = "web"\npriority = 3\n',
            "sources.web.priority was not there and is 3",
        ),
        ('["ko", "en"]', '["ko"]', 'dataset.languages was ["ko","en"] and is ["ko"]'),
        ('"Tiny"', '"Tinier"', 'dataset.pretty_name was "Tiny" and is "Tinier"'),
    ],
)
def test_a_recipe_that_went_on_after_the_build_is_noticed(
    hub, environ, tmp_path, old, new, message
):
    made = write_release(tmp_path, [rows(3)])
    text = made.recipe.read_text(encoding="utf-8")
    assert old in text
    made.recipe.write_text(text.replace(old, new) if old else text + new, encoding="utf-8")
    told = refused(environ, made)
    assert f"{made.recipe}: {message} since {made.final} was built; take that back, or give" in told
    assert hub.log == []


def test_what_decides_nothing_and_where_a_machine_has_its_files_is_no_drift(tmp_path):
    made = write_release(tmp_path, [rows(3)])
    edit(made.recipe, 'path = "."', 'path = "/elsewhere"\nexpected_bytes = 10')
    manifest = read_manifest(made.final)
    recipe = load_recipe(made.recipe, {})
    assert setting_problems(recipe, made.recipe, manifest, made.final) == []
    assert "elsewhere" not in str(decisive_settings(recipe))


def test_another_version_is_told_before_everything_that_follows_from_it(tmp_path):
    made = write_release(tmp_path, [rows(3)])
    edit(made.recipe, '"2026.11.0"', '"2026.12.0"')
    (problem,) = setting_problems(
        load_recipe(made.recipe, {}), made.recipe, read_manifest(made.final), made.final
    )
    assert "dataset.version = '2026.12.0', but" in problem


def test_a_version_that_may_change_is_not_published(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)], version="2026.11.0-dev")
    assert "may still change; write a release such as '2026.11.0'" in refused(environ, made)


def test_what_is_not_built_is_not_published(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    (made.final / "manifest.json").unlink()
    assert "not built; run `bllossom build" in refused(environ, made)


def test_a_changed_shard_is_not_published(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    shard = made.final / "data" / "train-00000-of-00001.parquet"
    shard.write_bytes((made.final / "README.md").read_bytes())
    message = refused(environ, made)
    assert "train-00000-of-00001.parquet" in message
    assert hub.log == []


def test_examples_that_wait_for_review_are_not_published(hub, environ, tmp_path):
    import json

    made = write_release(tmp_path, [rows(3)])
    path = made.final / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["counts"]["examples"] = {"states": {"waiting": 2}}
    path.write_text(json.dumps(manifest))
    assert "2 examples wait for review; see them with `bllossom review show" in refused(
        environ, made
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("", "--repo = '': the name of a repository is owner/name"),
        ("tiny", "--repo = 'tiny': the name of a repository is owner/name"),
        ("a/b/c", "--repo = 'a/b/c': the name of a repository is owner/name"),
        ("bllossom/-tiny", "it neither begins nor ends with - or ."),
        ("bllossom/ti ny", "owner/name of letters a-z and A-Z, digits"),
        ("https://huggingface.co/datasets/a/b", "is an address; give owner/name, such as a/b"),
    ],
)
def test_a_wrong_name_of_a_repository_is_told_before_the_hub_is_asked(tmp_path, name, message):
    made = write_release(tmp_path, [rows(3)])
    done = CliRunner().invoke(
        main, ["publish", str(made.recipe), "--root", str(made.root), "--repo", name]
    )
    assert done.exit_code == 1
    assert message in done.output


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_a_missing_right_is_told_before_anything_is_sent(hub, environ, tmp_path, more):
    made = write_release(tmp_path, [rows(3)])
    message = refused(environ, made, "--repo", "stranger/tiny", *more)
    assert "you are signed in as tester and may write to tester, bllossom only" in message
    assert "give another repository with --repo" in message
    hub.token_role = "read"
    message = refused(environ, made, *more)
    assert "your token may only read; make one with the right `write`" in message
    assert hub.repositories == {}


def test_a_right_of_which_the_hub_did_not_tell_is_told_when_it_lacks(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    hub.token_role = "fineGrained"
    message = refused(environ, made, "--repo", "stranger/tiny")
    assert "stranger/tiny: to create it: your token may not write there" in message
    assert hub.repositories == {}


def test_no_login_and_no_network_are_told(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    without = {name: value for name, value in environ.items() if name != "HF_TOKEN"}
    assert "run `hf auth login` or set HF_TOKEN" in refused(without, made)
    away = {**environ, "HF_ENDPOINT": "http://127.0.0.1:9"}
    message = refused(away, made)
    assert "your login: the Hub at HF_ENDPOINT=http://127.0.0.1:9 cannot be reached" in message
    assert "your login: no answer of the Hub; attempt 2 of 5 in 1 s" in message


def test_what_the_hub_itself_says_is_passed_on(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    said = status(400, message="Invalid YAML in README.md: license is unknown")
    hub.on_request = lambda request: said if "/commit/" in request.path else None
    message = refused(environ, made)
    assert "the Hub answered 400: Invalid YAML in README.md: license is unknown" in message
    assert "nothing of this version was published" in message


def test_a_lock_file_or_a_manifest_of_something_else_is_told(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    lock = made.recipe.with_suffix(".lock.toml")
    lock.write_text("[[published]]\nversion = 1\n", encoding="utf-8")
    done = bllossom(environ, "publish", made.recipe, "--root", made.root)
    assert "cannot be read (0.version: Input should be a valid string)" in done.stderr
    lock.unlink()
    assert bllossom(environ, "publish", made.recipe, "--root", made.root).returncode == 0
    other = hub.commit(REPOSITORY, "x", {"manifest.json": b'{"a": 1}'})
    done = bllossom(environ, "pull", f"{REPOSITORY}@{other}")
    assert f"{REPOSITORY}@{other}: its manifest.json is none of ours (name: " in done.stderr


def test_a_card_without_prose_is_told_once(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    made.recipe.with_suffix(".md").unlink()
    message = refused(environ, made)
    assert message.count("\n  ") == 1
    assert "tiny.md: is missing; write what the dataset is for and its limits" in message


def test_a_card_that_is_no_text_is_told(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    (made.final / "README.md").write_bytes(b"\xff\xfe\x00")
    assert "README.md" in refused(environ, made)


@pytest.mark.parametrize("damage", ["other bytes", "not there"])
def test_a_comparison_with_a_damaged_file_names_it(environ, tmp_path, damage):
    whole = write_release(tmp_path / "a", [rows(3)]).final
    damaged = write_release(tmp_path / "b", [rows(4)]).final
    shard = damaged / "data" / "train-00000-of-00001.parquet"
    shard.unlink() if damage == "not there" else shard.write_bytes(b"PAR1 and no more")
    for versions in ((whole, damaged), (damaged, whole)):
        done = bllossom(environ, "diff", *versions)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
        assert f"{shard}: cannot be read as Parquet" in done.stderr


def test_a_hub_without_an_address_and_a_name_that_is_none_are_told_at_once(hub, environ):
    done = bllossom({**environ, "HF_ENDPOINT": "nonsense"}, "pull", f"{REPOSITORY}@v2026.11.0")
    assert "HF_ENDPOINT=nonsense: is no address of a Hub" in done.stderr
    assert "attempt" not in done.stderr
    done = bllossom(environ, "pull", "bl..x/tiny@v2026.11.0")
    assert "bl..x/tiny: the name of a repository is owner/name" in done.stderr


def test_another_dataset_of_the_same_version_is_named(hub, environ, tmp_path):
    assert publish(environ, write_release(tmp_path / "a", [rows(3)])).returncode == 0
    made = write_release(tmp_path / "b", [rows(3)])
    edit(made.recipe, 'name = "tiny"', 'name = "other"')
    final = made.root / "other" / "2026.11.0" / "final"
    final.parent.mkdir(parents=True)
    made.final.rename(final)
    settings = decisive_settings(load_recipe(made.recipe, {}))
    write_card(made.recipe, final, replace(read_manifest(final), name="other", recipe=settings))
    message = refused(environ, made)
    assert f"{REPOSITORY}: holds the dataset 'tiny', not 'other'" in message
    assert "--repo" in message


def test_a_comparison_with_nothing_is_told(environ, tmp_path):
    done = bllossom(environ, "diff", tmp_path, tmp_path / "nothing")
    assert done.returncode == 1
    assert f"{tmp_path}/nothing: is no folder; give one that was built or pulled" in done.stderr


def test_a_pull_replaces_a_version_and_nothing_of_anybodys_own(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    assert bllossom(environ, "publish", made.recipe, "--root", made.root).returncode == 0
    place = f"{REPOSITORY}@v2026.11.0"
    other = tmp_path / "webapp"
    (other / "src").mkdir(parents=True)
    (other / "src" / "code.js").write_text("1")
    (other / "manifest.json").write_text("{}")
    done = bllossom(environ, "pull", place, "--to", other)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False)
    assert "is no dataset that was pulled" in done.stderr
    copy = tmp_path / "copy"
    for _ in range(2):
        assert bllossom(environ, "pull", place, "--to", copy).returncode == 0
    (copy / "notes.txt").write_text("mine")
    done = bllossom(environ, "pull", place, "--to", copy)
    assert done.returncode == 1
    assert "has notes.txt" in done.stderr
    assert (copy / "notes.txt").read_text() == "mine"
    assert (other / "src" / "code.js").read_text() == "1"


def test_what_is_public_already_is_not_taken_for_private(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    hub.repositories[REPOSITORY] = Repository()
    before = hub.commit(REPOSITORY, "made by hand", {"notes.txt": b"x"})
    for more in ((), ("--dry-run",)):
        message = refused(environ, made, "--private", *more)
        assert "--private, but it is there and public" in message
    assert hub.repositories[REPOSITORY].branches["main"] == before


def test_data_that_no_version_lists_is_not_published_with_the_next_one(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    hub.repositories[REPOSITORY] = Repository()
    hub.commit(REPOSITORY, "made by hand", {"data/train-00000-of-00009.parquet": b"x"})
    message = refused(environ, made)
    assert "has data that no version lists" in message
    assert "data/train-00000-of-00009.parquet" in message


@pytest.mark.parametrize(
    ("source", "whole", "allowed"),
    [
        ("mit", "cc-by-4.0", True),
        ("cc0-1.0", "mit", True),
        ("cc-by-4.0", "cc0-1.0", False),
        ("cc-by-sa-4.0", "cc-by-4.0", False),
        ("cc-by-sa-4.0", "other", True),
        ("cc-by-nc-sa-4.0", "cc-by-nc-sa-4.0", True),
        ("cc-by-nc-4.0", "apache-2.0", False),
        ("cc-by-nd-4.0", "other", False),
        ("gpl-3.0 OR mit", "apache-2.0", True),
        ("gpl-3.0 AND mit", "apache-2.0", False),
        ("found on the web", "other", False),
    ],
)
def test_licences_go_together_or_not(source, whole, allowed):
    assert (licence_problem(source, whole) is None) == allowed
