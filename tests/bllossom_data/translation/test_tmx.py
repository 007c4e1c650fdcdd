"""A memory travels as TMX without loss, and a foreign file can do no harm."""

import os
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree

from bllossom_data.errors import BllossomError
from bllossom_data.translation.memory import Entry, Memory
from bllossom_data.translation.segments import slot
from bllossom_data.translation.tmx import export_tmx, import_tmx

HEAD = '<header creationtool="t" creationtoolversion="1" segtype="sentence" o-tmf="t" adminlang="en" srclang="en" datatype="plaintext"/>'


@pytest.fixture
def memory(tmp_path):
    made = Memory(tmp_path / "memory.sqlite")
    yield made
    made.close()


def tmx(*units, doctype="", head='<?xml version="1.0" encoding="UTF-8"?>\n'):
    body = "\n".join(units)
    return f'{head}{doctype}<tmx version="1.4">{HEAD}<body>\n{body}\n</body></tmx>'


def unit(english, korean, languages=("en", "ko"), attributes=""):
    versions = "".join(
        f'<tuv xml:lang="{language}"><seg>{text}</seg></tuv>'
        for language, text in zip(languages, (english, korean), strict=True)
    )
    return f"<tu {attributes}>{versions}</tu>"


def written(tmp_path, text, name="in.tmx", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text.encode(encoding))
    return path


CHARACTERS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="⟦⟧"), max_size=8)


@st.composite
def entries(draw):
    count = draw(st.integers(0, 3))
    marks = [slot(draw(st.integers(1, 5))) for _ in range(count)]
    texts = []
    for order in (marks, draw(st.permutations(marks))):
        pieces = [draw(CHARACTERS) for _ in range(count + 1)]
        inner = "".join(a + b for a, b in zip(pieces, [*order, ""], strict=True))
        texts.append(f"x{inner}")
    plain = st.text(st.characters(exclude_categories=("C",)), min_size=1, max_size=8)
    return Entry(
        *(unicodedata.normalize("NFC", text) for text in texts),
        origin=draw(st.sampled_from(["human", "review", "import"])),
        actor=draw(plain),
        created=draw(
            st.datetimes().map(
                lambda one: one.strftime("%Y").zfill(4) + one.strftime("-%m-%dT%H:%M:%SZ")
            )
        ),
        example=draw(st.just("") | plain),
        role=draw(st.sampled_from([None, "system", "user", "assistant"])),
    )


@settings(max_examples=100)
@given(st.lists(entries(), max_size=4))
def test_what_goes_out_comes_back(tmp_path_factory, made):
    folder = tmp_path_factory.mktemp("tmx")
    one, two = Memory(folder / "one"), Memory(folder / "two")
    added = one.add(made)
    assert export_tmx(one, folder / "out.tmx") == added
    imported = import_tmx(two, folder / "out.tmx")
    assert (imported.added, imported.known, imported.refused) == (added, 0, ())
    assert two.entries() == one.entries()
    assert two.digest() == one.digest()
    assert import_tmx(two, folder / "out.tmx").known == added


def test_slots_are_placeholders_in_the_file(memory, tmp_path):
    memory.add([Entry("Run ⟦1⟧ & <go>", "⟦1⟧ 실행\x07\r", "human", "kim", role="user")])
    export_tmx(memory, tmp_path / "out.tmx")
    root = etree.parse(str(tmp_path / "out.tmx")).getroot()
    assert (root.tag, root.get("version"), root.find("header").get("srclang")) == (
        "tmx",
        "1.4",
        "en",
    )
    english, korean = root.findall(".//seg")
    assert [one.get("x") for one in english] == ["1"]
    assert "".join(english.itertext()) == "Run  & <go>"
    assert [(one.get("type"), one.text) for one in korean[1:]] == [
        ("x-character", "0007"),
        ("x-character", "000D"),
    ]


@pytest.mark.parametrize(
    "languages", [("en", "ko"), ("EN-US", "KO-KR"), ("en_GB", "ko_KR"), ("En", "Ko")]
)
def test_variants_of_the_languages_are_understood(memory, tmp_path, languages):
    import_tmx(memory, written(tmp_path, tmx(unit("Hello", "안녕", languages))))
    assert [one.target for one in memory.entries()] == ["안녕"]


def test_files_of_other_programs_give_entries_with_an_origin(memory, tmp_path):
    text = tmx(
        unit("Hello", "안녕", attributes='creationid="LEE" creationdate="20240102T030405Z"'),
        unit("Bye", "잘 가", attributes='creationdate="soon"'),
        doctype='<!DOCTYPE tmx SYSTEM "tmx14.dtd">\n',
    )
    path = written(tmp_path, text, "old.tmx")
    assert import_tmx(memory, path).added == 2
    first, second = memory.entries()
    assert first == Entry("Hello", "안녕", "import", "LEE", "2024-01-02T03:04:05Z")
    assert (second.origin, second.actor) == ("import", "old.tmx")


def test_utf_16_is_read_too(memory, tmp_path):
    text = tmx(unit("Hello", "안녕"), head='<?xml version="1.0" encoding="UTF-16"?>\n')
    import_tmx(memory, written(tmp_path, text, encoding="utf-16"))
    assert memory.entries()[0].target == "안녕"


