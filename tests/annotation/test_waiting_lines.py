"""Lines that come in are exactly what the pipelines write, or are told of and left out."""

import copy
import json
from dataclasses import fields

import pytest
from django.test import Client
from hand_made_drafts import ENTITY, draft, review
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from review_items import pair_line, waiting_line, write_lines

from annotation.exchange import waiting_files
from annotation.exchange.importing import import_file
from annotation.exchange.pair_files import parse_pair
from annotation.exchange.waiting_files import parse_waiting
from annotation.models import Item, Role
from bllossom_data.examples import Finding
from bllossom_data.strict_json import json_object
from pipelines import reviewing, suggestions
from pipelines.drafts import Draft

LEVELS = {"system": "합쇼체", "user": "해요체", "assistant": "합쇼체"}


def written_by_the_builder(tmp_path):
    """Drafts of every kind, as a build writes them."""
    finding = Finding("numbers", "warning", "수가 다릅니다.", 1, 0, 3)
    drafts = [
        draft("plain"),
        draft(
            "rich",
            edits=(ENTITY,),
            findings=(finding,),
            topics=(("topic-1", ("무엇을 볼까", "어떻게")),),
            category="stackexchange",
            split="test",
            risk=0.75,
        ),
        draft("untranslated", translations=("어디요?", None), risk=1.0),
    ]
    said = review(drafts[0], "retranslate", comment="어색함")
    changed = draft("plain", translations=("어디?", "산에 가 보시기 바랍니다."))
    decisions = [said, review(draft("rich"))]
    settled = reviewing.settle([changed, *drafts[1:]], decisions)
    known = suggestions.SuggestedText(1, "Try Mount Baker.", "베이커산에 가세요.", 0.8125, "x")
    path = tmp_path / "waiting.jsonl"
    assert reviewing.write_waiting(path, settled, LEVELS, {"rich": (known,)}) == 3
    return path


@pytest.mark.django_db
def test_what_the_builder_writes_comes_in_whole(make_project, tmp_path):
    path = written_by_the_builder(tmp_path)
    result = import_file(make_project(), path, None)
    assert result.problems == []
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert {line["void"] is None for line in lines} == {True, False}
    for line in lines:
        assert Item.objects.get(key=line["draft"]["id"]).payload == line


def test_the_page_knows_every_field_that_the_pipelines_write():
    for theirs, ours in (
        (Draft, waiting_files._Draft),
        (reviewing._Task, waiting_files._Line),
        (suggestions.SuggestedText, waiting_files._SuggestedText),
    ):
        assert {one.name for one in fields(theirs)} == {one.name for one in fields(ours)}


def changed(path, value, line=None):
    line = copy.deepcopy(waiting_line(0)) if line is None else line
    place = line
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    return line


EDIT = waiting_line(0)["draft"]["edits"][0]
WRONG = [
    (("draft", "edits", 0, "start"), "3", "draft.edits.0.start", '"3"'),
    (("draft", "edits", 0, "turn"), -1, "draft.edits.0.turn", "-1"),
    (("draft", "edits", 0, "turn"), 7, "draft.edits.0.turn", "7"),
    (("draft", "edits", 0, "end"), 10**30, "draft.edits.0", "10000000"),
    (("draft", "edits", 0, "start"), 4, "draft.edits", "스튜어트산"),
    (("draft", "edits", 0, "kind"), "joke", "draft.edits.0.kind", '"joke"'),
    (("draft", "edits", 0, "colour"), "red", "draft.edits.0.colour", "not known"),
    (("draft", "edits"), [EDIT, EDIT], "draft.edits", "overlaps"),
    (("draft", "edits"), None, "draft.edits", "null"),
    (("draft", "messages", 0, "name"), "x", "draft.messages.0.name", "not known"),
    (("draft", "messages", 0, "role"), "tool", "draft.messages.0.role", '"tool"'),
    (("draft", "messages", 0, "content"), 5, "draft.messages.0.content", "5"),
    (("draft", "translations"), ["하나"], "draft.translations", "every message"),
    (("draft", "risk"), "0.5", "draft.risk", '"0.5"'),
    (("draft", "risk"), True, "draft.risk", "true"),
    (("draft", "risk"), None, "draft.risk", "null"),
    (("draft", "id"), "", "draft.id", "200"),
    (("draft", "id"), "가" * 201, "draft.id", "200"),
    (("draft", "id"), 12, "draft.id", "12"),
    (("draft", "label"), "nice", "draft.label", '"nice"'),
    (("draft", "split"), "dev", "draft.split", '"dev"'),
    (("draft", "topics"), [["t", "check"]], "draft.topics.0.1", '"check"'),
    (("draft", "colour"), 1, "draft.colour", "not known"),
    (("levels",), [], "levels", "[]"),
    (("levels",), {"assistant": "존댓말"}, "levels.assistant", '"존댓말"'),
    (("levels",), {"robot": "합쇼체"}, "levels.robot", '"robot"'),
    (("similar",), 5, "similar", "5"),
    (("similar",), [5], "similar.0", "5"),
    (("suggestions",), [{"turn": 0}], "suggestions.0.source", "missing"),
    (("draft_sha256",), "0" * 64, "draft_sha256", "not that of the draft"),
    (("draft_sha256",), "x" * 900, "draft_sha256", "not that of the draft"),
    (("earlier",), {"decision": "accept"}, "earlier", "missing"),
    (("korean",), "글", "korean", '"글"'),
    (("notes",), "x", "notes", "not known"),
]


