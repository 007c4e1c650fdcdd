import json

from pipelines.readers import SourceSpec, list_files, plan_chunks, read_chunks

PAGE = (
    "---\ntitle: 오류 C2513\nms.date: 11/04/2016\nid: other\n---\n\n# 오류 C2513\n\n설명입니다.\n"
)
RULE = "---\n\n가로줄로 시작하는 글입니다.\n"


def rows(tmp_path, markup):
    path = tmp_path / "pages.jsonl"
    lines = [{"id": "a", "text": PAGE}, {"id": "b", "text": RULE}, {"id": "c", "text": "글"}]
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines))
    spec = SourceSpec("pages", "mit", markup=markup)
    (group,) = plan_chunks(list_files(path))
    ((_, batch),) = read_chunks(group, lambda chunk: True, spec)
    return batch.rows


def test_front_matter_in_a_markdown_column_becomes_metadata(tmp_path):
    found = rows(tmp_path, "markdown")
    assert found["text"].to_list() == ["\n# 오류 C2513\n\n설명입니다.\n", RULE, "글"]
    assert found["source_id"].to_list() == ["a", "b", "c"]
    metadata = json.loads(found["metadata"][0])
    assert metadata["title"] == "오류 C2513"
    assert metadata["ms.date"] == "11/04/2016"


def test_a_plain_column_keeps_what_looks_like_front_matter(tmp_path):
    assert rows(tmp_path, "plain")["text"].to_list() == [PAGE, RULE, "글"]
