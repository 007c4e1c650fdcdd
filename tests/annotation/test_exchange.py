"""Files in and out: the same again changes nothing, what changed waits again, and only what is
approved goes out."""

import json

import pytest
from review_items import pair_line, waiting_line, write_lines

from annotation.exchange.exporting import export_file, export_lines, preference_rows
from annotation.exchange.importing import import_file
from annotation.models import Answer, Item, Role
from annotation.work import answering
from annotation.work.states import State
from annotation.work.verifying import broken_places
from bllossom_data.examples import Message, Review
from pipelines.decision_files import read_decisions
from pipelines.preference import Judgement, preferences_of_judgements
from pipelines.rows import row_parser

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(make_project):
    return make_project()


def bring(project, tmp_path, lines, **options):
    path = tmp_path / "waiting.jsonl"
    write_lines(path, lines)
    return import_file(project, path, None, **options)


def test_a_second_import_changes_nothing(project, tmp_path):
    lines = [waiting_line(number) for number in range(5)]
    assert bring(project, tmp_path, lines).new == 5
    before = list(Item.objects.values())
    assert bring(project, tmp_path, lines).summary() == {
        "new": 0,
        "changed": 0,
        "refreshed": 0,
        "same": 5,
        "withdrawn": 0,
        "problems": 0,
    }
    assert list(Item.objects.values()) == before


def test_another_risk_keeps_decisions_and_another_draft_voids_them(
    project, tmp_path, make_person, submission
):
    person = make_person("하나", Role.ANNOTATOR, project)
    bring(project, tmp_path, [waiting_line(0), waiting_line(1)])
    for item in Item.objects.all():
        answering.submit(item, person, submission(item))
    lines = [
        waiting_line(0, risk=0.1),
        waiting_line(1, translations=("다른 글", "다른 답"), edits=()),
    ]
    result = bring(project, tmp_path, lines)
    assert (result.refreshed, result.changed) == (1, 1)
    kept, void = Item.objects.order_by("key")
    assert (kept.state, kept.risk) == (State.APPROVED, 0.1)
    assert (void.state, void.answered, void.outcome) == (State.OPEN, 0, None)
    assert Answer.objects.filter(item=void, current=False).count() == 1


def test_items_that_a_whole_file_lacks_are_withdrawn_and_come_back(project, tmp_path):
    bring(project, tmp_path, [waiting_line(0), waiting_line(1)])
    assert bring(project, tmp_path, [waiting_line(0)]).withdrawn == 0
    assert bring(project, tmp_path, [waiting_line(0)], withdraw_missing=True).withdrawn == 1
    assert Item.objects.get(key="demo-00001").state == State.WITHDRAWN
    bring(project, tmp_path, [waiting_line(1)])
    assert Item.objects.get(key="demo-00001").state == State.OPEN


def test_an_item_that_comes_back_stands_where_its_answers_put_it(
    project, tmp_path, make_person, submission
):
    project.annotators_per_item = 2
    project.save()
    bring(project, tmp_path, [waiting_line(0), waiting_line(1)])
    item = Item.objects.get(key="demo-00001")
    for name, decision in (("hana", "accept"), ("dul", "remove")):
        person = make_person(name, Role.ANNOTATOR, project)
        answering.submit(item, person, submission(item, decision, comment="이유"))
        item.refresh_from_db()
    assert item.state == State.DISPUTED
    bring(project, tmp_path, [waiting_line(0)], withdraw_missing=True)
    bring(project, tmp_path, [waiting_line(0), waiting_line(1)])
    item.refresh_from_db()
    assert (item.state, item.answered, item.needed) == (State.DISPUTED, 2, 2)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "line 2"),
        (b"[]", "no JSON object"),
        (b'{"draft": {}}', "draft"),
        (b'{"a": NaN}', "NaN is no JSON number"),
        (b"\xff\xfe", "line 2"),
        (b'{"a": "\\u0000"}', "NUL"),
        (json.dumps({"a": ["\x00"]}).encode(), "NUL"),
        (json.dumps({"\x00": 1}).encode(), "NUL"),
        (json.dumps(waiting_line(0)).encode(), "was there before"),
        (b"[" * 100_000, "nested too deeply"),
    ],
)
def test_a_wrong_line_is_told_of_and_the_others_are_kept(project, tmp_path, line, said):
    path = tmp_path / "waiting.jsonl"
    first, last = (json.dumps(waiting_line(number)).encode() for number in (0, 1))
    path.write_bytes(first + b"\n" + line + b"\n" + last + b"\n")
    result = import_file(project, path, None)
    assert result.new == 2
    assert len(result.problems) == 1
    assert said in result.problems[0]