@pytest.mark.parametrize(
    ("english", "korean", "expected"),
    [
        ('<ph x="2">a</ph> b', 'ㄱ <ph x="2">a</ph>', ("⟦2⟧ b", "ㄱ ⟦2⟧")),
        ("<ph>a</ph> b", "ㄱ <ph>a</ph>", ("⟦1⟧ b", "ㄱ ⟦1⟧")),
        (
            '<bpt i="1">b</bpt>x<ept i="1">/b</ept>',
            '<bpt i="1">b</bpt>ㄱ<ept i="1">/b</ept>',
            ("⟦1⟧x⟦2⟧", "⟦1⟧ㄱ⟦2⟧"),
        ),
        ("<hi>bold</hi> b<!-- c -->d", "<hi>굵게</hi> ㄴ", ("bold bd", "굵게 ㄴ")),
        ("⟦1⟧ b", "ㄱ ⟦1⟧", ("⟦1⟧ b", "ㄱ ⟦1⟧")),
    ],
)
def test_inline_elements_become_slots(memory, tmp_path, english, korean, expected):
    imported = import_tmx(memory, written(tmp_path, tmx(unit(english, korean))))
    assert imported.refused == ()
    assert [(one.source, one.target) for one in memory.entries()] == [expected]


def test_bad_rows_are_reported_with_their_line_and_good_ones_kept(memory, tmp_path):
    text = tmx(
        unit("Hello", "안녕"),
        unit("Bonjour", "안녕", ("fr", "ko")),
        unit('Run <ph x="1"/>', "실행"),
        unit("Empty", " "),
        unit("Odd", '<ph type="x-character">D800</ph>'),
        unit("Role", "역할").replace("<tuv", '<prop type="x-role">robot</prop><tuv', 1),
        "<tu/>",
        unit("Bye", "잘 가"),
    )
    imported = import_tmx(memory, written(tmp_path, text))
    assert imported.added == 2
    assert [one.source for one in memory.entries()] == ["Hello", "Bye"]
    assert [one.line for one in imported.refused] == [4, 5, 6, 7, 8, 9]
    problems = [one.problem for one in imported.refused]
    assert "language en" in problems[0]
    assert "each must be in both" in problems[1]
    assert "empty" in problems[2]
    assert "surrogate" in problems[3]
    assert "'robot'" in problems[4]


def test_of_a_file_that_breaks_off_nothing_is_taken(memory, tmp_path):
    text = tmx(*(unit(f"Hello {number}", f"안녕 {number}") for number in range(1_200)))
    with pytest.raises(BllossomError, match=r"in\.tmx, line 1202: the XML is broken there"):
        import_tmx(memory, written(tmp_path, text[: text.index("Hello 1199")]))
    assert list(memory.entries()) == []


def test_no_entity_is_expanded_and_no_file_is_fetched(memory, tmp_path):
    secret = written(tmp_path, "SECRET", "secret.txt")
    doctype = (
        f'<!DOCTYPE tmx [<!ENTITY file SYSTEM "{secret.as_uri()}"><!ENTITY web SYSTEM "http://192.0.2.1/x">'
        '<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    )
    text = tmx(
        *(unit(f"E {name} &{name};", "가") for name in ("file", "web", "b")),
        unit("A &amp; B", "가 &lt; 나"),
        doctype=doctype,
    )
    imported = import_tmx(memory, written(tmp_path, text))
    assert [one.source for one in memory.entries()] == ["A & B"]
    assert len(imported.refused) == 3
    assert all("which is not expanded" in one.problem for one in imported.refused)
    assert "SECRET" not in repr(imported) + repr(memory.entries())


@pytest.mark.parametrize(
    "content", ["", "plain text", "<html/>", "<xliff><tu/></xliff>", '<tmx xmlns="urn:x"/>']
)
def test_what_is_not_tmx_is_refused(memory, tmp_path, content):
    with pytest.raises(BllossomError, match=r"in.tmx: is not TMX"):
        import_tmx(memory, written(tmp_path, content))


def test_only_plain_files_are_read(memory, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe", tmp_path / "absent.tmx"):
        with pytest.raises(BllossomError, match="is not a plain file"):
            import_tmx(memory, path)


def test_nothing_is_left_of_a_file_that_could_not_be_written(memory, tmp_path, monkeypatch):
    memory.add([Entry("Hi", "안녕", "human", "kim")])
    target = tmp_path / "out.tmx"
    target.write_text("before")
    monkeypatch.setattr("bllossom_data.translation.tmx._unit", lambda entry: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        export_tmx(memory, target)
    assert target.read_text() == "before"
    assert sorted(path.name for path in tmp_path.iterdir() if "out" in path.name) == ["out.tmx"]


def test_the_same_text_with_other_provenance_is_another_entry(memory, tmp_path):
    one = Entry("Hi", "안녕", "human", "kim", "2026-11-25T01:02:03Z")
    memory.add([one, replace(one, actor="lee")])
    export_tmx(memory, tmp_path / "out.tmx")
    other = Memory(tmp_path / "other")
    assert import_tmx(other, tmp_path / "out.tmx").added == 2
