"""Korean number words: native and Sino-Korean, what they are worth and what they count."""

import re
from fractions import Fraction

from bllossom_data.korean.number_values import decimal

__all__ = [
    "APPROXIMATE",
    "COUNTERS",
    "DAYS",
    "DIGITS",
    "HALF_ENDS",
    "NATIVE",
    "NATIVE_ONES",
    "NATIVE_TENS",
    "SINO_COUNTERS",
    "SINO_RUN",
    "WORDS_WITH_A_NUMBER",
    "is_native",
    "mixed_value",
    "native_value",
]

_ONES = {
    "하나": 1,
    "둘": 2,
    "셋": 3,
    "넷": 4,
    "다섯": 5,
    "여섯": 6,
    "일곱": 7,
    "여덟": 8,
    "아홉": 9,
}
_BEFORE_NOUNS = {"한": 1, "두": 2, "세": 3, "네": 4, "석": 3, "넉": 4}
NATIVE_TENS = {
    "열": 10,
    "스물": 20,
    "스무": 20,
    "서른": 30,
    "마흔": 40,
    "쉰": 50,
    "예순": 60,
    "일흔": 70,
    "여든": 80,
    "아흔": 90,
}
_DETERMINED = "한|두|세|네|다섯|여섯|일곱|여덟|아홉"
_ALONE = "하나|둘|셋|넷|다섯|여섯|일곱|여덟|아홉"
NATIVE_ONES = f"{_ALONE}|{_DETERMINED}"
NATIVE = (
    rf"(?:(?:{'|'.join(NATIVE_TENS)}) ?(?:{_ALONE}|{_DETERMINED})|{'|'.join(NATIVE_TENS)}"
    rf"|{_ALONE}|{_DETERMINED}|[석넉](?= ?[달장잔자섬]))"
)
APPROXIMATE = {
    "한두": (1, 2),
    "두세": (2, 3),
    "두서너": (2, 3, 4),
    "서너": (3, 4),
    "너댓": (4, 5),
    "네댓": (4, 5),
    "네다섯": (4, 5),
    "대여섯": (5, 6),
    "예닐곱": (6, 7),
    "일고여덟": (7, 8),
    "여덟아홉": (8, 9),
    "일이": (1, 2),
    "이삼": (2, 3),
    "삼사": (3, 4),
    "사오": (4, 5),
    "오륙": (5, 6),
    "육칠": (6, 7),
    "칠팔": (7, 8),
}
DAYS = {
    "하루": 1,
    "이틀": 2,
    "사흘": 3,
    "나흘": 4,
    "닷새": 5,
    "엿새": 6,
    "이레": 7,
    "여드레": 8,
    "아흐레": 9,
    "열흘": 10,
    "보름": 15,
}
# A word that holds a number and may, but need not, translate one.
WORDS_WITH_A_NUMBER = {
    "삼총사": 3,
    "사계": 4,
    "삼각": 3,
    "사각": 4,
    "오각": 5,
    "육각": 6,
    "팔각": 8,
    "육감": 6,
    "오감": 5,
    "네발": 4,
    "일석이조": 2,
    "이중": 2,
    "삼중": 3,
    "사중": 4,
    "이등분": 2,
    "삼등분": 3,
    "이륜": 2,
    "삼륜": 3,
    "사륜": 4,
    "양국": 2,
    "양측": 2,
    "양쪽": 2,
    "양손": 2,
    "양팀": 2,
    "양당": 2,
    "양자": 2,
    "쌍둥이": 2,
    "세쌍둥이": 3,
    "삼위일체": 3,
    "삼부작": 3,
    "삼면": 3,
    "사방": 4,
    "삼촌": 3,
    "양 팀": 2,
    "양 국": 2,
    "양 측": 2,
    "양 진영": 2,
    "쌍": 2,
    "양분": 2,
    "환갑": 60,
    "회갑": 60,
    "칠순": 70,
    "팔순": 80,
    "부부": 2,
    "갑절": 2,
    "곱절": 2,
    "이분법": 2,
    "양면": 2,
    "양방향": 2,
    "쌍방향": 2,
    "단둘": 2,
}
# What numerals count. 이 시, 네 이름, 세 부과: only before these is a syllable a number.
_COUNTERS = (
    "가구|가닥|가족|가지|갈래|개국|개월|개|거리|건|걸음|겹|곡|곳|국가|군데|권|그램|그루|그룹|그릇|글자|기둥|"
    "꼬집|꼭지|나라|날|남매|낱말|냥|다발|단계|단어|달러|달|대|도시|도막|동이|돈|되|두름|등분|딸|마당|마디|마리|"
    "마을|말|명|모금|모|모둠|목숨|묶음|문장|바가지|바구니|바늘|바퀴|박자|발자국|발|방울|번|벌|병|보루|봉지|부류|"
    "부분|부|분기|분야|분|뼘|사람|사례|살|상자|색|생명|섬|성분|세기|세대|세트|소절|손가락|송이|숟가락|숟갈|스푼|"
    "시간|시즌|시|식구|쌍|아들|아이|알|언어|여성|남성|역|열|예|올|요소|움큼|이닝|입|잎|자녀|자루|자매|자리|잔|장면|"
    "장|쟁반|접시|점|정거장|조각|종류|종|주제|주|줄기|줄|지역|지점|집|짝|쪽|쪼가리|차례|차원|채|척|첩|축|층|친구|"
    "칸|켤레|컵|켠|큰술|작은술|테이블|토막|톨|통|판|팔|다리|편|팀|포기|폭|푼|필|학교|학생|항목|해|형제|홉|회사|"
    "후보|휴가|화면|꼬치|끼|눈|손|귀|발짝|배|경우|방법|방향|방식|방|가게|국|영역|축구단|차|번째|째|자릿수|자리"
)
_SINO_COUNTERS = (
    "개국|개월|개년|개|건|경기|골|곡|과|교시|권|그램|급|기|년대|년|대|데시벨|도|등|라운드|리터|마리|매|명|"
    "미터|밀리|박|반|배|번|번째|병|부|분|비트|바이트|살|석|선|세기|세트|세|센티|시간|시|실점|쌍|안타|약|원|"
    "월|위|유로|인|인분|일|자|장|잔|절|점|조각|종|주년|주기|주일|주|주간|차|차례|채|척|초|층|칸|칼로리|킬로|킬로미터|"
    "타|톤|통|퍼센트|퍼|페이지|편|평|포인트|프로|필|학년|행|호|홈런|회|가구|가지|권|달러|달|엔|위안|페소|파운드|"
    "쪽|줄|면|그루|송이|사람|해|날|척"
)


