import pytest
from datatrove.utils.word_tokenizers import load_word_tokenizer

from bllossom_data.korean.morphemes import kiwi


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
