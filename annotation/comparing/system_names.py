"""Names of models and of those who make them, as patterns.

Some are words of everyday life as well (구름 is a cloud, 라마 an animal): they count only where the
sentence around them leaves no doubt.
"""

_START = r"(?<![A-Za-z0-9가-힣])"
_END = r"(?![A-Za-z0-9])"

_VERSION = r"(?:[- ]?\d(?:\.\d)?)?"

# Nothing but models.
_CERTAIN = (
    r"Chat\s?GPT(?:[- ]?\d[\d.]*\d|[- ]?\d)?|챗\s?(?:GPT|지피티)"
    r"|GPT[- ]?\d+(?:\.\d+)?[a-z]?(?:[- ](?:turbo|mini|nano|preview))*"
    r"|제미나이|HyperCLOVA(?:\s?X)?|하이퍼클로바(?:\s?X)?|CLOVA\s?X|클로바\s?X"
    rf"|EXAONE{_VERSION}|엑사원|Bllossom|블로섬|블로썸|Kanana|카나나|KULLM|Mixtral(?:[- ]8x\d+B)?"
    rf"|Qwen{_VERSION}|통이치엔원|DeepSeek(?:-[A-Za-z0-9]+)?|딥시크|Open-?Assistant"
    rf"|(?:Bing|GitHub)\sCopilot|Bing\sChat|빙\s?챗|Phi-\d(?:\.\d)?|LLaMA{_VERSION}"
)
# Also names of people and things, but not behind "I am" or "my name is".
_LIKELY = (
    rf"Claude{_VERSION}(?:\s(?:Opus|Sonnet|Haiku|Instant))?{_VERSION}|클로드{_VERSION}"
    rf"|Gemini{_VERSION}(?:\s(?:Pro|Ultra|Flash|Nano))?|Bard|바드|Grok{_VERSION}|그록"
    rf"|Copilot|코파일럿|Llama{_VERSION}|Mistral(?!\sAI)|Vicuna|Koala|Alpaca|SOLAR|Solar"
)
# Words of everyday life.
_COMMON = r"구름|라마|솔라|알파카|코알라|비쿠냐|비쿠나|미스트랄"
_MAKERS = (
    r"OpenAI|오픈\s?AI|오픈에이아이|Anthropic|앤트로픽|앤스로픽|Google(?:\s(?:DeepMind|AI|Research))?"
    r"|구글(?:\s?딥마인드)?|DeepMind|딥마인드|Meta(?:\sAI)?|메타(?!버스|데이터|분석|포)|Mistral\sAI"
    r"|Alibaba(?:\sCloud)?|알리바바(?:\s클라우드)?|DeepSeek(?!-)|딥시크|NAVER|Naver|네이버(?!웹툰|페이)|LG(?:\s?AI\s?연구원|\sAI\sResearch)?"
    r"|Upstage|업스테이지|Kakao|카카오(?!톡|뱅크|페이|맵|택시)|Teddysum|테디썸|Microsoft|마이크로소프트|xAI"
    r"|서울과학기술대학교|서울과기대|고려대학교|고려대|MLP\s?(?:Lab|연구실)"
)
# What makers make beside models.
_PRODUCTS = (
    r"(?!\s?(?:지도|검색|번역|카페|블로그|웹툰|드라이브|문서|시트|크롬|스토어|쇼핑|뉴스|주식|함량|링|폼|맵)"
    r"|\s(?:Maps|Search|Docs|Drive|Translate|Chrome|Sheets|Cloud|Excel|Word|Office|Windows|Teams|Store))"
)

# Behind a person's name, another one begins with a capital: Claude Monet, 클로드 모네.
_ALONE = r"(?!\s[A-Z][a-z]|\s모네|['’]s\b)"
NAME = rf"{_START}(?:{_CERTAIN}|{_LIKELY}){_END}{_ALONE}"
ANY_NAME = rf"{_START}(?:{_CERTAIN}|{_LIKELY}|{_COMMON}){_END}{_ALONE}"
MAKER = rf"{_START}(?:{_MAKERS}){_END}{_PRODUCTS}"