def test_a_line_of_many_megabytes_is_left_out_and_not_read_whole(project, tmp_path, monkeypatch):
    monkeypatch.setattr("annotation.exchange.importing.MAX_LINE_BYTES", 4096)
    path = tmp_path / "waiting.jsonl"
    long = json.dumps({"draft": "가" * 9000}).encode()
    path.write_bytes(long + b"\n" + json.dumps(waiting_line(0)).encode() + b"\n")
    result = import_file(project, path, None)
    assert result.new == 1
    assert "line 1: is longer" in result.problems[0]


def test_decisions_are_what_the_pipelines_read_and_the_same_bytes_again(
    project, tmp_path, make_person, submission
):
    person = make_person("하나", Role.ANNOTATOR, project, pseudonym="reviewer-1")
    bring(project, tmp_path, [waiting_line(number) for number in range(4)])
    items = list(Item.objects.order_by("key"))
    corrected = [
        {"role": "user", "content": "어디에서 등산할 수 있어요?"},
        {"role": "assistant", "content": "관악산에 가 보시기 바랍니다."},
    ]
    answering.submit(items[0], person, submission(items[0]))
    answering.submit(
        items[1],
        person,
        submission(items[1], "correct", messages=corrected, label="target_modified"),
    )
    answering.submit(items[2], person, submission(items[2], "retranslate", comment="어색함"))
    reasons = {"numbers-0123456789": "한국의 값", "speech_level-0123456789": "친구 사이"}
    answering.submit(items[3], person, submission(items[3], dismissed=reasons))
    path = tmp_path / "decisions.jsonl"
    assert export_file(project, path) == 4
    first = path.read_bytes()
    export_file(project, path)
    assert path.read_bytes() == first
    reviews = read_decisions([path])
    assert [review.decision for review in reviews] == ["accept", "correct", "retranslate", "accept"]
    assert reviews[3].dismissed == ("numbers", "speech_level")
    assert reviews[3].comment == "한국의 값; 친구 사이"
    assert reviews[1] == Review(
        "demo-00001",
        "correct",
        items[1].draft_sha256,
        tuple(Message(**turn) for turn in corrected),
        "target_modified",
        "reviewer-1",
        reviews[1].decided_at,
        "",
    )
    assert "하나" not in first.decode()


@pytest.mark.parametrize("state", [state for state in State if state != State.APPROVED])
def test_only_approved_items_go_out(project, tmp_path, make_person, submission, state):
    person = make_person("하나", Role.ANNOTATOR, project)
    bring(project, tmp_path, [waiting_line(0)])
    item = Item.objects.get()
    answering.submit(item, person, submission(item))
    assert len(list(export_lines(project))) == 1
    Item.objects.update(state=state)
    assert list(export_lines(project)) == []


