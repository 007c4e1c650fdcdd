"""The card's words in English and Korean for the names that counts carry."""

from typing import Literal

from bllossom_data.report.labels import LANGUAGES, edit_label, reason_label, step_label

__all__ = [
    "CardLanguage",
    "check_name",
    "edit_name",
    "engine_name",
    "identifier_name",
    "language_name",
    "name_of",
    "outcome_name",
    "reason_name",
]

CardLanguage = Literal["en", "ko"]

NAMES = {
    "train": ("train", "학습"),
    "validation": ("validation", "검증"),
    "test": ("test", "평가"),
    "approved": ("Decided by a person", "사람이 확정"),
    "passed": ("Passed the checks by itself", "검사만으로 통과"),
    "removed": ("Removed by a person", "사람이 제외"),
    "waiting": ("Waiting for a decision", "결정 대기"),
    "simply_transferred": ("Simply transferred", "그대로 옮김"),
    "target_modified": ("Moved to a Korean context", "한국 맥락으로 바꿈"),
    "newly_created": ("Newly written", "새로 씀"),
    "accept": ("Accepted as drafted", "초안대로 수락"),
    "correct": ("Corrected", "고쳐서 수락"),
    "remove": ("Removed", "제외"),
    "reject": ("Sent back", "반려"),
    "retranslate": ("To be translated again", "재번역 요청"),
    "entity": ("Name", "고유명"),
    "topic": ("Subject", "소재"),
    "measure": ("Unit, price or date", "단위·가격·날짜"),
    "style": ("Speech level", "높임 말투"),
    "josa": ("Particle", "조사"),
    "chosen": ("Better (`chosen`)", "나은 답변(`chosen`)"),
    "rejected": ("Worse (`rejected`)", "못한 답변(`rejected`)"),
}
OUTCOMES = {
    "accepted as drafted": ("Draft accepted as it was", "초안대로 수락"),
    "passed without a person": ("Passed the checks, seen by nobody", "사람 없이 검사만으로 통과"),
    "removed": ("Example removed", "예시 제외"),
    "waits for a decision": ("Waits for a decision", "결정 대기"),
    "not corrected": ("Left alone in a corrected example", "고친 예시에서 손대지 않은 답변"),
    "changed too little": ("Corrected in a trifle", "사소하게 고침"),
    "no question before it": ("Answers no question", "앞에 질문이 없음"),
    "no draft": ("Had no draft", "초안 없음"),
    "same answer twice": ("Both answers are the same", "두 답변이 같음"),
    "tie": ("Neither is better", "우열 없음"),
    "no majority": ("No majority", "과반 없음"),
    "better answer not acceptable": ("The better one is not acceptable", "나은 쪽도 쓸 수 없음"),
}
ENGINES = {
    "memory": ("Translation memory", "번역 메모리"),
    "untranslated": ("Not translated", "번역하지 못함"),
    "person": ("A person", "사람"),
    "unstated": ("Not stated", "밝히지 않음"),
}
CHECKS = {
    "addresses": ("Addresses of web pages", "웹 주소"),
    "answer": ("Answers instead of translations", "번역 대신 한 대답"),
    "balance": ("Brackets and quotation marks", "괄호·따옴표 짝"),
    "code": ("Code unchanged", "코드 그대로"),
    "commentary": ("Remarks of the engine", "엔진의 군말"),
    "culture_markers": ("Marks of another society", "다른 사회를 가리키는 표현"),
    "direction": ("Limits, rises and falls, sides", "이상·이하, 증가·감소, 좌우"),
    "echo": ("English left as it was", "영어 그대로"),
    "empty": ("Empty answer", "빈 번역"),
    "english_words": ("English words", "남은 영어 단어"),
    "entities": ("Names", "고유명"),
    "exchange": ("Numbers exchanged", "서로 바뀐 수"),
    "glossary": ("Glossary", "용어집"),
    "josa": ("Particles", "조사"),
    "length": ("Length", "길이"),
    "letters": ("Foreign letters", "다른 문자"),
    "lines": ("Lines", "줄"),
    "measure": ("Units, prices and dates", "단위·가격·날짜"),
    "negation": ("Negations reversed", "뒤집힌 부정"),
    "negation_missing": ("Negations without a counterpart", "대응어 없는 부정"),
    "numbers": ("Numbers", "수"),
    "order": ("Order of months, days and ordinals", "월·요일·서수의 차례"),
    "questions": ("Question marks", "물음표"),
    "refusal": ("Refusals", "거절하는 답"),
    "repetition": ("Repetition", "되풀이"),
    "sentences": ("Sentences dropped or added", "빠지거나 더해진 문장"),
    "slot_order": ("Places of code and formulas", "코드·수식의 자리"),
    "slots": ("Code and formulas kept", "코드·수식 보존"),
    "speech_level": ("Speech level", "높임 말투"),
    "structure": ("Markdown structure", "마크다운 구조"),
    "topics": ("Subjects of American life", "미국 생활 소재"),
    "topic_rewrite": ("Rewrites of subjects", "소재 바꾸기"),
    "translationese": ("Translationese", "번역 투"),
    "unrelated": ("Korean of another text", "다른 글의 번역"),
    "untranslated": ("Not translated", "번역하지 못한 부분"),
    "weekdays": ("Days of the week", "요일"),
}


def _chosen(pair: tuple[str, str], language: CardLanguage) -> str:
    english, korean = pair
    return english if language == "en" or not korean else korean


def name_of(name: str, language: CardLanguage) -> str:
    """What a state, a label, a decision, a kind of edit or a step is called in a card."""
    return _chosen(NAMES.get(name) or step_label(name), language)


def engine_name(engine: str, language: CardLanguage) -> str:
    """What translated a segment or wrote an answer: engines and systems go by their own names."""
    return _chosen(ENGINES.get(engine, (engine, engine)), language)


def identifier_name(name: str, language: CardLanguage) -> str:
    """What told languages apart: a model by its own name, with what was added to it in words."""
    return name if language == "en" else name.replace("Hangul checked", "한글 여부 따로 확인")


def outcome_name(outcome: str, language: CardLanguage) -> str:
    """Why an answer or a pair of answers gave no preference."""
    return _chosen(OUTCOMES.get(outcome, (outcome, outcome)), language)


def check_name(check: str, language: CardLanguage) -> str:
    """What a check of translations looks at."""
    return _chosen(CHECKS.get(check) or step_label(check), language)


def reason_name(reason: str, language: CardLanguage) -> str:
    """What a reason to remove a document means, with the name that other tools use for it."""
    return f"{_chosen(reason_label(reason), language)} (`{reason}`)"


def edit_name(kind: str, language: CardLanguage) -> str:
    """What a kind of personal data is called."""
    return _chosen(edit_label(kind), language)


def language_name(code: str, language: CardLanguage) -> str:
    """What a language of the data is called."""
    return _chosen(LANGUAGES.get(code, (code, code)), language)
