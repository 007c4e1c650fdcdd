"""What a publication finds on the Hub: its own commit is known by every byte, not by its title."""

import pytest
from fakes.hub_server import HubServer
from fakes.loopback import status
from hub_units import REPOSITORY, VERSION, bllossom, environment, rows, write_release

TAG = f"v{VERSION}"


@pytest.fixture
def hub(tmp_path):
    with HubServer(tmp_path / "hub") as server:
        yield server


@pytest.fixture
def environ(hub, tmp_path):
    return environment(hub, tmp_path / "home")


def publish(environ, made, *more):
    return bllossom(environ, "publish", made.recipe, "--root", made.root, *more)


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


def test_a_name_without_an_owner_makes_no_repository_of_your_own(hub, environ, tmp_path):
    made = write_release(tmp_path, [rows(3)])
    done = publish(environ, made, "--repo", "tiny")
    assert done.returncode == 1
    assert "--repo tiny: the name of a repository is owner/name" in done.stderr
    assert hub.repositories == {}
    assert hub.log == []
