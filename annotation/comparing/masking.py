"""Names of models in answers that people compare blindly.

A model that says who it is has no blind judge any more (as seen in FastChat's arena, whose cleaning
drops such votes). What it says of itself is covered; a text about models stays as it is, because
there the names are the subject.
"""

import re

MASK = "▇▇▇"
_NAMES = (
    r"Chat\s?GPT(?:-?[\w.]+)?|GPT-?\d[\w.]*|챗\s?지피티|챗GPT|Claude(?:\s[\w.]+)?|클로드|Gemini|제미나이"
    r"|Bard|LLaMA(?:-?[\d.]+)?|Llama(?:[\s-]?[\d.]+)?|라마|Mistral|Mixtral|Qwen[\d.]*|DeepSeek[\w-]*"
    r"|딥시크|Bllossom|블로섬|HyperCLOVA(?:\s?X)?|하이퍼클로바(?:\s?X)?|CLOVA\s?X|클로바\s?X|EXAONE|엑사원"
    r"|SOLAR|솔라|Kanana|카나나|KULLM|구름|Koala|Vicuna|비쿠나|Alpaca|알파카|Open-?Assistant|Copilot"
    r"|코파일럿|Grok|그록|Phi-?\d"
)
_MAKERS = (
    r"OpenAI|오픈\s?AI|오픈에이아이|Anthropic|앤트로픽|앤스로픽|Google(?:\sDeepMind)?|구글(?:\s?딥마인드)?"
    r"|Meta(?:\sAI)?|메타|Mistral AI|Alibaba(?:\sCloud)?|알리바바|NAVER|Naver|네이버"
    r"|LG(?:\sAI\s?연구원|\sAI Research)?|Upstage|업스테이지|Kakao|카카오|Teddysum|테디썸|Microsoft"
    r"|마이크로소프트|xAI|서울과학기술대학교|서울과기대|MLP\s?Lab|MLP\s?연구실|DeepMind|딥마인드"
)
_WHO = rf"(?:{_NAMES}|{_MAKERS})"
# Sentences in which the speaker says who it is or who made it.
_SELF = re.compile(
    r"(?:\b(?:I'?m|I am|I was|my name is|call me|As (?:an?|the)|this is)\b"
    r"|(?:저는|나는|제가|내가|저의|제\s?이름은|저를|전\s|본\s?모델은|이\s?모델은|저희는))",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?\n]*")
_NAME = re.compile(rf"(?<![A-Za-z가-힣]){_WHO}(?![A-Za-z])")


def mask_identity(text: str) -> str:
    """Covers what a model says of itself.

    Args:
        text: an answer, Markdown. Only sentences in which the speaker speaks of itself are changed.
    """
    return _SENTENCE.sub(lambda match: _masked(match[0]), text)


def _masked(sentence: str) -> str:
    speaker = _SELF.search(sentence)
    if speaker is None:
        return sentence
    return sentence[: speaker.start()] + _NAME.sub(MASK, sentence[speaker.start() :])


def says_who_it_is(text: str) -> bool:
    """Whether an answer gives its maker away."""
    return mask_identity(text) != text
