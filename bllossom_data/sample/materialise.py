"""Write the sample corpus as users would bring it, and say what a build should do with each row.

The masters in `documents/` are clean UTF-8. The raw inputs made from them are not: every source
has another format, some files have another encoding, and some rows are damaged on purpose.

source     raw input
ko-news    articles.jsonl.zst   id, title, text, url
ko-board   posts.csv            id, title, body, url; UTF-8 with a byte order mark, as Excel writes
ko-wiki    articles.parquet     id, url, title, text
ko-essay   <year>/<id>.txt      UTF-8, CP949, EUC-KR and UTF-16
ko-review  reviews.tsv          id, title, review; no quoting
ko-web     <id>.html            navigation, related links and footer around the text; one EUC-KR
ko-docs    <folder>/<id>.md     YAML front matter
en-news    articles.jsonl.gz    id, title, text, url
en-wiki    articles.parquet     id, url, title, text
en-web     pages.jsonl          id, title, text, url; broken rows among the others
en-forum   threads.jsonl        id, title, text, url
en-essay   <year>/<id>.txt      UTF-8, Windows-1252 and UTF-16

Beside the sources stands evaluation.jsonl (id, language, and question with answer, or text).
"""

import codecs
import csv
import gzip
import html
import io
import json
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, Literal, get_args

import pyarrow as pa
import pyarrow.parquet as pq

from bllossom_data.errors import StepError

__all__ = ["SOURCES", "Expectation", "Label", "labels", "write_sample"]

Expectation = Literal["keep", "clean", "drop", "duplicate", "contaminated", "quarantine"]

EXPECTATIONS: tuple[Expectation, ...] = get_args(Expectation)

_EVALUATION = "evaluation.jsonl"


@dataclass(frozen=True, slots=True)
class Label:
    """What a build should do with one raw record, and why.

    Attributes:
        key: the record's own id: its `id` column, or the stem of its file.
        source: source name.
        language: ISO 639-1 code of the text; "mul" for one in several.
        expect: "keep", it passes every rule and holds no personal data; "clean", it is kept and
            the personal data in it is masked; "drop", a rule drops it; "duplicate", it passes
            every rule and repeats `duplicate_of`; "contaminated", it passes every rule and holds
            an evaluation item; "quarantine", it cannot be read as a document.
        reasons: for "drop": at least one of these must be among the failed rules.
        duplicate_of: the record that this one was made from; either of the two may survive.
        personal_data: pieces to mask by kind, None when there are none.
        why: one sentence.
    """

    key: str
    source: str
    language: str
    expect: Expectation
    reasons: tuple[str, ...]
    duplicate_of: str | None
    personal_data: Mapping[str, int] | None
    why: str


@dataclass(frozen=True, slots=True)
class _Master:
    """One row of `documents/`."""

    label: Label
    title: str
    text: str
    damage: str | None
    encoding: str
    folder: str

    @property
    def url(self) -> str:
        return f"https://{self.label.source}.example/{self.label.key}"


def labels() -> list[Label]:
    """Every record's label, source by source, in the order of the raw inputs."""
    return [master.label for source in SOURCES for master in _masters(source)]


