"""Whether an answer depends on a name that is replaced: on none, on a part, or as a whole."""

import pytest

from bllossom_data.examples import Message
from bllossom_data.localization.catalogue import built_in
from bllossom_data.localization.entities import entity_edits, plan_entities


@pytest.mark.parametrize(
    ("answer", "dependency"),
    [
        ("Ask your family first.", "local"),
        ("Most families eat at noon on Thanksgiving.", "whole_answer"),
        ("Roast a turkey, and make stuffing and gravy.", "whole_answer"),
        ("It is on the fourth Thursday, so shop early.", "whole_answer"),
        ("Book the train before late November.", "whole_answer"),
    ],
)
def test_a_holiday_that_the_answer_tells_about_needs_a_person(answer, dependency):
    messages = [
        Message("user", "My family meets at Thanksgiving. What should I bring?"),
        Message("assistant", answer),
    ]
    edits, _ = entity_edits(plan_entities(messages), ["추수감사절에 모여요.", None])
    assert [edit.dependency for edit in edits if edit.kind == "entity"] == [dependency]


@pytest.mark.parametrize(
    ("question", "korean", "answer", "dependency"),
    [
        ("What should my kids do while we watch the Super Bowl with friends?", "슈퍼볼을 봐요.",
         "Give them a board game.", "local"),
        ("What should my kids do while we watch the Super Bowl with friends?", "슈퍼볼을 봐요.",
         "Let them join you for the halftime show.", "whole_answer"),
        ("I'm having friends over for a Super Bowl party. Any snacks?", "슈퍼볼 파티를 해요.",
         "Serve them before the quarterback throws.", "whole_answer"),
        ("What should I buy my mom for Mother's Day?", "어머니의 날에 뭘 살까요?",
         "Flowers.", "local"),
        ("What should I buy my mom for Mother's Day?", "어머니의 날에 뭘 살까요?",
         "It is the second Sunday in May, so order flowers by Friday.", "whole_answer"),
    ],
)  # fmt: skip
def test_what_an_answer_says_of_an_event_makes_all_of_it_depend(
    question, korean, answer, dependency
):
    plan = plan_entities([Message("user", question), Message("assistant", answer)])
    edits, _ = entity_edits(plan, [korean, None])
    assert [edit.dependency for edit in edits if edit.kind == "entity"] == [dependency]
    assert plan.needs_person or dependency == "local"


def test_no_counterpart_of_an_event_or_institution_is_free_of_the_answer():
    free = [
        one.source
        for one in built_in().entities
        if one.type in ("holiday", "sport", "institution")
        and one.policy == "substitute"
        and one.dependency == "none"
    ]
    assert free == []


@pytest.mark.parametrize(
    ("answer", "dependency"),
    [
        ("Not yet. Go up Mount Stuart with a guide.", "local"),
        ("Not yet. **Mount Stuart (9,415 feet)** needs a rope.", "whole_answer"),
    ],
)
def test_figures_of_a_place_are_not_those_of_another(answer, dependency):
    question = (
        "Some friends of mine came back from the north ridge of Mount Stuart. I hike on weekends. "
        "Is it something I could do?"
    )
    plan = plan_entities([Message("user", question), Message("assistant", answer)])
    edits, _ = entity_edits(plan, ["친구들이 스튜어트산 북쪽 능선 이야기를 했어요.", None])
    assert [edit.dependency for edit in edits if edit.kind == "entity"] == [dependency]
