"""Signals of scripts, page furniture and spam: what Korean web text needs beyond FineWeb-2."""

import numpy as np
import polars as pl
from numba import njit
from numpy.typing import NDArray

from bllossom_data.corpus.batches import Classes, Codes, Offsets, TextBatch
from bllossom_data.corpus.characters import (
    ALPHABETIC,
    HANGUL,
    HANJA,
    JAMO,
    LATIN,
    character_classes,
)

PAGE_COLUMNS = (
    "hangul_ratio",
    "jamo_ratio",
    "hanja_ratio",
    "latin_ratio",
    "spam_terms_per_1000_chars",
    "chrome_line_ratio",
    "broken_char_ratio",
)

# A term counts wherever it stands, particles attached or not; news about gambling stays below a
# density at which advertising begins.
_SPAM_TERMS = (
    "바카라", "카지노", "토토 사이트", "사설 토토", "스포츠 토토", "먹튀", "안전 놀이터",
    "메이저 놀이터", "놀이터 추천", "꽁머니", "슬롯", "룰렛", "홀덤", "파워볼", "사다리 게임",
    "첫충", "매충", "환전", "출장 안마", "출장 마사지", "출장샵", "조건 만남", "스웨디시",
    "오피사이트", "룸살롱", "유흥", "당일 대출", "무직자 대출", "급전", "신용불량자", "소액 결제",
    "현금화", "비아그라", "시알리스", "가입 코드", "추천인 코드", "카톡 문의", "텔레 문의",
    "텔레그램 문의", "casino", "jackpot", "free spins", "slot machine", "sports betting",
    "betting bonus", "payday loan", "viagra", "cialis", "escort", "xxx", "click here now",
    "limited time offer", "make money fast", "work from home", "100% free", "no credit check",
)  # fmt: skip
# Advertisers write 당일 대출 and 당일대출 alike.
_SPAM_PATTERN = "(?i)" + "|".join(term.replace(" ", r"\s*") for term in _SPAM_TERMS)

_CHROME_WORDS = (
    "조회수?", "추천", "비추천", "댓글(?:쓰기|등록|달기|보기)?", "답글", "스크랩", "공유하기?",
    "목록(?:으로|보기)?", "이전 ?글", "다음 ?글", "글쓰기", "글쓴이", "작성자", "작성일",
    "등록일", "수정", "삭제", "신고(?:하기)?", "인쇄", "더 ?보기", "로그인", "로그아웃",
    "회원가입", "검색", "맨 ?위로", "구독(?:하기)?", "좋아요", "홈", "share", "reply", "report",
    "likes?", "views?", "comments?", "log ?in", "log ?out", "sign ?in", "sign ?up", "register",
    "subscribe", "search", "menu", "home", "back to top", "read more", "next post",
    "previous post", "print", "edit", "delete", "posted by", "quote",
)  # fmt: skip
_CHROME_PATTERN = (
    r"(?im)^[ \t|·>※▶\[(-]*(?:(?:"
    + "|".join(_CHROME_WORDS)
    + r")[ \t:|·/\[\]()>,-]*(?:[\d,.:/ -]+(?:회|건|개|명)?)?[ \t|·/\[\]()-]*)+$"
)
_BROKEN_PATTERN = "\ufffd|[\u0080-\u009f]|[\u00a1-\u00ff]{3,}"


@njit(cache=True, nogil=True)
def _script_ratios(codes: Codes, offsets: Offsets, classes: Classes) -> NDArray[np.float64]:
    result = np.zeros((len(offsets) - 1, 4), dtype=np.float64)
    for document in range(len(offsets) - 1):
        letters = 0
        hangul = 0
        jamo = 0
        hanja = 0
        latin = 0
        for position in range(offsets[document], offsets[document + 1]):
            flags = classes[codes[position]]
            letters += (flags & (ALPHABETIC | JAMO)) != 0
            hangul += (flags & HANGUL) != 0
            jamo += (flags & JAMO) != 0
            hanja += (flags & HANJA) != 0
            latin += (flags & LATIN) != 0
        if letters:
            result[document, 0] = hangul / letters
            result[document, 1] = jamo / letters
            result[document, 2] = hanja / letters
            result[document, 3] = latin / letters
    return result


def measure_pages(texts: pl.Series, batch: TextBatch) -> pl.DataFrame:
    """Measures script shares, spam terms, page furniture and broken characters.

    Args:
        texts: The documents of ``batch`` as a string column.
        batch: The same documents as code points.

    Returns:
        One row per document with the columns `PAGE_COLUMNS`. Script ratios are shares of letters,
        line ratios of lines that are not blank, character ratios of all characters.
    """
    scripts = _script_ratios(batch.codes, batch.offsets, character_classes())
    frame = pl.DataFrame({"text": texts.fill_null("")})
    n_chars = pl.col("text").str.len_chars().clip(1)
    n_lines = pl.col("text").str.count_matches(r"(?m)^.*\S.*$").clip(1)
    broken = pl.col("text").str.extract_all(_BROKEN_PATTERN).list.join("").str.len_chars()
    return frame.select(
        *(
            pl.lit(pl.Series(name, scripts[:, column]))
            for column, name in enumerate(PAGE_COLUMNS[:4])
        ),
        (pl.col("text").str.count_matches(_SPAM_PATTERN) * 1000 / n_chars).alias(PAGE_COLUMNS[4]),
        (pl.col("text").str.count_matches(_CHROME_PATTERN) / n_lines).alias(PAGE_COLUMNS[5]),
        (broken / n_chars).alias(PAGE_COLUMNS[6]),
    )
