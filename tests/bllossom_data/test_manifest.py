import dataclasses
import json

import pytest

from bllossom_data.build import Step, StepResult, run_build
from bllossom_data.errors import BllossomError, StepError
from bllossom_data.manifest import (
    Manifest,
    ModelEntry,
    SourceEntry,
    StepEntry,
    installed_versions,
    list_outputs,
    package_versions,
    read_manifest,
    read_record,
    verify_manifest,
    write_manifest,
)


def manifest(**changes) -> Manifest:
    base = Manifest(
        name="toy",
        version="2026.11.0",
        license="cc-by-4.0",
        languages=("ko", "en"),
        sources=(
            SourceEntry("뉴스", "cc0-1.0", "https://example.com/a", "3fa", "00ff"),
            SourceEntry("wiki", "cc-by-sa-4.0", None, None, "11ff"),
        ),
        steps=(StepEntry("decide", 2, "ab" * 32, {"ko": {"min_words": 50, "off": None}}),),
        models=(ModelEntry("lid.176", "language identification", None, "cd" * 32),),
        counts={"decide": {"뉴스": {"kept": 7, "gopher_short_doc": 3}}},
        packages={"polars": "2.1.0"},
    )
    return dataclasses.replace(base, **changes)


@pytest.fixture
def final(tmp_path):
    folder = tmp_path / "final"
    (folder / "data").mkdir(parents=True)
    (folder / "data" / "train.parquet").write_bytes(b"PAR1 train")
    (folder / "README.md").write_text("# toy")
    (folder / "step.json").write_text("{}")
    (folder / "fingerprint.json").write_text("{}")
    write_manifest(folder, manifest())
    return folder


def test_a_manifest_reads_back_equal_with_every_file(final):
    read = read_manifest(final)
    assert [file.path for file in read.files] == ["README.md", "data/train.parquet"]
    assert read.files[1].size == 10
    assert dataclasses.replace(read, files=()) == manifest()
    assert verify_manifest(final) == []


def test_writing_it_again_gives_the_same_bytes(final):
    before = (final / "manifest.json").read_bytes()
    write_manifest(final, manifest())
    assert (final / "manifest.json").read_bytes() == before
    assert "뉴스" in before.decode(), "Korean stays readable"


def test_every_kind_of_disagreement_is_told(final):
    (final / "README.md").write_text("# TOY")
    (final / "data" / "train.parquet").write_bytes(b"PAR1")
    (final / "data" / "extra.parquet").write_bytes(b"")
    (final / ".gitattributes").write_text("*.parquet filter=lfs")
    assert verify_manifest(final) == [
        "README.md: other bytes than the manifest says (SHA-256 differs)",
        "data/train.parquet: 4 bytes, the manifest says 10",
        "data/extra.parquet: not in the manifest",
    ]
    (final / "README.md").unlink()
    assert verify_manifest(final)[0] == "README.md: missing"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda content: content.pop("license"), "license: Field required"),
        (lambda content: content.update(surprise=1), "surprise: Unexpected"),
        (lambda content: content.update(version=3), "version: Input should be a valid string"),
        (lambda content: content["files"][0].update(path="../../etc/passwd"), "leaves its folder"),
        (lambda content: content["files"][0].update(path="/etc/passwd"), "is not relative"),
    ],
)
def test_a_manifest_that_is_not_ours_is_refused_in_words(final, change, said):
    content = json.loads((final / "manifest.json").read_text())
    change(content)
    (final / "manifest.json").write_text(json.dumps(content))
    with pytest.raises(BllossomError, match=said):
        read_manifest(final)
    assert len(verify_manifest(final)) == 1


def test_no_manifest_and_half_a_manifest_are_problems(tmp_path, final):
    assert "No such file" in verify_manifest(tmp_path)[0]
    (final / "manifest.json").write_text('{"name": "to')
    assert "JSON" in verify_manifest(final)[0]


@pytest.mark.parametrize(
    "place", ["/home/me/corpus", "~/corpus", "file:///corpus", "C:\\corpus", "c:/corpus"]
)
def test_a_path_of_this_machine_is_never_published(final, place):
    before = (final / "manifest.json").read_bytes()
    source = SourceEntry("news", "cc0-1.0", place, None, "00ff")
    with pytest.raises(BllossomError, match=r"manifest\.sources\[0\]\.url"):
        write_manifest(final, manifest(sources=(source,)))
    step = StepEntry("ingest", 1, "ab", {"deep": [{"path": place}]})
    with pytest.raises(BllossomError, match=r"manifest\.steps\[0\]\.settings\.deep\[0\]\.path"):
        write_manifest(final, manifest(steps=(step,)))
    assert (final / "manifest.json").read_bytes() == before


@pytest.mark.parametrize("text", ["https://example.com/x", "/", "cc-by-4.0", "s3://bucket/x"])
def test_a_public_place_is_not_taken_for_a_path(final, text):
    write_manifest(final, manifest(sources=(SourceEntry("news", "cc0", text, None, "00ff"),)))


def test_outputs_leave_out_what_the_runner_keeps_for_itself(tmp_path):
    for name in (
        "b/2",
        "a",
        "step.json",
        "timings.json",
        "scratch/x",
        "half.1234.tmp",
        "b/step.json",
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(name)
    assert [file.path for file in list_outputs(tmp_path)] == ["a", "b/2", "b/step.json"]


def test_versions_of_what_is_installed():
    versions = package_versions(["pytest", "no-such-package-anywhere"])
    assert versions["pytest"] == pytest.__version__
    assert {"python", "numpy", "polars", "pyarrow", "xxhash"} <= versions.keys()
    assert "no-such-package-anywhere" not in versions


def test_versions_of_exactly_what_is_asked_for():
    assert installed_versions(["pytest", "no-such-package-anywhere"]) == {
        "pytest": pytest.__version__,
        "no-such-package-anywhere": None,
    }
    assert installed_versions([]) == {}


def test_a_record_reads_back_and_a_damaged_one_is_an_error_in_words(tmp_path):
    step = Step("count", 1, {"words": ["가", None]}, (), {}, lambda folder: StepResult({"n": 3}))
    folder = run_build([step], tmp_path, "toy", "2026.11.0-dev").folder / "count"
    assert read_record(folder).counts == {"n": 3}
    assert read_record(folder).settings == {"words": ["가", None]}
    (folder / "step.json").write_text('{"name": "count"}')
    with pytest.raises(StepError, match=r"step\.json: .*Field required; build the step again"):
        read_record(folder)
    (folder / "step.json").unlink()
    with pytest.raises(StepError, match="No such file"):
        read_record(folder)