def write_sample(folder: Path) -> None:
    """Write the raw inputs, one folder per source, and the evaluation set.

    The same bytes every time; what else lies in `folder` stays.

    Args:
        folder: where to; made if it is not there.

    Raises:
        StepError: the folder cannot be written to.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _EVALUATION).write_bytes(files(__package__).joinpath(_EVALUATION).read_bytes())
        for source, write in _WRITERS.items():
            (folder / source).mkdir(exist_ok=True)
            write(folder / source, _masters(source))
    except OSError as error:
        raise StepError(
            f"{folder}: the sample cannot be written here ({error.strerror}); name another folder"
        ) from error


@cache
def _masters(source: str) -> tuple[_Master, ...]:
    text = files(__package__).joinpath("documents", f"{source}.jsonl").read_text("utf-8")
    return tuple(_master(json.loads(line)) for line in text.splitlines())


def _master(row: dict[str, Any]) -> _Master:
    label = Label(
        key=row["key"],
        source=row["source"],
        language=row["language"],
        expect=row["expect"],
        reasons=tuple(row["reasons"]),
        duplicate_of=row["duplicate_of"],
        personal_data=row["personal_data"],
        why=row["why"],
    )
    return _Master(
        label=label,
        title=row["title"],
        text=row["text"],
        damage=row["damage"],
        encoding=row.get("encoding", "utf-8"),
        folder=row.get("folder", ""),
    )


def _read_as_windows_1252(text: str) -> str:
    """UTF-8 shown as Windows-1252; bytes it leaves undefined become controls, as in browsers."""
    return "".join(
        bytes((byte,)).decode("cp1252" if byte not in b"\x81\x8d\x8f\x90\x9d" else "latin-1")
        for byte in text.encode("utf-8")
    )


_TEXT_DAMAGE: Mapping[str, Callable[[str], str]] = {
    "nfd": lambda text: unicodedata.normalize("NFD", text),
    "euc_kr_as_latin1": lambda text: text.encode("euc_kr").decode("latin-1"),
    "utf8_as_cp1252": _read_as_windows_1252,
    "cp949_as_utf8": lambda text: text.encode("cp949").decode("utf-8", errors="replace"),
}


def _raw_text(master: _Master) -> str:
    damage = _TEXT_DAMAGE.get(master.damage or "")
    return damage(master.text) if damage else master.text


def _raw_row(master: _Master, text_column: str = "text") -> dict[str, Any]:
    return {
        "id": master.label.key,
        "title": master.title,
        text_column: _raw_text(master),
        "url": master.url,
    }


def _json_line(master: _Master) -> bytes:
    row = _raw_row(master)
    if master.damage == "missing_text":
        del row["text"]
    elif master.damage == "wrong_type":
        row["text"] = [row["text"]]
    line = json.dumps(row, ensure_ascii=False)
    if master.damage == "not_an_object":
        line = json.dumps(master.text, ensure_ascii=False)
    elif master.damage == "bad_json":
        line = line[: len(line) // 2]
    return line.encode("latin-1" if master.damage == "invalid_utf8" else "utf-8") + b"\n"


def _json_lines(masters: tuple[_Master, ...]) -> bytes:
    return b"".join(map(_json_line, masters))


def _write_jsonl(folder: Path, masters: tuple[_Master, ...]) -> None:
    (folder / "threads.jsonl").write_bytes(_json_lines(masters))


def _write_jsonl_with_broken_rows(folder: Path, masters: tuple[_Master, ...]) -> None:
    (folder / "pages.jsonl").write_bytes(_json_lines(masters))


def _write_jsonl_gz(folder: Path, masters: tuple[_Master, ...]) -> None:
    packed = io.BytesIO()
    # No file name and no time in the header: the same bytes every day.
    with gzip.GzipFile(filename="", mode="wb", fileobj=packed, mtime=0) as archive:
        archive.write(_json_lines(masters))
    (folder / "articles.jsonl.gz").write_bytes(packed.getvalue())


def _write_jsonl_zst(folder: Path, masters: tuple[_Master, ...]) -> None:
    with pa.CompressedOutputStream(str(folder / "articles.jsonl.zst"), "zstd") as archive:
        archive.write(_json_lines(masters))


def _write_parquet(folder: Path, masters: tuple[_Master, ...]) -> None:
    table = pa.table(
        {
            "id": [master.label.key for master in masters],
            "url": [master.url for master in masters],
            "title": [master.title for master in masters],
            "text": [
                None if master.damage == "null_text" else _raw_text(master) for master in masters
            ],
        },
        schema=pa.schema([(name, pa.string()) for name in ("id", "url", "title", "text")]),
    )
    pq.write_table(table, folder / "articles.parquet", compression="zstd")


def _write_csv(folder: Path, masters: tuple[_Master, ...]) -> None:
    sheet = io.StringIO(newline="")
    writer = csv.DictWriter(sheet, ("id", "title", "body", "url"), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(_raw_row(master, "body") for master in masters)
    (folder / "posts.csv").write_bytes(sheet.getvalue().encode("utf-8-sig"))


def _write_tsv(folder: Path, masters: tuple[_Master, ...]) -> None:
    rows = [("id", "title", "review")]
    rows += [(master.label.key, master.title, _raw_text(master)) for master in masters]
    (folder / "reviews.tsv").write_bytes(
        "".join("\t".join(row) + "\n" for row in rows).encode("utf-8")
    )


def _write_text_tree(folder: Path, masters: tuple[_Master, ...]) -> None:
    for master in masters:
        text = _raw_text(master) + "\n" if master.text else ""
        _write_into(folder, master, ".txt", _encoded(text, master.encoding))


def _encoded(text: str, encoding: str) -> bytes:
    if encoding == "utf-16":
        # Python's own "utf-16" takes the byte order of the machine.
        return codecs.BOM_UTF16_LE + text.encode("utf-16-le")
    return text.encode(encoding)


def _write_markdown_tree(folder: Path, masters: tuple[_Master, ...]) -> None:
    for master in masters:
        title = json.dumps(master.title, ensure_ascii=False)
        page = f"---\ntitle: {title}\nsection: {master.folder}\n---\n\n{_raw_text(master)}\n"
        _write_into(folder, master, ".md", page.encode("utf-8"))


_PAGE = """<!DOCTYPE html>
<html lang="ko">
<head><meta charset="{encoding}"><title>{title} - 한들 이야기</title></head>
<body>
<header><nav><ul>
<li><a href="/">처음</a></li><li><a href="/food">음식</a></li><li><a href="/home">살림</a></li>
<li><a href="/history">역사</a></li><li><a href="/login">로그인</a></li>
</ul></nav></header>
<main><article>
<h1>{title}</h1>
{paragraphs}
</article></main>
<aside><h2>함께 보면 좋은 글</h2><ul>
<li><a href="/a">지난주 가장 많이 읽은 글</a></li><li><a href="/b">새로 올라온 글</a></li>
</ul></aside>
<footer><p><a href="/terms">이용 약관</a> | <a href="/privacy">개인정보 처리 방침</a> | 맨 위로</p>
<p>Copyright 한들 이야기. All rights reserved.</p></footer>
</body>
</html>
"""


def _write_html_pages(folder: Path, masters: tuple[_Master, ...]) -> None:
    for master in masters:
        page = _PAGE.format(
            encoding=master.encoding,
            title=html.escape(master.title),
            paragraphs="\n".join(
                f"<p>{html.escape(paragraph)}</p>" for paragraph in _raw_text(master).split("\n\n")
            ),
        )
        _write_into(folder, master, ".html", page.encode(master.encoding))


def _write_into(folder: Path, master: _Master, suffix: str, data: bytes) -> None:
    path = folder / master.folder / f"{master.label.key}{suffix}"
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(data)


_WRITERS: Mapping[str, Callable[[Path, tuple[_Master, ...]], None]] = {
    "ko-news": _write_jsonl_zst,
    "ko-board": _write_csv,
    "ko-wiki": _write_parquet,
    "ko-essay": _write_text_tree,
    "ko-review": _write_tsv,
    "ko-web": _write_html_pages,
    "ko-docs": _write_markdown_tree,
    "en-news": _write_jsonl_gz,
    "en-wiki": _write_parquet,
    "en-web": _write_jsonl_with_broken_rows,
    "en-forum": _write_jsonl,
    "en-essay": _write_text_tree,
}

SOURCES: tuple[str, ...] = tuple(_WRITERS)
"""Names of the sources, each a folder of the raw inputs, in the order of `labels`."""
