"""Proposals of several kinds fit together, and checks look at what comes out."""

import pytest

from bllossom_data.examples import Edit, Example, Message, apply_edits
from bllossom_data.instruction_recipe import Localise
from pipelines.drafts import Draft, Translation
from pipelines.localising import EXAMPLES_AT_ONCE, LocaliseInputs, draft_example, draft_unit
from pipelines.rewriting import Rewrite
from pipelines.rows import read_rows, write_rows

TAX = "I filed my tax return in May, and the IRS has not sent my refund. What can I do?"


def drafted(english: str, korean: str | None, role: str = "user", **settings):
    example = Example("a-1", "train", "a", "cc0-1.0", "a.jsonl", 0, None, (Message(role, english),))
    translation = Translation("a-1", (korean,), (), ())
    return draft_example(example, translation, Localise(**settings))


@pytest.mark.parametrize("particle", ["은", "는"])
def test_the_particle_fits_the_name_that_is_there_in_the_end(particle):
    draft = drafted(
        TAX, f"5월에 세금 신고를 했는데 IRS{particle} 환급금을 안 보내요. 어떻게 하나요?"
    )
    assert "국세청은 환급금을" in draft.rewritten(0)
    assert not [one for one in draft.findings if one.check == "josa"]
    assert draft.label == "target_modified"


def conversation(question: tuple[str, str], answer: tuple[str, str]) -> Draft:
    messages = (Message("user", question[0]), Message("assistant", answer[0]))
    example = Example("a-1", "train", "a", "cc0-1.0", "a.jsonl", 0, None, messages)
    return draft_example(example, Translation("a-1", (question[1], answer[1]), (), ()), Localise())


def test_an_american_subject_is_written_anew_though_its_answer_is_short():
    draft = conversation(
        (
            "What are the primary objections Democrats have to a border wall?",
            "민주당원들이 국경 장벽에 반대하는 주된 이유는 무엇인가요?",
        ),
        (
            "Cost, environmental impact, and symbolism.",
            "비용과 환경에 미치는 영향, 그리고 상징성입니다.",
        ),
    )
    assert draft.label == "newly_created"
    assert [rule for rule, _ in draft.topics] == ["politics.border"]
    assert not draft.may_pass()


def test_an_american_subject_that_only_a_hint_shows_waits_for_a_person():
    draft = conversation(
        ("Why do people argue over immigration policy?", "사람들은 왜 이민 정책을 두고 다투나요?"),
        ("Cost and symbolism.", "비용과 상징성 때문입니다."),
    )
    assert draft.label == "simply_transferred"
    assert not draft.may_pass()
    assert any(one.check == "topics" and "국경" in one.message for one in draft.findings)


def test_an_american_place_that_a_question_is_about_waits_for_a_person():
    draft = conversation(
        ("What should I see in Boston?", "보스턴에서 무엇을 봐야 하나요?"),
        ("The harbor and the old library.", "항구와 오래된 도서관입니다."),
    )
    assert not draft.may_pass()
    assert [one.check for one in draft.findings] == ["entities"]


def test_an_ordinary_question_passes_without_a_person():
    draft = conversation(
        ("How do I keep rice from sticking?", "밥이 눌어붙지 않게 하려면 어떻게 하나요?"),
        ("Rinse it first and stir it once.", "먼저 쌀을 씻고 한 번 저어 주십시오."),
    )
    assert draft.may_pass(), draft.findings


def test_a_wrong_particle_elsewhere_is_put_right():
    draft = drafted("JSON is a format.", "JSON는 형식이에요.")
    assert draft.rewritten(0) == "JSON은 형식이에요."
    assert [one.kind for one in draft.edits] == ["josa"]
    assert draft.label == "simply_transferred"


def test_a_stray_ending_is_brought_into_line_and_a_story_is_left_alone():
    stray = "첫째입니다. 둘째입니다. 셋째예요."
    draft = drafted("First. Second. Third.", stray, "assistant")
    assert draft.rewritten(0) == "첫째입니다. 둘째입니다. 셋째입니다."
    story = "그는 문을 열었다. 아무도 없었다. 바람이 불었다."
    told = drafted("He opened the door. Nobody was there. The wind blew.", story, "assistant")
    assert told.edits == ()
    assert not [one for one in told.findings if one.check == "speech_level"]


