"""The report's words in English and Korean for the names that steps and rules carry."""

__all__ = ["FAMILIES", "FATES", "LANGUAGES", "edit_label", "reason_label", "step_label"]

LANGUAGES = {"ko": ("Korean", "한국어"), "en": ("English", "영어")}

_STEPS = {
    "ingest": ("Ingest", "수집"),
    "measure": ("Measure", "측정"),
    "decide": ("Decide", "판정"),
    "deduplicate": ("Deduplicate", "중복 제거"),
    "decontaminate": ("Decontaminate", "평가셋 누출 제거"),
    "clean": ("Clean", "정제"),
    "mix": ("Mix", "혼합"),
    "export": ("Export", "내보내기"),
}

FATES = {
    "ingest": ("Quarantined", "격리"),
    "decide": ("Failed a rule", "규칙 위반"),
    "deduplicate": ("Duplicate", "중복"),
    "decontaminate": ("Evaluation leak", "평가셋 누출"),
    "mix": ("Not selected", "미선택"),
    "published": ("Published", "배포"),
}
"""What became of a document that a step did not hand on, by step."""

FAMILIES = {
    "language": ("Language", "언어"),
    "length": ("Length and words", "길이와 단어"),
    "quality": ("Quality", "품질"),
    "repetition": ("Repetition", "반복"),
    "lines": ("Lines and punctuation", "줄과 문장부호"),
    "symbols": ("Symbols", "기호"),
    "korean": ("Korean", "한국어"),
    "web": ("Web noise", "웹 잡음"),
}

_REASONS = {
    "language": ("Language not asked for", "요청하지 않은 언어"),
    "language_score": ("Language uncertain", "언어 판별 불확실"),
    "empty": ("Empty", "빈 문서"),
    "dup_para_frac": ("Repeated paragraphs", "반복 문단"),
    "dup_para_char_frac": ("Characters in repeated paragraphs", "반복 문단의 글자"),
    "dup_line_frac": ("Repeated lines", "반복 줄"),
    "dup_line_char_frac": ("Characters in repeated lines", "반복 줄의 글자"),
    "line_punct_ratio": ("Few lines end in punctuation", "문장부호로 끝나는 줄 부족"),
    "short_line_ratio": ("Too many short lines", "짧은 줄 과다"),
    "char_dup_ratio": ("Characters in duplicate lines", "중복 줄의 글자"),
    "list_ratio": ("Too many line breaks", "줄바꿈 과다"),
    "gopher_short_doc": ("Too few words", "단어 부족"),
    "gopher_long_doc": ("Too many words", "단어 과다"),
    "gopher_below_avg_threshold": ("Words too short on average", "평균 단어 길이 미달"),
    "gopher_above_avg_threshold": ("Words too long on average", "평균 단어 길이 초과"),
    "gopher_too_many_hashes": ("Too many hashes", "해시(#) 과다"),
    "gopher_too_many_ellipsis": ("Too many ellipses", "말줄임표 과다"),
    "gopher_too_many_bullets": ("Too many bulleted lines", "글머리표 줄 과다"),
    "gopher_too_many_end_ellipsis": ("Lines end in ellipses", "말줄임표로 끝나는 줄"),
    "gopher_below_alpha_threshold": ("Few words with letters", "글자 있는 단어 부족"),
    "gopher_enough_stop_words": ("Too few stop words", "불용어 부족"),
    "spam_terms": ("Spam terms", "스팸 표현"),
    "board_chrome": ("Board menus and counters", "게시판 메뉴·조회수"),
    "mojibake": ("Broken encoding", "글자 깨짐"),
    "exact_duplicate": ("Exact duplicate", "완전 중복"),
    "near_duplicate": ("Near duplicate", "유사 중복"),
    "contaminated": ("Holds an evaluation item", "평가셋 누출"),
}

_EDITS = {
    "email": ("E-mail address", "이메일"),
    "ip": ("IP address", "IP 주소"),
    "phone": ("Phone number", "전화번호"),
    "resident_number": ("Resident registration number", "주민등록번호"),
    "foreigner_number": ("Foreigner registration number", "외국인등록번호"),
    "business_number": ("Business registration number", "사업자등록번호"),
    "passport": ("Passport number", "여권번호"),
    "driver_licence": ("Driver's licence number", "운전면허번호"),
    "card": ("Card number", "카드번호"),
    "account": ("Bank account", "계좌번호"),
    "news_tail": ("News tail", "기사 꼬리말"),
    "byline": ("Byline", "기자 이름 줄"),
    "site_footer": ("Site footer", "사이트 꼬리말"),
    "board_chrome": ("Board menus and counters", "게시판 메뉴·조회수"),
    "boilerplate_line": ("Boilerplate line", "상투 줄"),
    "whitespace": ("Whitespace", "공백"),
}


def _plain(name: str) -> tuple[str, str]:
    return name.replace("_", " ").capitalize(), ""


def step_label(name: str) -> tuple[str, str]:
    """Return a step's English and Korean name (Korean empty where none is known)."""
    return _STEPS.get(name) or _plain(name)


def edit_label(kind: str) -> tuple[str, str]:
    """Return the English and Korean name of a kind of edit."""
    return _EDITS.get(kind) or _plain(kind)


def reason_label(reason: str) -> tuple[str, str]:
    """Return what a drop reason means, in English and Korean."""
    known = _REASONS.get(reason)
    if known:
        return known
    if reason.startswith("top_") and reason.endswith("_gram"):
        n = reason.split("_")[1]
        return f"Most frequent {n}-gram takes too much", f"최빈 {n}그램 비중"
    if reason.startswith("duplicated_") and reason.endswith("_n_grams"):
        n = reason.split("_")[1]
        return f"Characters in repeated {n}-grams", f"반복 {n}그램의 글자"
    return _plain(reason)