def test_votes_become_judgements_and_preference_rows(
    make_project, tmp_path, make_person, submission
):
    project = make_project("pairs", "preference")
    person = make_person("하나", Role.ANNOTATOR, project, pseudonym="judge-1")
    bring(project, tmp_path, [pair_line(number) for number in range(4)])
    verdicts = [("second", True, True), ("tie", True, True), ("first", False, False)]
    for item, (verdict, first, second) in zip(Item.objects.order_by("key"), verdicts, strict=False):
        answering.submit(
            item,
            person,
            submission(item, verdict, first_acceptable=first, second_acceptable=second),
        )
    judgements = [json.loads(line) for line in export_lines(project)]
    assert [one["verdict"] for one in judgements] == ["second", "tie", "first"]
    assert [one["both_unacceptable"] for one in judgements] == [False, False, True]
    read = [row_parser(Judgement)(line.encode()) for line in export_lines(project)]
    found, without = preferences_of_judgements(read, "page", "train", frozenset())
    assert without == {"tie": 1, "better answer not acceptable": 1}
    assert [(one.chosen_by, one.chosen_system) for one in found] == [(("judge-1",), "other")]
    rows = list(preference_rows(project))
    assert [row["id"] for row in rows] == ["q00000"]
    assert [one.id for one in found] == ["page-q00000"]
    assert rows[0]["chosen"] == [
        {"role": "assistant", "content": "절인 배추에 양념을 넣습니다. (0)"}
    ]


def test_evaluation_keeps_every_vote_and_disputes_none(
    make_project, tmp_path, make_person, submission
):
    project = make_project("human", "evaluation", annotators_per_item=2)
    people = [make_person(name, Role.ANNOTATOR, project) for name in ("하나", "둘")]
    bring(project, tmp_path, [pair_line(0)])
    item = Item.objects.get()
    for person, verdict in zip(people, ("first", "second"), strict=True):
        answering.submit(
            item, person, submission(item, verdict, first_acceptable=True, second_acceptable=True)
        )
    assert Item.objects.get().state == State.APPROVED
    assert [json.loads(line)["verdict"] for line in export_lines(project)] == ["first", "second"]


def test_two_who_prefer_different_answers_are_settled_by_an_adjudicator(
    make_project, tmp_path, make_person, submission
):
    project = make_project("pairs", "preference", annotators_per_item=2)
    people = [make_person(name, Role.ANNOTATOR, project) for name in ("하나", "둘")]
    bring(project, tmp_path, [pair_line(0)])
    item = Item.objects.get()
    for person, verdict in zip(people, ("first", "second"), strict=True):
        answering.submit(
            item, person, submission(item, verdict, first_acceptable=True, second_acceptable=True)
        )
    assert Item.objects.get().state == State.DISPUTED
    assert list(export_lines(project)) == []


def vote(project, make_person, submission, *votes):
    """Several people's verdicts on the one pair of an evaluation, with what they accept."""
    item = Item.objects.get(project=project)
    for number, (verdict, first, second) in enumerate(votes):
        name = f"judge-{number}"
        person = make_person(name, Role.ANNOTATOR, project, pseudonym=name)
        said = submission(item, verdict, first_acceptable=first, second_acceptable=second)
        answering.submit(item, person, said)
        item.refresh_from_db()
    return item


@pytest.mark.parametrize(
    ("votes", "chosen", "by"),
    [
        # The first to vote is not the one who counts.
        ([("first", True, True), ("second", True, True), ("second", True, True)], "second", "1 2"),
        ([("tie", True, True), ("first", True, True), ("first", True, False)], "first", "1 2"),
        ([("first", True, True), ("second", True, True)], None, ""),
        ([("first", True, True), ("second", True, True), ("tie", True, True)], None, ""),
        ([("tie", True, True), ("tie", True, True), ("first", True, True)], None, ""),
        ([("first", False, True), ("first", False, True), ("first", True, True)], None, ""),
        ([("first", True, True), ("first", False, True), ("first", True, True)], "first", "0 1 2"),
    ],
)
def test_preference_rows_of_an_evaluation_follow_the_majority(
    make_project, tmp_path, make_person, submission, votes, chosen, by
):
    project = make_project("human", "evaluation", annotators_per_item=len(votes))
    bring(project, tmp_path, [pair_line(0)])
    item = vote(project, make_person, submission, *votes)
    assert item.state == State.APPROVED
    rows = list(preference_rows(project))
    read = [row_parser(Judgement)(line.encode()) for line in export_lines(project)]
    assert len(read) == len(votes)
    found, _ = preferences_of_judgements(read, "page", "train", frozenset())
    assert [one.chosen for one in found] == [row["chosen"][0]["content"] for row in rows]
    assert [", ".join(one.chosen_by) for one in found] == [row["chosen_by"] for row in rows]
    if chosen is None:
        assert rows == []
        return
    assert rows[0]["chosen"][0]["content"] == item.payload[chosen]["text"]
    assert rows[0]["chosen_by"] == ", ".join(f"judge-{number}" for number in by.split())


