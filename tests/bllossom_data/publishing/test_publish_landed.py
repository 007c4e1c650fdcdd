"""What a publication finds on the Hub: its own commit is known by every byte, not by its title."""

from fakes.hub_repositories import Repository
from fakes.loopback import status
from hub_units import REPOSITORY, VERSION, bllossom, publish, rows, write_release

TAG = f"v{VERSION}"


def test_a_file_changed_by_hand_before_the_tag_does_not_come_under_it(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(30)])
    hub.on_request = lambda request: status(403) if "/tag/" in request.path else None
    assert publish(environ, made).returncode == 1
    hub.on_request = None
    repository = hub.repositories[REPOSITORY]
    (ours,) = repository.history()
    theirs = hub.commit(REPOSITORY, "Update README.md", {"README.md": b"# By hand\n"})
    done = publish(environ, made)
    assert done.returncode == 0, done.stderr
    assert repository.tags == {TAG: ours.oid}
    assert repository.branches["main"] == theirs
    pulled = bllossom(environ, "pull", f"{REPOSITORY}@{TAG}")
    assert pulled.returncode == 0, pulled.stderr


def test_a_tag_over_files_that_are_not_the_manifests_is_refused(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(30)])
    assert publish(environ, made).returncode == 0
    repository = hub.repositories[REPOSITORY]
    gone = ("data/train-00000-of-00001.parquet",)
    repository.tags[TAG] = hub.commit(REPOSITORY, "by hand", {}, gone)
    done = publish(environ, made)
    assert done.returncode == 1
    assert "is there with other content" in done.stderr


def test_a_shard_that_somebody_removed_is_uploaded_with_the_next_version(hub, environ, tmp_path):
    first, second = rows(30), rows(30, "둘째")
    assert publish(environ, write_release(tmp_path, [first, second])).returncode == 0
    shards = [f"data/train-{number:05d}-of-00002.parquet" for number in (0, 1)]
    kept = hub.content(REPOSITORY, TAG, shards[0])
    hub.commit(REPOSITORY, "by hand", {}, tuple(shards))
    made = write_release(tmp_path, [first, rows(31, "둘째")], version="2026.12.0")
    done = publish(environ, made)
    assert done.returncode == 0, done.stderr
    assert f"{shards[0]} was changed on the Hub by hand, and will not be kept so" in done.stdout
    assert hub.content(REPOSITORY, "v2026.12.0", shards[0]) == kept
    pulled = bllossom(environ, "pull", f"{REPOSITORY}@v2026.12.0", "--to", tmp_path / "copy")
    assert pulled.returncode == 0, pulled.stderr


def test_a_card_that_somebody_edited_is_told_and_replaced(hub, environ, tmp_path):
    assert publish(environ, write_release(tmp_path, [rows(30)])).returncode == 0
    hub.commit(REPOSITORY, "Update README.md", {"README.md": b"# By hand\n"})
    made = write_release(tmp_path, [rows(31)], version="2026.12.0")
    dry = publish(environ, made, "--dry-run")
    assert "README.md was changed on the Hub by hand, and will not be kept so" in dry.stdout
    assert "    -# By hand" in dry.stdout
    done = publish(environ, made)
    assert done.returncode == 0, done.stderr
    card = (made.final / "README.md").read_bytes()
    assert hub.content(REPOSITORY, "v2026.12.0", "README.md") == card


def test_a_manifest_that_somebody_edited_is_told(hub, environ, tmp_path):
    assert publish(environ, write_release(tmp_path, [rows(30)])).returncode == 0
    manifest = hub.content(REPOSITORY, TAG, "manifest.json")
    edited = manifest.replace(b'"tiny"', b'"tiny" ', 1)
    assert edited != manifest
    hub.commit(REPOSITORY, "Update manifest.json", {"manifest.json": edited})
    done = publish(environ, write_release(tmp_path, [rows(31)], version="2026.12.0"))
    assert done.returncode == 0, done.stderr
    assert "manifest.json was changed on the Hub by hand, and will not be kept so" in done.stdout


def test_an_earlier_version_does_not_replace_a_later_one(hub, environ, tmp_path):
    assert (
        publish(environ, write_release(tmp_path, [rows(30)], version="2026.12.0")).returncode == 0
    )
    commits = len(hub.repositories[REPOSITORY].history())
    done = publish(environ, write_release(tmp_path, [rows(31)], version="2026.11.9"))
    assert done.returncode == 1
    assert "holds version 2026.12.0, and 2026.11.9 is earlier" in done.stderr
    assert len(hub.repositories[REPOSITORY].history()) == commits


def test_a_name_without_an_owner_makes_no_repository_of_your_own(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    done = publish(environ, made, "--repo", "tiny")
    assert done.returncode == 1
    assert "--repo = 'tiny': the name of a repository is owner/name" in done.stderr
    assert hub.repositories == {}
    assert hub.log == []


def test_a_shard_that_somebody_changed_is_gone_where_the_next_version_has_fewer(
    hub, environ, tmp_path
):
    assert publish(environ, write_release(tmp_path, [rows(30), rows(3)])).returncode == 0
    shards = [f"data/train-{number:05d}-of-00002.parquet" for number in (0, 1)]
    hub.commit(REPOSITORY, "by hand", {shards[1]: hub.content(REPOSITORY, TAG, shards[0])})
    done = publish(environ, write_release(tmp_path, [rows(40)], version="2026.12.0"))
    assert done.returncode == 0, done.stderr
    files = hub.repositories[REPOSITORY].history()[0].files
    assert [path for path in files if path.endswith(".parquet")] == [
        "data/train-00000-of-00001.parquet"
    ]


def test_a_card_written_by_hand_is_replaced_only_where_that_is_asked(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    hub.repositories[REPOSITORY] = Repository()
    head = hub.commit(REPOSITORY, "Create README.md", {"README.md": b"# Somebody's own\n"})
    for more in ((), ("--dry-run",)):
        done = publish(environ, made, *more)
        assert done.returncode == 1
        assert f"{REPOSITORY}: has a README.md that no version brought" in done.stderr
        assert "--replace-card" in done.stderr
        assert hub.repositories[REPOSITORY].branches["main"] == head
    done = publish(environ, made, "--replace-card")
    assert done.returncode == 0, done.stderr
    assert "README.md was changed on the Hub by hand, and will not be kept so" in done.stdout
    card = (made.final / "README.md").read_bytes()
    assert hub.content(REPOSITORY, TAG, "README.md") == card
    assert publish(environ, made).returncode == 0