def _longest_first(words: str) -> str:
    return "|".join(sorted(set(words.split("|")), key=len, reverse=True))


COUNTERS = _longest_first(_COUNTERS)
SINO_COUNTERS = _longest_first(_SINO_COUNTERS)
DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_SINO = {"영": 0, "공": 0, "일": 1, "이": 2, "삼": 3, "사": 4, "오": 5, "육": 6, "륙": 6}
_SINO |= {"칠": 7, "팔": 8, "구": 9}
_SMALL = {"십": 10, "백": 100, "천": 1_000}
_MYRIADS = {"만": 10**4, "억": 10**8, "조": 10**12}
SINO_RUN = r"[일이삼사오육륙칠팔구십백천만억조]"
HALF_ENDS = r"(?![가-힣])|쯤|가량|남짓|정도|만(?![가-힣])|만에|까지|씩|과|동안|째|부터|입니"
"""What may follow a 반 that is a half; 반응, 반품 and 반도체 begin with another one."""


def is_native(word: str) -> bool:
    """Whether a word is a native numeral; 석 and 넉 are, whatever they count."""
    return re.fullmatch(rf"{NATIVE}|[석넉]", word) is not None


def native_value(word: str) -> int:
    """Value of a native numeral: 스물한 is 21, 네 is 4."""
    for tens, value in NATIVE_TENS.items():
        if word.startswith(tens):
            rest = word.removeprefix(tens).strip()
            return value + (native_value(rest) if rest else 0)
    return _ONES.get(word) or _BEFORE_NOUNS[word]


def mixed_value(text: str) -> Fraction | None:
    """Value of digits and Sino-Korean numerals together: 3만 5천, 1억 2,000만, 이천이십.

    Returns:
        None where the syllables are not a number, such as 이사 or 만일.
    """
    total, section, current = Fraction(0), Fraction(0), None
    largest, unit = Fraction(10**16), 10_000
    for token in re.findall(rf"{DIGITS}|[가-힣]", text):
        if token in _SINO or token[0].isdigit():
            if current is not None:
                return None
            current = Fraction(_SINO[token]) if token in _SINO else decimal(token)
        elif token in _SMALL:
            if _SMALL[token] >= unit or current == 0:
                return None
            unit = _SMALL[token]
            section += (Fraction(1) if current is None else current) * unit
            current = None
        elif token in _MYRIADS:
            section += current or 0
            if not section and total:  # 억만장자
                return None
            if _MYRIADS[token] >= largest:
                return None
            largest = Fraction(_MYRIADS[token])
            total += (section or Fraction(1)) * largest
            section, current, unit = Fraction(0), None, 10_000
        else:
            return None
    return total + section + (current or 0)
