"""Particles: which form, what an edit needs, what is wrong in a text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from korean_language import gold, measure_josa, measure_problems

from bllossom_data.korean.josa import particle, repair_josa
from bllossom_data.korean.josa_problems import josa_problems

GOLD = gold("josa.tsv")
# In `물가`, and in the name `지수이`, Kiwi knows a word of its dictionary; to leave it is what the
# rule wants.
KNOWN_WORDS = {("물", "가"), ("지수", "이")}


def test_every_row_of_the_gold_is_right():
    figures = measure_josa()
    assert figures["rows"] >= 520
    assert figures["wrong"] == []


def test_the_gold_has_rows_of_every_kind():
    kinds = {row["kind"] for row in GOLD}
    assert len(kinds) >= 16
    assert sum(row["given"] != row["right"] for row in GOLD) > 500


@pytest.mark.parametrize("josa", ["은", "을(를)", "(으)로", "이라고"])
def test_a_word_without_a_certain_reading_gets_no_particle(josa):
    assert particle("McKinsey", josa) is None
    assert particle("McKinsey", josa, "매킨지") is not None


def test_what_is_no_particle_is_not_guessed_at():
    assert particle("사람", "산책") is None


@given(st.from_regex(r"[가-힣]{1,5}", fullmatch=True), st.sampled_from("은이을과"))
def test_the_right_form_stays_what_it_is(word, josa):
    right = particle(word, josa)
    assert particle(word, right) == right
    assert (right == josa) == ((ord(word[-1]) - 0xAC00) % 28 > 0)


def test_an_edit_repairs_every_particle_of_the_gold_in_its_sentence():
    wrong = []
    for row in GOLD:
        if row["kind"] == "invariant" or (row["word"], row["given"]) in KNOWN_WORDS:
            continue
        frame = "이것은 {}." if row["right"].endswith(("다", "요")) else "우리는 {} 있다고 했다."
        text = frame.format(row["word"] + row["given"])
        end = text.index(row["word"]) + len(row["word"])
        repair = repair_josa(text, end, row["reading"] or None)
        start, stop, form = repair or (end, end, "")
        repaired = text[:start] + form + text[stop:]
        right = row["given"] if row["given"] in ("이다", "이며") else row["right"]
        if repaired != frame.format(row["word"] + right):
            wrong.append((text, repaired))
    assert wrong == []


@pytest.mark.parametrize(
    ("text", "word", "repaired"),
    [
        ("**북한산**를 올랐다.", "북한산", "**북한산**을 올랐다."),
        ("북한산(836m)는 높다.", "북한산", "북한산(836m)은 높다."),
        ("[북한산](https://a.kr/x)와 한강", "북한산", "[북한산](https://a.kr/x)과 한강"),
        ("“추석”를 쇤다.", "추석", "“추석”을 쇤다."),
        ("제주이에요.", "제주", "제주예요."),
        ("북한산예요.", "북한산", "북한산이에요."),
        ("북한산였다.", "북한산", "북한산이었다."),
        ("제주으로부터의 편지", "제주", "제주로부터의 편지"),
        ("설날으로 바꿨다.", "설날", "설날로 바꿨다."),
        ("추석라는 명절", "추석", "추석이라는 명절"),
        ("제주은(는) 섬이다.", "제주", "제주는 섬이다."),
        ("제주(으)로 간다.", "제주", "제주로 간다."),
    ],
)
def test_the_particle_after_a_new_word_is_put_right(text, word, repaired):
    start, end, right = repair_josa(text, text.index(word) + len(word))
    assert text[:start] + right + text[end:] == repaired


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("북한산이라도 가자.", "북한산"),
        ("인터넷은행은 편하다.", "인터넷"),
        ("물가 올랐다.", "물"),
        ("나라로 돌아갔다.", "나라"),
        ("제주가방을 샀다.", "제주"),
        ("북한산가방을 샀다.", "북한산"),
        ("부산로봇 대회", "부산"),
        ("제주은행에 갔다.", "제주"),
        ("제주이야기를 들었다.", "제주"),
        ("제주과학관에 갔다.", "제주"),
        ("제주이다.", "제주"),
        ("추석에는 쉰다.", "추석"),
        ("북한산 은은한 빛", "북한산"),
        ("McKinsey은 회사다.", "McKinsey"),
        ("북한산", "북한산"),
    ],
)
def test_what_is_right_or_no_particle_is_left(text, word):
    assert repair_josa(text, text.index(word) + len(word)) is None


@pytest.mark.parametrize(
    ("text", "wrong", "right"),
    [
        ("제주은 아름답다.", "은", "는"),
        ("그 가수은 유명하다.", "은", "는"),
        ("철수과 영희가 온다.", "과", "와"),
        ("CNN는 방송사다.", "는", "은"),
        ("JSON는 형식이다.", "는", "은"),
        ("서울으로 갔다.", "으로", "로"),
        ("50%을 냈다.", "을", "를"),
        ("10%을", "을", "를"),
        ("약 10%을 걸었다.", "을", "를"),
        ("매일 3km을 달린다.", "을", "를"),
        ("내가 학생라면 공부했을 것이다.", "라면", "이라면"),
        ("만약 당신이 학생라면 할인을 받으세요.", "라면", "이라면"),
        ("사람라서 그렇다.", "라서", "이라서"),
        ("책라도 읽어라.", "라도", "이라도"),
        ("그 학생라는 말", "라는", "이라는"),
        ("그는 학생라고 말했다.", "라고", "이라고"),
        ("학생야말로 희망이다.", "야말로", "이야말로"),
        ("그는 학생였다.", "였", "이었"),
        ("저는 학생예요.", "예요", "이에요"),
        ("어제 수진가 학교에 갔다.", "가", "이"),
        ("어제 지훈가 학교에 갔다.", "가", "이"),
        ("`API`을 쓴다.", "을", "를"),
        ("**북한산**를 올랐다.", "를", "을"),
        ("북한산(836m)는 높다.", "는", "은"),
        ("식품의약국(FDA)가 허용했다.", "가", "이"),
        ("[링크]은 여기 있다.", "은", "는"),
        ("`print()`을 씁니다.", "을", "를"),
        ("사람은(는) 좋다.", "은(는)", "은"),
        ("나무를(을) 심는다.", "를(을)", "를"),
        ("부산(으)로 간다.", "(으)로", "으로"),
        ("할 일이 많습니다. 값는 내렸습니다.", "는", "은"),
    ],
)
def test_a_wrong_particle_in_a_text_is_found(text, wrong, right):
    ((start, end, expected),) = josa_problems(text)
    assert (text[start:end], expected) == (wrong, right)


@pytest.mark.parametrize(
    "text",
    [
        "```\n사과을 먹었다. 사람은(는)\n```",
        "`사과을`이라고 쓰면 틀린다.",
        "https://example.com/사과은(는)",
        "조사 은(는)은 앞말에 따라 달라진다.",
        "전문가 의견을 국어과 선생이 들었다.",
        "먹는 사람이 있는 마을의 가을 하늘",
        "McKinsey은 회사다.",
        "해물라면 한 그릇을 먹었다.",
        "신라면과 컵라면을 끓인다.",
        "물건을 팔라고 해서 집을 팔든지 하려고 한다.",
        "그렇게 살라면 살고, 아이를 먹였다.",
        "삼성가 사람들이 종로3가에 모였다.",
        "10%이상 싸다.",
        "값이 ⟦1⟧은 아니다.",
        "비동기 종속성([비동기](#a)가 있는\n컴포넌트)을 만난다.",
        "나무이다. 제주이며 섬이다.",
        "걸프 뉴스는 듀바이 관할 경찰서장의 말을 인용했다.",
        "저는 제이 사람들을 만났어요.",
        "여기는 은행로 24, 햇살아파트예요.",
        "새문안로 12-3에 삽니다.",
        "점입니다. [러스토노미콘]이 이러한 보장을 다룹니다.",
        "더 알고 싶으시면 [Rust RFC 255]를 참고하세요.",
        "파라미터\n(`Fn` 다음에 괄호 안에 명시됨)를 갖고",
        "패턴인 `Ok(num)`과 매칭하지 않습니다.",
        "`list[HeroPublic]`을 사용합니다.",
    ],
)
def test_code_other_words_and_the_uncertain_are_left_alone(text):
    assert josa_problems(text) == []


@given(st.text(alphabet="가은는이을를 사람(*`)_\n[]CNN3%.", max_size=40))
def test_problems_are_places_of_the_text_in_order(text):
    problems = josa_problems(text)
    assert problems == sorted(problems)
    assert all(text[start:end] and right != text[start:end] for start, end, right in problems)


def test_natural_korean_raises_few_alarms_and_most_wrong_particles_are_found(shared_data):
    figures = measure_problems(shared_data)
    assert len(figures["alarms"]) <= figures["natural_sentences"] * 0.002
    assert figures["recall"] >= 0.9
