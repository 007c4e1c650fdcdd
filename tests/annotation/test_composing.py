"""Cards: one name is one question, and the particles behind it follow what is chosen."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotation.work.composing import Choice, cards_of, compose
from bllossom_data.examples import Edit, Message, apply_edits

QUESTION = "코브라로 유지할까요?"
ANSWER = "코브라가 비싸면 4달러를 냅니다. 코브라는 길어요."
EDITS = (
    Edit("entity", 0, 0, 3, "코브라", "임의계속가입", "이름", "entity:1", "whole_answer"),
    Edit("josa", 0, 3, 4, "로", "으로", "조사", "josa:entity:1"),
    Edit("entity", 1, 0, 3, "코브라", "임의계속가입", "이름", "entity:1", "whole_answer"),
    Edit("josa", 1, 3, 4, "가", "이", "조사", "josa:entity:1"),
    Edit("measure", 1, 9, 12, "4달러", "5,600원", "돈", "measure:currency", "local"),
    Edit("josa", 1, 12, 13, "를", "을", "조사", "josa:measure:currency"),
    Edit("entity", 1, 19, 22, "코브라", "임의계속가입", "이름", "entity:1", "whole_answer"),
    Edit("josa", 1, 22, 23, "는", "은", "조사", "josa:entity:1"),
)


@pytest.fixture
def payload():
    return payload_of()


def payload_of():
    from dataclasses import asdict

    return {
        "draft": {
            "messages": [{"role": "user", "content": "?"}, {"role": "assistant", "content": "!"}],
            "translations": [QUESTION, ANSWER],
            "edits": [asdict(edit) for edit in EDITS],
        }
    }


def test_a_name_is_one_card_with_its_particles(payload):
    cards = cards_of(payload)
    assert [(card.numbers, card.followers) for card in cards] == [
        ((0, 2, 6), (1, 3, 7)),
        ((4,), (5,)),
    ]
    assert [card.must_choose for card in cards] == [True, False]


def test_all_accepted_is_what_the_draft_proposes(payload):
    assert compose(payload, {}) == tuple(
        Message(role, apply_edits(text, [edit for edit in EDITS if edit.turn == turn]))
        for turn, (role, text) in enumerate((("user", QUESTION), ("assistant", ANSWER)))
    )


def test_a_rejected_name_keeps_its_own_particles_everywhere(payload):
    question, answer = compose(payload, {0: Choice("reject")})
    assert question.content == QUESTION
    assert answer.content == "코브라가 비싸면 5,600원을 냅니다. 코브라는 길어요."


def test_own_words_get_the_particles_that_they_need(payload):
    question, answer = compose(
        payload, {0: Choice("change", "국민건강보험"), 4: Choice("change", "4천 원")}
    )
    assert question.content == "국민건강보험으로 유지할까요?"
    assert answer.content == "국민건강보험이 비싸면 4천 원을 냅니다. 국민건강보험은 길어요."


@settings(deadline=None)
@given(
    st.dictionaries(
        st.sampled_from((0, 4)),
        st.builds(
            Choice,
            st.sampled_from(("accept", "change", "reject")),
            st.text("가나다 x1", max_size=6),
        ),
    )
)
def test_what_is_not_proposed_never_changes(choices):
    _, answer = compose(payload_of(), choices)
    assert answer.content.endswith(" 길어요.")
    assert " 비싸면 " in answer.content
