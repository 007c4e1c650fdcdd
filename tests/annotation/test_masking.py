"""Names of systems on the screen where answers are compared: what an answer says of its maker is
covered, with the particle behind it left in place; whatever else names a system stays."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotation.comparing.masking import MASK, mask_identity, says_who_it_is

# What must be covered stands in braces.
KOREAN = """
저는 {OpenAI}에서 만든 {ChatGPT}입니다.
저는 {GPT4o}입니다
저는 {GPT-4o}예요.
저는 {GPT-3.5-turbo}라는 언어 모델입니다.
제가 바로 {GPT-4o}입니다.
나는 {챗GPT}야.
저는 {ChatGPT}라고 합니다.
저를 {ChatGPT}라고 불러 주세요.
제 이름은 {클로드}입니다.
제 이름은 {엑사원}이고 {LG AI 연구원}에서 태어났습니다.
저의 이름은 {Claude}예요.
저는 {Claude 3.5 Sonnet}이에요.
저는 **{ChatGPT}**입니다.
저는 '{하이퍼클로바X}'입니다.
안녕하세요! 저는 {Bllossom}입니다. 무엇을 도와드릴까요?
안녕하세요, {ChatGPT}입니다. 무엇을 도와드릴까요?
안녕하세요! {제미나이}입니다.
반갑습니다. {OpenAI}가 개발한 {ChatGPT}입니다.
저는 {네이버}가 개발한 {하이퍼클로바X}예요.
저는 {네이버}에서 만든 {HyperCLOVA X}입니다.
전 {카카오}의 {카나나}입니다.
나는 {업스테이지}의 {솔라}야.
저는 {알리바바}의 {Qwen2.5}예요.
저는 {메타}의 {Llama 3}를 바탕으로 만들어졌습니다.
저는 {GPT-4}를 기반으로 하는 챗봇입니다.
저는 {GPT-4} 기반의 AI 비서입니다.
저는 {서울과학기술대학교} {MLP연구실}에서 만든 {블로섬}이에요.
저는 {OpenAI}에서 개발한 인공지능 언어 모델입니다.
저는 {구글}에서 훈련한 대규모 언어 모델이에요.
저는 {OpenAI}의 언어 모델로서 감정을 느끼지 않습니다.
{OpenAI}에서 개발한 인공지능 언어 모델입니다.
{OpenAI}에서 개발한 AI 언어 모델로서, 저는 감정이 없습니다.
{OpenAI}에서 개발한 {ChatGPT}입니다.
{ChatGPT}인 저는 그런 감정을 느끼지 않습니다.
{OpenAI}의 언어 모델인 저는 최신 소식을 모릅니다.
{Claude}로서 저는 정직하려고 노력합니다.
저({ChatGPT})는 2021년까지의 자료로 배웠습니다.
저, {ChatGPT}는 그런 부탁을 들어줄 수 없습니다.
저를 만든 곳은 {OpenAI}입니다.
저를 개발한 회사는 {앤트로픽}이에요.
저의 개발사는 {네이버}입니다.
{구글}이 저를 훈련했습니다.
{Anthropic}에서 저를 만들었어요.
저는 {OpenAI}에 의해 개발되었습니다.
저는 {마이크로소프트}가 만든 {코파일럿}이고, {OpenAI}의 기술을 씁니다.
저는 {ChatGPT}가 아니라 {Claude}입니다.
저는 {ChatGPT}이고 네이버 지도는 열 수 없습니다.
날씨가 좋네요. 저는 {ChatGPT}입니다. 오늘은 무엇을 할까요?
- 이름: 저는 {EXAONE}입니다.
본 모델은 {카카오}에서 개발한 언어 모델입니다.
저는 {OpenAI}가 개발한 AI 모델로, 개인적인 경험이 없습니다.
제가 {네이버}에서 개발된 모델이라는 점을 알려 드립니다.
저는 {카카오}가 만든 인공지능이라 감정이 없어요.
저는 {업스테이지}에서 만든 {Solar} 모델입니다.
아니요, 저는 {ChatGPT}가 아닙니다. 저는 {하이퍼클로바X}입니다.
저는 {구글}이 개발한 대화형 AI, {제미나이}입니다.
저는 한국어에 특화된 언어 모델 {Bllossom}입니다.
저는 {Meta AI}가 훈련시킨 대규모 언어 모델(LLM)입니다.
저는 {딥시크}에서 개발한 {DeepSeek-R1}입니다.
저는 {클로드}({Claude})입니다.
저는 {오픈AI}({OpenAI})에서 만든 {챗GPT}({ChatGPT})예요.
저는 "{클로바X}"라는 이름의 AI입니다.
저는 {알리바바 클라우드}에서 만든 {통이치엔원}({Qwen})입니다.
"""
ENGLISH = """
I am {Claude}, made by {Anthropic}.
I'm {ChatGPT}, a language model.
I’m {ChatGPT}, a large language model trained by {OpenAI}.
I am a large language model, trained by {Google}.
As a large language model trained by {Google}, I cannot do that.
As an AI developed by {OpenAI}, I don't have feelings.
As {ChatGPT}, I cannot browse the web.
My name is {Gemini}.
My name is **{Claude}** and I like to help.
You can call me {Claude}.
I was created by {Mistral AI}.
I was trained by a team of researchers at {Google DeepMind}.
I am an AI assistant named {Bard}.
I am an AI language model called {GPT-4}.
I'm {OpenAI}'s {ChatGPT}.
I am {Google} {Gemini}, at your service.
I am an {OpenAI} language model.
I'm not {ChatGPT}, I'm {Claude}.
Developed by {OpenAI}
Developed by {OpenAI}, I can answer many questions.
Trained by {Google}, I know many languages.
I am based on {GPT-4}.
I'm powered by {Llama 3.1}.
{OpenAI} trained me on many texts.
My creators at {Anthropic} wanted me to be honest.
The company that made me is {OpenAI}.
This is {DeepSeek-V3} speaking.
Hello! {ChatGPT} here.
Sure! I'm {GPT-4o}. How can I help?
I'm {DeepSeek-V3}, an AI assistant created exclusively by {DeepSeek}.
Hi, I'm {Bing Copilot}.
I'm a language model from {OpenAI}.
I'm {HyperCLOVA X} from {NAVER}.
I, {ChatGPT}, cannot do that.
As {Claude}, an AI made by {Anthropic}, I try to be honest.
"""
STAYS = """
ChatGPT는 OpenAI가 2022년에 공개한 서비스입니다.
ChatGPT는 OpenAI에서 개발한 언어 모델입니다.
OpenAI에서 개발한 GPT-4는 글을 잘 씁니다.
OpenAI에서 개발한 서비스를 소개합니다.
OpenAI는 미국의 인공지능 회사입니다.
나는 구름을 보며 길을 걸었다.
나는 구름이다.
저는 구름입니다. 비를 품고 있지요.
제가 네이버 지도로 찾아보니 걸어서 10분입니다.
저는 네이버에서 맛집을 찾습니다.
저는 네이버에서 개발한 지도를 씁니다.
저는 구글에서 일하는 개발자입니다.
저는 구글의 AI 연구자입니다.
저는 카카오를 좋아합니다.
제가 좋아하는 모델은 ChatGPT입니다.
저는 가장 유명한 챗봇이 ChatGPT라고 생각합니다.
저는 ChatGPT라는 서비스를 자주 씁니다.
제가 ChatGPT를 써 보니 편리했습니다.
저는 GPT-4를 기반으로 앱을 만들었습니다.
나는 라마를 타고 산에 올랐다.
내가 만든 알파카 인형을 선물했다.
우리 집 강아지 이름은 구름이에요.
제 이름은 구름이에요. 여섯 살입니다.
제 이름은 클로드 모네이고 화가입니다.
3년 전 카카오의 주가가 올랐습니다.
구글에서 검색해 보세요.
네이버 지도를 켜고 길을 찾습니다.
라마는 남아메리카에 사는 동물입니다.
하늘에 구름이 많아서 비가 올 것 같아요.
카카오 함량이 높은 초콜릿이 좋습니다.
저는 등산을 좋아합니다.
클로드 모네는 인상주의 화가입니다.
솔라 패널을 지붕에 올립니다.
알파카 털로 짠 스웨터입니다.
Microsoft Excel을 엽니다.
나는 어제 영화를 봤다.
제가 추천하는 책은 세 권입니다.
- **ChatGPT**: OpenAI에서 개발한 언어 모델입니다.
ChatGPT란 무엇일까요? OpenAI에서 개발한 언어 모델입니다.
저는 어제 메타 주식을 샀고 마이크로소프트 주식을 팔았습니다.
저는 삼성전자에서 만든 냉장고를 씁니다.
저는 AI 언어 모델이라 감정이 없습니다.
저의 개발자 친구는 구글에 다닙니다.
카카오가 저를 채용했습니다.
저는 메타의 광고 모델입니다.
저는 구글에서 만들어진 지도를 좋아합니다.
저는 네이버 블로그를 운영하는 작가입니다.
나는 클로드 모네의 그림을 좋아한다.
제가 쓰는 도구는 코파일럿이고 아주 편합니다.
"""
STAYS_ENGLISH = """
I am happy to help you.
I am using ChatGPT at work.
I am writing an essay about Claude Shannon.
My name is Claude Monet and I paint.
I am a Gemini, born in June.
I am a bard who sings of old kings.
I am Claude's biggest fan.
I was hired by Google last year.
I was at Microsoft when it happened.
I am an engineer at Google.
I'm working on Windows, and OpenAI released a new model.
As the Google Maps app shows, the road is closed.
As Claude said, the light is everything.
As a Microsoft engineer, I would use Excel.
Developed by OpenAI, ChatGPT is a popular chatbot.
GPT-4 was developed by OpenAI.
OpenAI trained GPT-4 on many texts.
Meta analysis combines the results of several studies.
The Gemini constellation is visible in winter.
This is ChatGPT's most useful feature.
My favourite company is Google.
I am an AI language model and have no feelings.
I am an AI researcher trained by Google.
I, Claudius, am the emperor.
I'm the owner of a Google phone.
"""


def lines(text):
    return [line for line in text.splitlines() if line]


@pytest.mark.parametrize("line", lines(KOREAN + ENGLISH))
def test_who_says_who_they_are_is_covered_and_nothing_else(line):
    text = re.sub("[{}]", "", line)
    expected = re.sub("{[^}]*}", MASK, line)
    assert mask_identity(text) == expected
    assert says_who_it_is(text)


@pytest.mark.parametrize("text", lines(STAYS + STAYS_ENGLISH))
def test_texts_about_anything_else_stay(text):
    assert mask_identity(text) == text


def test_both_lists_are_long_enough_to_say_something():
    assert len(lines(KOREAN + ENGLISH)) >= 60
    assert len(lines(STAYS + STAYS_ENGLISH)) >= 60


def test_several_paragraphs_are_looked_at_one_by_one():
    text = "저는 ChatGPT입니다.\n\n1. OpenAI는 회사입니다.\n2. 저는 네이버 지도를 씁니다.\n"
    assert mask_identity(text) == text.replace("저는 ChatGPT", f"저는 {MASK}")


PIECES = [
    "저는 ",
    "제 이름은 ",
    "ChatGPT",
    "구름",
    "OpenAI",
    "에서 ",
    "만든 ",
    "입니다",
    "이고 ",
    ". ",
]
PIECES += ["I am ", "developed by ", "Claude", "'s ", "\n", "**", "AI ", "언어 모델", "로서 ", MASK]


@given(st.lists(st.sampled_from(PIECES), max_size=25).map("".join) | st.text(max_size=80))
def test_covering_changes_nothing_but_names(text):
    masked = mask_identity(text)
    parts = [re.escape(part) for part in masked.split(MASK)]
    assert re.fullmatch(".{1,60}?".join(parts), text, re.DOTALL)
    assert mask_identity(masked) == masked


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    "part",
    [
        "저는 ",
        "I am an AI ",
        "OpenAI에서 만든 ",
        "저는 OpenAI의 만든 바로 ",
        "OpenAI의 만든 개발한 저를 ",
        "I am an AI language model trained by Google the ",
        "ChatGPT, OpenAI(OpenAI)의 ",
        "'\"(**`",
    ],
)
def test_long_sentences_are_read_in_a_moment(part):
    text = part * 3_000 + "구글"
    masked = mask_identity(text)
    assert mask_identity(masked) == masked