@pytest.mark.parametrize(("path", "value", "field", "told"), WRONG)
def test_a_wrong_field_is_told_with_its_value(path, value, field, told):
    with pytest.raises(ValueError, match=field.split(".")[0]) as caught:
        parse_waiting(json.dumps(changed(path, value), ensure_ascii=False))
    said = str(caught.value)
    assert said.startswith(field), said
    assert told in said
    assert len(said) < 300


@pytest.mark.parametrize("risk", ["NaN", "Infinity", "-Infinity", "1e999"])
@pytest.mark.django_db
def test_a_risk_that_is_no_number_is_told_of_and_the_good_lines_are_kept(
    make_project, tmp_path, risk
):
    path = tmp_path / "waiting.jsonl"
    write_lines(path, [waiting_line(0), waiting_line(1)])
    wrong = json.dumps(waiting_line(2)).replace('"risk": 0.998', f'"risk": {risk}')
    path.write_text(path.read_text(encoding="utf-8") + wrong + "\n", encoding="utf-8")
    result = import_file(make_project(), path, None)
    assert result.new == 2
    (problem,) = result.problems
    assert problem.startswith(f"{path}, line 3: ")
    assert "bring it in once more" in problem


@pytest.mark.django_db
def test_half_a_character_is_told_of(make_project, tmp_path):
    path = tmp_path / "waiting.jsonl"
    line = changed(("draft", "source"), "\ud800")
    path.write_text(json.dumps(line) + "\n", encoding="utf-8")
    assert len(import_file(make_project(), path, None).problems) == 1


@pytest.mark.parametrize("text", ["\\u0000", "C:\\\\u0000", "\\\\u0000 \\u0041"])
def test_a_backslash_before_u0000_is_text(text):
    line = json.dumps({"a": text}).encode()
    assert json.loads(json_object(line)) == {"a": text}


@pytest.mark.parametrize("line", [{"a": "\x00"}, {"a": [{"b": "x\x00"}]}, {"\x00": 1}])
def test_a_nul_is_refused_wherever_it_is(line):
    with pytest.raises(ValueError, match="NUL"):
        json_object(json.dumps(line).encode())


def test_other_fields_of_a_pair_are_left_out_and_wrong_ones_told():
    assert "colour" not in parse_pair(json.dumps({**pair_line(0), "colour": 1})).payload
    for wrong, told in (({"first": {"text": 5, "system": "x"}}, "first.text"), ({"id": 7}, "id")):
        with pytest.raises(ValueError, match=told):
            parse_pair(json.dumps({**pair_line(0), **wrong}))


def places(value, path=()):
    """Every place of a line."""
    if path:
        yield path
    if isinstance(value, dict):
        for name in value:
            yield from places(value[name], (*path, name))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from places(one, (*path, number))


WHOLE = {
    **waiting_line(0),
    "similar": ["demo-1"],
    "levels": LEVELS,
    "suggestions": [{"turn": 1, "source": "a", "target": "나", "ratio": 0.9, "example": ""}],
}
ODD = st.sampled_from(
    ["", "3", 5, -1, 10**25, 1e308, True, None, [], {}, [[]], ["x"], {"x": 1}, "합쇼체", [1, 2]]
)


@pytest.mark.django_db
@settings(
    max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sampled_from(sorted(places(WHOLE), key=str)), ODD)
def test_whatever_comes_in_can_be_shown(make_project, make_person, path, value):
    """A line is refused, or its page opens."""
    from annotation.models import Person, Project

    line = changed(path, value, copy.deepcopy(WHOLE))
    try:
        taken = parse_waiting(json.dumps(line))
    except ValueError:
        return
    project = Project.objects.filter(slug="odd").first() or make_project("odd")
    person = Person.objects.filter(username="chief").first() or make_person(
        "chief", Role.ADMINISTRATOR, project
    )
    values = {part.name: getattr(taken, part.name) for part in fields(taken)}
    Item.objects.filter(project=project).delete()
    item = Item.objects.create(project=project, **values)
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(person, backend="django.contrib.auth.backends.ModelBackend")
    response = client.get(f"/projects/odd/items/{item.pk}/")
    assert response.status_code == 200


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"id": "q\n1"}, "invisible"),
        ({"id": "q\u200b1"}, "invisible"),
        ({"id": "\u1100\u1161"}, "NFC"),
        ({"prompt": "  "}, "asks something"),
        ({"license": " "}, "license"),
    ],
)
def test_a_pair_that_could_be_taken_for_another_or_asks_nothing_is_told_of(changes, told):
    with pytest.raises(ValueError, match=told):
        parse_pair(json.dumps(pair_line(0) | changes))


def test_a_field_that_is_there_twice_is_told_of():
    with pytest.raises(ValueError, match="'id' twice"):
        json_object(b'{"id": "a", "id": "b"}')


def test_a_file_without_items_withdraws_none(make_project, tmp_path):
    project = make_project()
    path = tmp_path / "waiting.jsonl"
    write_lines(path, [waiting_line(0)])
    import_file(project, path, None)
    write_lines(path, [])
    result = import_file(project, path, None, withdraw_missing=True)
    assert "none was withdrawn" in result.problems[0]
    assert Item.objects.get().state == "open"
