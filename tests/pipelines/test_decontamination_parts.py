"""Decontaminate parts: row-aligned, the same bytes every time, counted from what was written."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bllossom_data.corpus.decontamination import EvaluationItem, build_index
from bllossom_data.errors import StepError
from pipelines.decontamination import (
    DECONTAMINATE_SCHEMA,
    decontaminate_part,
    summarise_decontamination,
)
from pipelines.evaluation_sets import UnreadRow

ITEM = "재기발랄한 두 영웅에겐 두려움이 없었다."
OTHER = "계속 페달을 밟는 한 넘어질 염려는 없다."
CLEAN = "오늘 시장에서 감자와 양파를 사서 저녁으로 된장찌개를 끓여 먹었다."


@pytest.fixture
def index():
    return build_index(
        [
            EvaluationItem("nli", "n1", (ITEM,)),
            EvaluationItem("sts", "s1", (OTHER,)),
            EvaluationItem("sts", "s2", ("짧다",)),
        ]
    )


def write_part(path, texts, kept=None, **options):
    columns = {"id": [f"{row:032x}" for row in range(len(texts))]}
    if kept is None:
        columns["text"] = pa.array(texts, pa.string())
    else:
        columns["kept"] = kept
    path.parent.mkdir(exist_ok=True)
    pq.write_table(pa.table(columns), path, **options)
    return path


def test_contaminated_documents_are_dropped_with_set_item_and_overlap(tmp_path, index):
    texts = [CLEAN, f"{CLEAN} {ITEM}", OTHER, ITEM[:-8], None, ITEM]
    documents = write_part(tmp_path / "in.parquet", texts)
    kept = [True, True, True, True, True, False]
    verdicts = write_part(tmp_path / "verdicts.parquet", texts, kept)
    output = tmp_path / "out" / "part.parquet"
    assert decontaminate_part(documents, verdicts, output, index) == 2
    table = pq.read_table(output)
    assert table.schema.equals(DECONTAMINATE_SCHEMA)
    assert table["id"].to_pylist() == pq.read_table(documents)["id"].to_pylist()
    assert table["kept"].to_pylist() == [True, False, False, True, True, False]
    assert table["evaluation_set"].to_pylist() == [None, "nli", "sts", None, None, None]
    assert table["evaluation_item"].to_pylist() == [None, "n1", "s1", None, None, None]
    overlap = table["overlap"].to_pylist()
    assert overlap[:3] == [0.0, 1.0, 1.0]
    assert 0 < overlap[3] < 1
    assert overlap[4:] == [0.0, 0.0]
    assert list(output.parent.iterdir()) == [output]


def test_row_groups_and_batches_change_no_byte(tmp_path, index):
    texts = [ITEM if row % 7 == 0 else f"{CLEAN} {row}" for row in range(5_003)]
    outputs = []
    for name, options in (("a", {}), ("b", {"row_group_size": 100, "compression": "zstd"})):
        documents = write_part(tmp_path / f"{name}.parquet", texts, **options)
        output = tmp_path / f"{name}.out.parquet"
        assert decontaminate_part(documents, None, output, index) == 715
        outputs.append(pq.read_table(output))
        again = tmp_path / "again.parquet"
        decontaminate_part(documents, None, again, index)
        assert again.read_bytes() == output.read_bytes()
    assert outputs[0].equals(outputs[1])


def test_the_summary_counts_what_the_parts_say(tmp_path, index):
    outputs = []
    for name, texts in (("a", [ITEM, CLEAN, ITEM]), ("b", [OTHER]), ("c", [])):
        documents = write_part(tmp_path / name, texts)
        outputs.append(tmp_path / f"{name}.out")
        decontaminate_part(documents, None, outputs[-1], index)
    unread = [UnreadRow("sts", "x.jsonl", 3, "is not JSON")]
    summary = summarise_decontamination(outputs, index, unread)
    assert summary == summarise_decontamination(outputs[::-1], index, unread)
    assert summary == {
        "documents": 4,
        "kept": 1,
        "contaminated": 3,
        "evaluation_sets": {
            "nli": {
                "texts": 1,
                "too_short": 0,
                "unread_rows": 0,
                "contaminated": 2,
                "items": {"n1": 2},
            },
            "sts": {
                "texts": 1,
                "too_short": 1,
                "unread_rows": 1,
                "contaminated": 1,
                "items": {"s1": 1},
            },
        },
    }
    assert summarise_decontamination([], index)["contaminated"] == 0


def test_without_items_everything_that_was_kept_is_kept(tmp_path):
    documents = write_part(tmp_path / "in.parquet", [ITEM, CLEAN])
    verdicts = write_part(tmp_path / "verdicts.parquet", [ITEM, CLEAN], [True, False])
    output = tmp_path / "out.parquet"
    assert decontaminate_part(documents, verdicts, output, build_index([])) == 0
    assert pq.read_table(output)["kept"].to_pylist() == [True, False]


@pytest.mark.parametrize("n_verdicts", [1, 3])
def test_parts_of_other_documents_are_refused_and_nothing_is_left(tmp_path, index, n_verdicts):
    documents = write_part(tmp_path / "in.parquet", [ITEM, CLEAN])
    verdicts = write_part(tmp_path / "verdicts.parquet", [CLEAN] * n_verdicts, [True] * n_verdicts)
    with pytest.raises(StepError, match=r"verdicts\.parquet"):
        decontaminate_part(documents, verdicts, tmp_path / "out.parquet", index)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.parquet", "verdicts.parquet"]


def test_a_damaged_part_is_refused_by_name(tmp_path, index):
    documents = write_part(tmp_path / "in.parquet", [ITEM])
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(documents.read_bytes()[:-9])
    for arguments in ((broken, None), (documents, broken), (tmp_path / "absent.parquet", None)):
        with pytest.raises(StepError, match=r"broken|absent"):
            decontaminate_part(*arguments, tmp_path / "out.parquet", index)
    with pytest.raises(StepError, match="broken"):
        summarise_decontamination([broken], index)