def test_what_an_adjudicator_settled_counts_over_votes(
    make_project, tmp_path, make_person, submission
):
    project = make_project("human", "evaluation", annotators_per_item=2)
    bring(project, tmp_path, [pair_line(0)])
    item = vote(project, make_person, submission, ("first", True, True), ("first", True, True))
    chief = make_person("chief", Role.ADJUDICATOR, project)
    said = submission(
        item, "second", item.outcome_id, first_acceptable=True, second_acceptable=True
    )
    answering.submit(item, chief, said, as_adjudicator=True)
    (row,) = preference_rows(project)
    assert row["chosen"][0]["content"] == item.payload["second"]["text"]
    assert row["chosen_by"] == chief.pseudonym
    read = [row_parser(Judgement)(line.encode()) for line in export_lines(project)]
    assert [(one.verdict, one.settles) for one in read] == [
        ("first", False),
        ("first", False),
        ("second", True),
    ]
    ((one,), _) = preferences_of_judgements(read, "page", "train", frozenset())
    assert one.chosen == item.payload["second"]["text"]
    assert (one.chosen_by, one.judges) == ((chief.pseudonym,), 3)


@pytest.mark.parametrize(
    ("kind", "what", "status"),
    [
        ("rewrite", "decisions", 200),
        ("rewrite", "preferences", 404),
        ("preference", "preferences", 200),
        ("evaluation", "preferences", 200),
        ("evaluation", "decisions", 200),
        ("preference", "votes", 404),
        ("rewrite", "decision", 404),
    ],
)
def test_only_files_that_there_are_can_be_fetched(
    client, make_project, fill, make_person, submission, kind, what, status
):
    project = make_project("files", kind)
    chief = make_person("chief", Role.ADMINISTRATOR, project)
    item = fill(project, 1)[0]
    said = "first" if project.compares_pairs else "accept"
    answering.submit(
        item, chief, submission(item, said, first_acceptable=True, second_acceptable=True)
    )
    client.force_login(chief, backend="django.contrib.auth.backends.ModelBackend")
    host = {"host": "127.0.0.1"}
    response = client.get(f"/projects/files/files/{what}.jsonl", headers=host)
    assert response.status_code == status
    if status == 200:
        assert len(b"".join(response).splitlines()) == 1
    links = client.get("/projects/files/", headers=host).content.decode()
    assert (f"files/{what}.jsonl" in links) == (status == 200)


@pytest.mark.parametrize("refusal", ["reject", "retranslate"])
def test_a_refused_draft_of_which_the_build_has_no_other_is_asked_again_once(
    project, make_person, tmp_path, submission, refusal
):
    person = make_person("하나", Role.ANNOTATOR, project)
    bring(project, tmp_path, [waiting_line(0)])
    item = Item.objects.get()
    answering.submit(item, person, submission(item, refusal, comment="어색합니다"))
    refused = waiting_line(0) | {"earlier": json.loads(next(export_lines(project)))}
    bring(project, tmp_path, [waiting_line(0)])
    assert Item.objects.get().state == State.APPROVED
    assert bring(project, tmp_path, [refused]).changed == 1
    asked = Item.objects.get()
    assert (asked.state, asked.answered, asked.outcome) == (State.OPEN, 0, None)
    answering.submit(asked, person, submission(asked))
    assert bring(project, tmp_path, [refused]).same == 1
    assert Item.objects.get().state == State.APPROVED
    assert broken_places() == []
