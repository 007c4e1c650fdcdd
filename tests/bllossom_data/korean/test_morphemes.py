import pytest
from datatrove.utils.word_tokenizers import load_word_tokenizer

from bllossom_data.korean.morphemes import kiwi, likelihood, morphemes


def test_kiwi_loads_although_datatroves_own_korean_tokenizer_does_not():
    with pytest.raises(OSError, match="skipbigram"):
        load_word_tokenizer("ko").word_tokenize("서울")
    assert [token.form for token in kiwi().tokenize("서울에서")] == ["서울", "에서"]


def test_there_is_one_kiwi_in_a_process():
    assert kiwi() is kiwi()


def test_kiwi_says_the_same_of_a_text_alone_and_in_a_batch():
    texts = [
        "가까웠다. 됐다!",
        "",
        "국회의원 선거에서 서울 노원구의 후보가 당선됐다.",
        "ㅋㅋㅋ 10000원",
    ]
    together = [[(token.start, token.end) for token in tokens] for tokens in kiwi().tokenize(texts)]
    alone = [[(token.start, token.end) for token in kiwi().tokenize(text)] for text in texts]
    assert together == alone


TEXTS = (
    "",
    " ",
    "가까웠다. 됐다! 정말이에요?\n국회의원 선거에서 서울 노원구의 후보가 당선됐다.",
    '- 제주은 섬입니다 (그렇죠?) "좋아요." 라고 했어요. ㅋㅋㅋ 10000원',
    "X에서 받은 https://example.org/a 를 `code`로 여십시오. 끝",
)


@pytest.mark.parametrize("text", TEXTS)
def test_one_analysis_says_what_kiwis_own_calls_say(text):
    def told(tokens):
        return [(one.form, one.tag, one.start, one.end, one.oov) for one in tokens]

    assert told(morphemes(text)) == told(kiwi().tokenize(text))
    assert likelihood(text) == kiwi().analyze(text)[0][1]
