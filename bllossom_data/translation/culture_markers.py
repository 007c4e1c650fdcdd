"""Words of the source's culture that a localised Korean text should hardly hold."""

import re
from typing import Literal, TypeAlias

from bllossom_data.examples import Finding
from bllossom_data.translation.check_context import CheckContext, prose, report

__all__ = ["CULTURE_MARKERS", "MarkerType", "check_culture_markers"]

MarkerType: TypeAlias = Literal[
    "currency",
    "unit",
    "government",
    "tax",
    "health",
    "education",
    "holiday",
    "contact",
    "law",
    "sport",
    "shop",
    "finance",
]

# The whole of it: a part of a number would be another one.
_NUMBER = (
    r"(?<!\d)(?<!\d[.,/])(?:\d[\d,./]{0,20}[½⅓⅔¼¾]?|[½⅓⅔¼¾])"
    r"(?:(?: ?[십백천만억조]){1,4}(?: ?\d[\d,.]{0,20})?){0,3} ?"
)

# Pattern in Korean text, type, and what a reviewer is told to think of.
CULTURE_MARKERS: tuple[tuple[str, MarkerType, str], ...] = (
    (rf"{_NUMBER}(?:미국 )?달러|몇 달러|수[십백천]+ ?달러", "currency", "원화로 바꿀지"),
    (r"\$ ?\d(?:[\d,.]{0,20}\d)?", "currency", "원화로 바꿀지"),
    (rf"{_NUMBER}센트(?!럴|리)", "currency", "원화로 바꿀지"),
    (
        rf"(?:시속 )?(?:{_NUMBER}|몇 ?|수십 ?|수백 ?)마일(?!리지|드)|mph\b",
        "unit",
        "킬로미터로 바꿀지",
    ),
    (rf"화씨|{_NUMBER}(?:°F|℉)", "unit", "섭씨로 바꿀지"),
    (rf"{_NUMBER}파운드|[두세네몇] 파운드|\blbs?\b", "unit", "킬로그램(또는 원화)으로 바꿀지"),
    (rf"{_NUMBER}온스|\boz\b", "unit", "그램이나 밀리리터로 바꿀지"),
    (rf"{_NUMBER}피트(?!니)|[두세네몇] 피트", "unit", "미터로 바꿀지"),
    (rf"{_NUMBER}인치", "unit", "센티미터로 바꿀지"),
    (rf"{_NUMBER}야드", "unit", "미터로 바꿀지"),
    (rf"{_NUMBER}갤런", "unit", "리터로 바꿀지"),
    (rf"{_NUMBER}에이커", "unit", "제곱미터나 평으로 바꿀지"),
    (r"\bIRS\b|미국 국세청", "tax", "국세청으로 바꿀지"),
    (
        r"\bW-?[24]\b|\b1099\b(?! ?[년원개명])|\b401\(?k\)?",
        "tax",
        "연말정산·퇴직연금 제도로 바꿀지",
    ),
    (r"\bRoth IRA\b|로스 IRA", "finance", "연금저축이나 IRP로 바꿀지"),
    (r"\bFICO\b|신용 점수 \d{3}", "finance", "국내 신용 평점으로 바꿀지"),
    (r"소셜 ?시큐리티|사회 ?보장 ?번호|\bSSN\b", "government", "주민등록번호로 바꿀지"),
    (r"\bDMV\b|차량 ?관리국", "government", "운전면허시험장으로 바꿀지"),
    (r"\bFDA\b|미국 식품의약국", "government", "식품의약품안전처로 바꿀지"),
    (r"\bFBI\b|연방 ?수사국", "government", "경찰이나 검찰로 바꿀지"),
    (r"\bUSPS\b|미국 우체국", "government", "우체국으로 바꿀지"),
    (r"메디케어|메디케이드|오바마 ?케어", "health", "국민건강보험으로 바꿀지"),
    (
        r"(?<![\d,.-])911(?![\d,.-]|테러| 테러|년|개|원|명)(?:에|로|에서|이나|번|을)",
        "contact",
        "112나 119로 바꿀지",
    ),
    (r"(?<!\d)\(?555\)?[- ]\d{4}|\(\d{3}\) ?\d{3}-\d{4}", "contact", "국내 전화번호 꼴로 바꿀지"),
    (r"집 코드|우편 ?번호 \d{5}-\d{4}|\bzip code\b", "contact", "국내 우편번호로 바꿀지"),
    (r"\bSAT\b|\bACT 시험|\bGPA\b|\bGED\b", "education", "수능이나 학점으로 바꿀지"),
    (
        r"커뮤니티 ?(?:칼리지|컬리지)|아이비 ?리그|\bK-12\b|홈커밍|프롬 ?파티",
        "education",
        "국내 학교 제도로 바꿀지",
    ),
    (r"추수 ?감사절", "holiday", "추석으로 바꿀지"),
    (r"독립 ?기념일|7월 4일", "holiday", "광복절로 바꿀지"),
    (
        r"블랙 ?프라이데이|핼러윈|할로윈|부활절|노동절 연휴|현충일 주말|슈퍼볼|슈퍼 볼",
        "holiday",
        "국내 명절·행사로 바꿀지",
    ),
    (r"수정 ?헌법|배심원단?|헌법 수정 제\d+조|미란다", "law", "국내 법 제도로 바꿀지"),
    (r"\bNFL\b|\bNBA\b|\bMLB\b|미식축구|쿼터백|터치다운", "sport", "국내 경기로 바꿀지"),
    (
        r"월마트|타깃 매장|코스트코|홈디포|홈 디포|크레이그리스트|벤모|\bVenmo\b|\bCVS\b",
        "shop",
        "국내 매장이나 서비스로 바꿀지",
    ),
    (
        r"공화당|민주당원|상원 ?의원|하원 ?의원|주지사|연방 ?대법원",
        "government",
        "국내 정치 제도로 바꿀지",
    ),
)
_NAMES: dict[MarkerType, str] = {
    "currency": "돈",
    "unit": "단위",
    "government": "정부·정치",
    "tax": "세금",
    "health": "의료",
    "education": "교육",
    "holiday": "명절",
    "contact": "연락처",
    "law": "법",
    "sport": "운동",
    "shop": "가게·서비스",
    "finance": "금융",
}
# ASCII: a particle may follow IRS without a boundary that Unicode knows.
_COMPILED = tuple(
    (re.compile(pattern, re.ASCII), kind, hint) for pattern, kind, hint in CULTURE_MARKERS
)


def check_culture_markers(source: str, korean: str, context: CheckContext) -> list[Finding]:
    """Money, measures and institutions of the source's country that may want localising."""
    if context.keeps_culture:
        return []
    visible = prose(korean, context)
    return [
        report(
            "culture_markers",
            "warning",
            f"원문 문화의 표현({_NAMES[kind]}): ‘{match[0].strip()}’. {hint} 살펴보세요.",
            context,
            match.span(),
        )
        for pattern, kind, hint in _COMPILED
        for match in pattern.finditer(visible)
    ]