def test_measures_become_metric_and_the_number_check_knows_it():
    draft = drafted("I ran 3 miles today.", "저는 오늘 3마일을 달렸어요.")
    assert draft.rewritten(0) == "저는 오늘 5킬로미터를 달렸어요."
    assert not [one for one in draft.findings if one.check == "numbers"]
    kept = drafted("I ran 3 miles today.", "저는 오늘 3마일을 달렸어요.", measures=False)
    assert kept.edits == ()


def test_numbers_of_names_that_were_changed_need_no_counterpart():
    english = "How do I move my 401(k) to a new job? I am 47. Shall I call 911?"
    korean = "401(k)를 새 직장으로 옮기려면 어떻게 하나요? 저는 47세예요. 911에 전화할까요?"
    draft = drafted(english, korean)
    assert draft.rewritten(0) == (
        "퇴직연금을 새 직장으로 옮기려면 어떻게 하나요? 저는 47세예요. 119에 전화할까요?"
    )
    assert not [one for one in draft.findings if one.check == "numbers"]
    wrong = drafted(english, korean.replace("47", "74"))
    messages = [one.message for one in wrong.findings if one.check == "numbers"]
    assert messages == ["번역문에 빠진 수: 47", "원문에 없는 수: 74"]


def test_what_is_untranslated_blocks_and_has_no_edits():
    draft = drafted(TAX, None)
    assert draft.edits == ()
    assert not draft.is_complete()
    assert [one.check for one in draft.findings if one.level == "error"] == ["untranslated"]


def test_edits_never_overlap_where_all_kinds_meet():
    korean = "IRS은 3마일을 달렸다고 했다. 저는 화씨 350도에서 구웠어요."
    english = f"{TAX} The IRS ran 3 miles. I baked at 350°F."
    draft = drafted(english, korean)
    assert apply_edits(korean, draft.edits)


def test_a_unit_drafts_its_own_examples(tmp_path):
    examples = [
        Example(
            f"a-{n}", "train", "a", "cc0-1.0", "a.jsonl", n, None, (Message("user", f"Go {n}"),)
        )
        for n in range(EXAMPLES_AT_ONCE + 2)
    ]
    write_rows(tmp_path / "examples.jsonl", examples)
    write_rows(
        tmp_path / "translations.jsonl",
        [Translation(one.id, (f"{one.id}로 가요.",), (), ()) for one in examples],
    )
    inputs = LocaliseInputs(
        tmp_path / "examples.jsonl", tmp_path / "translations.jsonl", None, tmp_path, Localise()
    )
    draft_unit(inputs, f"{EXAMPLES_AT_ONCE}.jsonl")
    drafts = list(read_rows(tmp_path / f"{EXAMPLES_AT_ONCE}.jsonl", Draft))
    assert [one.id for one in drafts] == [one.id for one in examples[EXAMPLES_AT_ONCE:]]
    assert drafts[0].translations == (f"a-{EXAMPLES_AT_ONCE}로 가요.",)


def test_a_rewrite_of_the_subject_stands_and_its_numbers_only_inform():
    english = "How do I get my refund from the IRS? I paid $2,000 in 12 installments."
    korean = "IRS에서 환급금을 어떻게 받나요? 2,000달러를 12번에 나누어 냈어요."
    before, after = "2,000달러를 12번에 나누어", "세금을 3번에 나누어"
    start = korean.index(before)
    edit = Edit(
        "topic", 0, start, start + len(before), before, after, "한국의 분납", "model:m",
        "whole_answer",
    )  # fmt: skip
    example = Example("a-1", "train", "a", "mit", "a", 0, None, (Message("user", english),))
    translation = Translation("a-1", (korean,), (), ())
    draft = draft_example(example, translation, Localise(), Rewrite("a-1", "tax", "m", (edit,), ()))
    assert draft.rewritten(0) == "국세청에서 환급금을 어떻게 받나요? 세금을 3번에 나누어 냈어요."
    numbers = [one.level for one in draft.findings if one.check == "numbers"]
    assert numbers
    assert set(numbers) == {"warning"}
    assert not draft.may_pass()
    alone = draft_example(example, translation, Localise())
    assert not [one for one in alone.edits if one.kind == "topic"]
