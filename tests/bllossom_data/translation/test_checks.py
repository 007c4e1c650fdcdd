"""Every check on faulty translations, on legitimate ones that resemble them, and on 252 of 252."""

import itertools
import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bllossom_data.examples import Finding
from bllossom_data.translation.checks import (
    DOUBTED_CHECKS,
    CheckContext,
    check_message,
    check_segment,
)
from bllossom_data.translation.jobs import Judged

USER = CheckContext(role="user")
TURKEY = (("Thanksgiving", "추석"), ("credit score", "신용 점수"))

# check, source, faulty Korean
FAULTY = [
    ("slots", "Run ⟦1⟧ on ⟦2⟧.", "⟦2⟧에서 실행하세요."),
    ("slots", "Run ⟦1⟧ first.", "먼저 ⟦1⟧을 실행하고 ⟦2⟧도 실행하세요."),
    ("slots", "Run ⟦1⟧ first.", "먼저 ⟦1⟧, ⟦1⟧을 실행하세요."),
    ("slots", "Run ⟦1⟧ first.", "먼저 [1]을 실행하세요."),
    ("slots", "Run ⟦1⟧ first.", "먼저 ⟦ 1 ⟧을 실행하세요."),
    ("slots", "Open ⟦1⟧ and close ⟦10⟧.", "⟦1⟧을 열고 ⟦1⟧0을 닫으세요."),
    ("slot_order", "Use ⟦1⟧, not ⟦2⟧.", "⟦2⟧를 쓰고 ⟦1⟧는 쓰지 마세요."),
    ("slot_order", "Use ⟦1⟧ and a text of ⟦2⟧.", "⟦1⟧⟦2⟧와 글을 쓰세요."),
    ("slot_order", "Use the ⟦1⟧ method here.", "⟦1⟧여기서는  메서드를 쓰세요."),
    ("slot_order", "Use the ⟦1⟧ method here.", "⟦1⟧여기서는 메서드를 쓰세요."),
    ("slot_order", "Call ⟦1⟧ to stop it.", "⟦1⟧ 멈추려면 를 부르세요."),
    ("slot_order", "The speed (⟦1⟧) is too high.", "⟦1⟧ 속도()가 너무 빠릅니다."),
    ("slot_order", "Open the site. Type in ⟦1⟧.", "⟦1⟧ 사이트를 여세요. 그리고 입력하세요."),
    ("slot_order", "Save ⟦1⟧ as a file.", "파일로 저장하세요 ⟦1⟧."),
    ("slot_order", "Press ⌘+⟦1⟧ at once.", "⌘+를 동시에 ⟦1⟧ 누르세요."),
    ("slot_order", "Boil the corn⟦1⟧", "⟦1⟧ 옥수수를 삶아요"),
    ("empty", "Good morning, everyone.", ""),
    ("empty", "Good morning, everyone.", "   "),
    ("empty", "Chapter 1", "\n"),
    ("empty", "⟦1⟧ is fine.", "\t"),
    ("empty", "Yes.", "\u00a0"),
    ("untranslated", "Mix the flour and the eggs.", "Mix the flour and the eggs."),
    ("untranslated", "Mix the flour and the eggs.", "Combine flour with eggs in a bowl."),
    (
        "untranslated",
        "She left early because it was raining.",
        "She left early because it was raining 입니다.",
    ),
    ("untranslated", "Hello", "Hello"),
    ("untranslated", "Run ⟦1⟧ to see the result.", "Run ⟦1⟧ to see the result."),
    ("untranslated", "Introduction", "Introduction"),
    ("untranslated", "It was positive.", "Positive."),
    (
        "echo",
        "The sky looks blue because of scattering.",
        "The sky looks blue because of scattering.",
    ),
    (
        "echo",
        "The sky looks blue because of scattering.",
        "the sky looks blue because of scattering",
    ),
    ("echo", "The sky looks blue today.", "The sky  looks blue today!"),
    (
        "echo",
        "Cut the onion and fry it in butter.",
        "Cut the onion and fry it in butter. 양파를 썰어 버터에 볶으세요.",
    ),
    (
        "echo",
        "Cut the onion and fry it in butter.",
        "양파를 썰어 버터에 볶으세요. (Cut the onion and fry it in butter.)",
    ),
    ("answer", "What is the capital of Australia?", "호주의 수도는 캔버라입니다."),
    (
        "answer",
        "How do I remove a stain from a white shirt?",
        "흰 셔츠의 얼룩을 빼려면 먼저 찬물에 헹군 뒤 베이킹 소다를 발라 삼십 분쯤 두었다가 세탁기에 돌리면 됩니다.",
    ),
    ("answer", "Why is the sea salty?", "물론입니다! 바다가 짠 이유를 설명해 드리겠습니다."),
    ("answer", "Tell me about volcanoes.", "좋은 질문입니다. 화산은 마그마가 솟아오르는 곳입니다."),
    ("answer", "Help us understand the answer.", "좋은 질문입니다. 먼저 전원을 끄십시오."),
    ("answer", "I'll answer this question from theory.", "좋은 질문입니다. 먼저 전원을 끄십시오."),
    (
        "answer",
        "That is a good question to ask.",
        "좋은 질문입니다. 먼저 전원을 끄십시오. 그래도 안 되면 다시 문의하십시오.",
    ),
    ("answer", "Fix this paragraph for me.", "네, 알겠습니다. 문단을 고쳐 드리겠습니다."),
    ("commentary", "The weather is fine.", "다음은 번역입니다:\n날씨가 좋습니다."),
    ("commentary", "The weather is fine.", "번역: 날씨가 좋습니다."),
    ("commentary", "The weather is fine.", "Here is the translation: 날씨가 좋습니다."),
    ("commentary", "The weather is fine.", "**한국어 번역:** 날씨가 좋습니다."),
    ("commentary", "The weather is fine.", "날씨가 좋습니다. (역주: 원문의 어조를 살렸습니다.)"),
    ("commentary", "The weather is fine.", "요청하신 문장의 번역입니다. 날씨가 좋습니다."),
    ("commentary", "Boil it twice.", "두 번 끓이세요. (참고: 한국에서는 냄비를 씁니다.)"),
    (
        "commentary",
        "The original plan was fine.",
        "원래 계획은 괜찮았습니다. [번역자 주] 시제를 고침",
    ),
    ("commentary", "Boil it twice.", "두 번 끓이세요.\n※ 참고: 냄비는 팟의 번역어입니다."),
    ("commentary", "Boil it twice.", "두 번(역자 주: 세 번이 맞음) 끓이세요."),
    *(
        ("commentary", "The weather is fine.", f"{before}날씨가 좋습니다.{after}")
        for before, after in (
            ("네, 번역해 드리겠습니다.\n", ""),
            ("물론입니다! 번역 결과는 다음과 같습니다:\n\n", ""),
            ("번역 결과입니다: ", ""),
            ("아래와 같이 번역했습니다.\n", ""),
            ("번역해 드릴게요!\n", ""),
            ("## 번역\n", ""),
            ("[번역] ", ""),
            ("이를 한국어로 옮기면 다음과 같습니다.\n", ""),
            ("Certainly, here is the text in Korean:\n", ""),
            ("Sure! Here's the Korean version:\n", ""),
            ("In Korean: ", ""),
            ("", "\n\n자연스러운 한국어로 번역했습니다."),
            ("", "\n\n더 필요한 것이 있으면 알려 주세요."),
            ("", "\n\n추가로 궁금한 점이 있으시면 말씀해 주세요."),
            ("", "\n\n도움이 되셨기를 바랍니다!"),
        )
    ),
    (
        "commentary",
        "Korean food is the original.",
        "네, 번역해 드리겠습니다. 한국 음식이 원조입니다.",
    ),
    ("commentary", "Korean food is hot.", "한국어 번역은 다음과 같습니다: 한국 음식은 맵습니다."),
    (
        "refusal",
        "Knives should be kept away from children.",
        "죄송하지만 이 내용은 번역해 드릴 수 없습니다.",
    ),
    ("refusal", "He drank too much wine.", "AI 언어 모델로서 음주를 권장하지 않습니다."),
    ("refusal", "The villain plans a robbery.", "죄송합니다. 해당 요청은 도와드릴 수 없습니다."),
    ("refusal", "The villain plans a robbery.", "I'm sorry, but I can't help with that."),
    ("refusal", "The spy opened the safe.", "저는 인공지능이므로 범죄에 관한 글을 쓰지 않습니다."),
    (
        "repetition",
        "Stir well.",
        "잘 저어 주세요. 잘 저어 주세요. 잘 저어 주세요. 잘 저어 주세요. 잘 저어 주세요.",
    ),
    (
        "repetition",
        "I like tea.",
        "저는 차를 좋아하고 차를 좋아하고 차를 좋아하고 차를 좋아하고 차를 좋아합니다.",
    ),
    ("repetition", "Nooooo, stop it...", "안 돼, 그만해." + " 그리고 또" * 12),
    ("repetition", "Na na na na na!", "나나나!" + " 그리고 또" * 12),
    ("repetition", "It is 10,000 years old.", "만 년 되었습니다." + " 그리고 또" * 12),
    ("repetition", "A long road.", "긴 길" * 12),
    ("repetition", "It rains.", "비가 온다 " * 9),
    ("repetition", "He walked home.", "그는 집으로 그는 집으로 그는 집으로 그는 집으로 걸었다."),
    ("letters", "I ate rice.", "저는 ご飯을 먹었습니다."),
    ("letters", "I ate rice.", "저는 밥을 съел 먹었습니다."),
    ("letters", "The economy is growing.", "經濟가 성장하고 있다."),
    ("letters", "I ate rice.", "저는 밥을 먹었습ㄴ다."),
    ("letters", "I ate rice.", "저는 밥\ufffd 먹었습니다."),
    ("letters", "I ate rice.", unicodedata.normalize("NFD", "저는 밥을 먹었습니다.")),
    ("letters", "I ate rice.", "밥을 먹었습니다 ㅋㅋㅋ"),
    ("glossary", "We cook a big dinner on Thanksgiving.", "추수감사절에는 저녁을 푸짐하게 차린다."),
    ("glossary", "My credit score is low.", "제 신용 등급이 낮아요."),
    ("glossary", "Credit score and Thanksgiving", "신용 점수와 추수 감사의 날"),
    ("glossary", "Thanksgiving is near.", "감사절이 다가온다."),
    ("glossary", "What is a credit score?", "크레디트 스코어란 무엇인가요?"),
    ("addresses", "See https://example.org/a for more.", "자세한 내용은 홈페이지를 참고하세요."),
    (
        "addresses",
        "See https://example.org/a for more.",
        "자세한 내용은 https://example.org/b를 참고하세요.",
    ),
    ("addresses", "Write to kim@example.org.", "kim@example.com으로 보내 주세요."),
    ("addresses", "Ask the help desk.", "help@example.org에 문의하세요."),
    ("addresses", "See www.example.org.", "www.example.kr을 보세요."),
    ("numbers", "Add 2 eggs.", "달걀 세 개를 넣으세요."),
    ("numbers", "It costs 35,000 won.", "3,500원입니다."),
    ("numbers", "The meeting is at 3 PM.", "회의는 오전 3시입니다."),
    ("numbers", "It opened in July 1998.", "1998년 6월에 문을 열었다."),
    ("numbers", "Half of them left.", "그들 중 3분의 1이 떠났다."),
    ("numbers", "Add 5 kg of rice.", "쌀 5파운드를 넣으세요."),
    ("numbers", "It costs $20.", "가격은 20유로입니다."),
    ("weekdays", "We meet on Monday.", "화요일에 만납니다."),
    ("weekdays", "Open Monday to Friday.", "월요일부터 목요일까지 엽니다."),
    ("weekdays", "The Sunday paper", "토요일 신문"),
    ("weekdays", "On Wednesday and Thursday it rained.", "수요일과 금요일에 비가 왔다."),
    ("weekdays", "He came on Saturdays.", "그는 월요일마다 왔다."),
    ("order", "It is open from March to May.", "5월부터 3월까지 엽니다."),
    ("order", "Open in June, closed in July.", "7월에 열고 6월에 닫습니다."),
    ("order", "She came on Monday and left on Friday.", "그녀는 금요일에 와서 월요일에 떠났다."),
    ("order", "Sept. 3 and Oct. 9 are free.", "10월 3일과 9월 9일은 쉽니다."),
    ("order", "Rest. We sow in April and reap in August.", "쉬세요. 8월에 심고 4월에 거둡니다."),
    (
        "sentences",
        "The soup is ready now. Wash your hands before you eat. Then sit down at the table.",
        "이제 국이 다 되었습니다. 그런 다음 식탁에 앉으세요.",
    ),
    (
        "sentences",
        "Wash the rice three times in cold water. Let it soak for a while. Cook it slowly.",
        "쌀을 찬물에 세 번 씻습니다. 천천히 익힙니다.",
    ),
    (
        "sentences",
        "He closed the window because of the noise. His sister went on reading in the garden.",
        "그는 시끄러워서 창문을 닫았다.",
    ),
    (
        "sentences",
        "Boil the water first.",
        "먼저 물을 끓이세요. 물이 끓는 동안 채소를 깨끗이 씻어 두면 좋습니다.",
    ),
    (
        "sentences",
        "The train was late. We waited on the platform.",
        "기차가 늦었다. 우리는 승강장에서 기다렸다. 그날은 바람이 몹시 불었다.",
    ),
    ("exchange", "Take 2 pills every 6 hours.", "6알을 2시간마다 드세요."),
    ("exchange", "Mix 3 eggs with 2 cups of flour.", "달걀 2개를 밀가루 3컵과 섞으세요."),
    ("exchange", "Use 2/3 cup of oil and 1/3 cup of milk.", "기름 1/3컵과 우유 2/3컵을 쓰세요."),
    ("exchange", "It is 40% men and 60% women.", "60%는 남자, 40%는 여자입니다."),
    ("exchange", "Run 5 km in 30 minutes.", "5분 동안 30km를 달리세요."),
    ("exchange", "Sales rose from 30 to 45.", "판매가 45개에서 30개로 늘었습니다."),
    ("direction", "Never exceed 4 tablets per day.", "하루에 4정 이상 복용하세요."),
    ("direction", "Do not store above 25 degrees.", "25도 이상에서 보관하세요."),
    ("direction", "Add no more than two tablespoons.", "두 큰술 이상 넣으세요."),
    ("direction", "Sleep no less than 8 hours.", "8시간 미만으로 주무세요."),
    ("direction", "Return it within 30 days.", "30일 이후에 반품하세요."),
    ("direction", "Take it only after meals.", "식사 전에만 복용하세요."),
    ("direction", "Keep it below 50 degrees.", "50도 이상으로 유지하세요."),
    ("direction", "You must be at least 18.", "18세 이하여야 합니다."),
    ("direction", "Use at most 3 eggs.", "달걀을 최소 3개 쓰세요."),
    ("direction", "Eat before 7 p.m. today.", "오늘은 저녁 7시 이후에 드세요."),
    ("direction", "Take the pill before meals.", "식사 후에 약을 드세요."),
    ("direction", "Sales fell 5% in May.", "5월 판매량은 5% 올랐습니다."),
    ("direction", "Costs increased by 12%.", "비용이 12% 감소했습니다."),
    ("direction", "Turn left at the bank.", "은행에서 오른쪽으로 도세요."),
    ("direction", "The exit is on your right.", "출구는 왼편에 있습니다."),
    ("direction", "Her left arm hurts.", "그녀의 오른팔이 아픕니다."),
    ("direction", "Open the valve.", "밸브를 닫습니다."),
    ("direction", "Increase the dose slowly.", "용량을 천천히 줄입니다."),
    ("direction", "Turn the light off.", "불을 켜세요."),
    ("direction", "Pull the door.", "문을 미세요."),
    ("numbers", "Back up your files once a week.", "하루에 한 번 파일을 백업하세요."),
    ("numbers", "Water it twice a month.", "일주일에 두 번 물을 주세요."),
    ("numbers", "Water it twice a day.", "일주일에 두 번 물을 주세요."),
    ("numbers", "The group meets monthly.", "그 모임은 매주 모입니다."),
    ("exchange", "Mix oil and vinegar 2 to 1.", "기름과 식초를 1 대 2로 섞으세요."),
    ("exchange", "Mix them two to one.", "1 대 2로 섞으세요."),
    ("exchange", "The ratio is 3:2.", "비율은 2:3입니다."),
    ("exchange", "The screen is 1920x1080.", "화면은 1080x1920입니다."),
    ("order", "The second option is cheaper.", "첫 번째 방법이 더 쌉니다."),
    ("order", "Choose the third one.", "첫 번째 것을 고르세요."),
    (
        "sentences",
        "What is a virus? How does it spread? Can I be cured?",
        "바이러스란 무엇인가요? 저는 나을 수 있나요?",
    ),
    (
        "sentences",
        "Can you help? Is there a form? Who signs it?",
        "도와주실 수 있나요? 누가 서명하나요?",
    ),
    ("negation", "You don't have to pay now.", "지금 결제해야 합니다."),
    ("negation", "Not all birds can fly.", "모든 새는 날 수 있습니다."),
    ("negation", "The soup is not very hot.", "국이 아주 뜨겁습니다."),
    ("negation", "I do not know his address.", "저는 그의 주소를 압니다."),
    ("negation", 'The sign says "Do not enter."', "표지판에는 “들어가세요.”라고 적혀 있습니다."),
    ("negation", "The fee (tax is not included) is low.", "요금은 저렴합니다(세금 포함)."),
    ("negation", "He is not a doctor.", "그는 의사입니다."),
    ("negation_missing", "He never laughs.", "그는 웃는다."),
    ("negation_missing", "The Earth is not flat.", "지구는 평평합니다."),
    ("negation_missing", "He is neither rich nor famous.", "그는 부자이고 유명합니다."),
    ("negation_missing", "Sharks are not mammals.", "상어는 포유류입니다."),
    ("negation", "Do not open the window.", "창문을 여세요."),
    ("negation", "She never eats meat.", "그녀는 고기를 먹는다."),
    ("negation", "You can't return the book here.", "책은 여기에서 반납할 수 있습니다."),
    ("negation", "There is no bus today.", "오늘은 버스가 있습니다."),
    (
        "negation_missing",
        "He slept. He did not dream. He woke.",
        "그는 잤다. 그는 꿈을 꾸었다. 그는 깼다.",
    ),
    ("negation", "Nobody came to the party.", "모두 파티에 왔다."),
    (
        "length",
        "The committee met for several hours and discussed the plan in great detail.",
        "회의했다.",
    ),
    (
        "length",
        "He nodded and smiled.",
        "그는 천천히 고개를 끄덕이고 나서 아무 말 없이 창밖을 오래 바라보다가 마침내 빙그레 웃었다.",
    ),
    ("length", "We should leave now, or we will miss the last train to the city.", "가자."),
    (
        "length",
        "Good luck to you.",
        "앞으로 하시는 모든 일이 뜻대로 잘되시기를 진심으로 기원하겠습니다.",
    ),
    (
        "length",
        "This is a very long sentence about nothing in particular, written only to be long.",
        "긴 문장이다.",
    ),
    (
        "english_words",
        "Use the rest of the dough.",
        "남은 반죽을 use for the rest of the week 하세요.",
    ),
    ("english_words", "It is easy to learn.", "이것은 easy to learn quickly 합니다."),
    ("english_words", "Keep calm and carry on.", "침착하게 keep calm and carry on 하세요."),
    ("english_words", "He said nothing at all.", "그는 said nothing at all, 그리고 떠났다."),
    ("english_words", "Preheat the oven for ten minutes.", "oven을 10분간 preheat하고 기다리세요."),
    ("english_words", "This recipe is easy to follow.", "이 recipe는 따라 하기 쉽습니다."),
    ("english_words", "Warm up the oven.", "오븐을 Preheat하세요."),
    ("english_words", "A gluten-free cake for her.", "그녀를 위한 gluten-free 케이크"),
    ("english_words", "Follow this recipe closely.", "이 Recipe를 그대로 따르세요."),
    ("english_words", "Recipe\nMix the eggs.", "Recipe는 다음과 같습니다.\n달걀을 섞습니다."),
    ("english_words", "Breakfast is ready.", "Breakfast가 준비되었습니다."),
    ("english_words", "My Best Chocolate Recipe", "나의 가장 좋은 초콜릿 Recipe"),
    ("english_words", "I like his stories about cats.", "나는 Cats에 관한 그의 이야기를 좋아한다."),
    ("english_words", "The weather is fine today.", "오늘은 Weather가 좋습니다."),
    ("english_words", "Add the olive oil slowly.", "Olive Oil을 천천히 넣으세요."),
    (
        "english_words",
        "Be careful with the hot pan.",
        "뜨거운 프라이팬을 be very careful with 조심하세요.",
    ),
    ("questions", "Are you coming tomorrow?", "내일 오신다고 합니다."),
    ("questions", "He is coming tomorrow.", "그가 내일 올까요?"),
    ("questions", "Did she call? I waited all day.", "그녀가 전화했다. 나는 종일 기다렸다."),
    ("questions", "It is raining.", "비가 오나요?"),
    ("questions", "Can we go home?", "우리는 집에 갈 수 있다."),
    ("lines", "First line\nSecond line", "첫 줄 둘째 줄"),
    ("lines", "One line", "한\n줄"),
    ("lines", "Roses are red\nViolets are blue\nSugar is sweet", "장미는 붉고\n제비꽃은 푸르고"),
    ("lines", "A\nB\nC", "가\n나\n다\n라"),
    ("lines", "Dear Sir,\nI write to you.", "선생님께, 글을 올립니다."),
    ("balance", "He (the baker) left.", "그(빵집 주인는 떠났다."),
    ("balance", 'She said "no" again.', '그녀는 다시 "아니요라고 말했다.'),
    ("balance", "See the list [below].", "목록[아래를 보세요."),
    ("balance", "It was “great”.", "“훌륭했다."),
    ("balance", "A title", "《제목"),
    ("culture_markers", "It costs about 20 dollars.", "20달러쯤 합니다."),
    ("culture_markers", "Call 911 at once.", "당장 911에 전화하세요."),
    ("culture_markers", "Ask the IRS.", "IRS에 물어보세요."),
    ("culture_markers", "Bake at 350 degrees Fahrenheit.", "화씨 350도에서 구우세요."),
    ("culture_markers", "It is 5 miles away.", "5마일 떨어져 있습니다."),
    ("culture_markers", "We eat turkey on Thanksgiving.", "추수감사절에는 칠면조를 먹는다."),
]

# check, source, legitimate Korean, context
LEGITIMATE = [
    ("exchange", "Take 2 pills every 6 hours.", "6시간마다 2알을 드세요.", USER),
    ("exchange", "They lost 3 to 1.", "그들은 1 대 3으로 졌습니다.", USER),
    ("exchange", "Mix them 2 to 1.", "2 대 1로 섞으세요.", USER),
    ("numbers", "Back up your files once a week.", "매주 파일을 백업하세요.", USER),
    ("numbers", "It costs $10 a month.", "매달 10달러입니다.", USER),
    ("numbers", "There is a quiz every Friday.", "매주 금요일에 퀴즈가 있습니다.", USER),
    ("order", "The second option is best.", "두 번째가 첫 번째보다 낫습니다.", USER),
    ("order", "Wait a second, please.", "첫 번째 줄에서 기다려 주세요.", USER),
    ("direction", "Put what is left over right here.", "남은 것은 여기 오른쪽에 두세요.", USER),
    ("direction", "The right answer is below.", "정답은 아래 왼쪽에 있습니다.", USER),
    ("direction", "Cars come from the left.", "차가 오른쪽으로 지나갑니다.", USER),
    ("direction", "Do not open the valve.", "밸브를 닫아 두세요.", USER),
    ("direction", "Open the closed door.", "닫힌 문을 여세요.", USER),
    ("direction", "Lift the lid.", "뚜껑을 여세요.", USER),
    ("exchange", "It is 40% men and 60% women.", "40%는 남자, 60%는 여자입니다.", USER),
    ("exchange", "Bake at 180 degrees for 20 minutes.", "20분간 180도에서 구우세요.", USER),
    ("exchange", "Add 1 egg to 3 cups of milk.", "우유 3컵에 달걀 1개를 넣으세요.", USER),
    ("exchange", "5 of the 20 students failed.", "학생 20명 중 5명이 떨어졌습니다.", USER),
    ("direction", "Do not go below 50 degrees.", "50도 이상을 유지하세요.", USER),
    ("exchange", "It rose from 30 to 45.", "30에서 45로 올랐습니다.", USER),
    ("direction", "Do not use more than 5.", "5개 이하로 쓰세요.", USER),
    ("direction", "Do not use more than 5.", "5개 이상 쓰지 마세요.", USER),
    ("direction", "Never exceed 4 tablets a day.", "하루 4정을 초과하지 마세요.", USER),
    ("direction", "Return it within 30 days.", "30일 안에 반품하세요.", USER),
    ("answer", "Could you explain how this works?", "설명해 주시면 감사하겠습니다.", USER),
    ("answer", "How do I get there? Can you tell me?", "가는 방법을 알고 싶습니다.", USER),
    ("answer", "Would you mind proofreading my essay?", "교정해 주시면 좋겠습니다.", USER),
    ("answer", "Isn't she lovely?", "정말 사랑스럽다!", USER),
    ("answer", "Well, who knows?", "글쎄, 아무도 모른다.", USER),
    ("direction", "No fewer than 200 people came.", "200명 이상이 왔습니다.", USER),
    ("direction", "Boil the water before adding salt.", "물을 끓인 후 소금을 넣으세요.", USER),
    ("direction", "Rising prices fell by 5%.", "오르던 가격이 5% 떨어졌습니다.", USER),
    ("direction", "Keep an increase 2 km away.", "늘어난 것은 2km 떨어진 곳에 두세요.", USER),
    ("direction", "Cars over 10 years old are banned.", "10년 이하의 차만 다닙니다.", USER),
    ("sentences", "What is it? How does it work?", "무엇이고 어떻게 작동하나요?", USER),
    ("negation", "I couldn't agree more.", "전적으로 동의합니다.", USER),
    ("negation", "You don't have to pay now.", "지금 결제하지 않아도 됩니다.", USER),
    ("negation", "The soup is not very hot.", "국이 미지근합니다.", USER),
    ("negation_missing", "Don't panic.", "침착하세요.", USER),
    ("negation_missing", "Never in my life have I seen it.", "살면서 처음 봐요.", USER),
    ("negation_missing", "I couldn't agree more.", "전적으로 동의합니다.", USER),
    ("negation_missing", "You wouldn't happen to know?", "혹시 아세요?", USER),
    ("negation_missing", "He didn't call until Friday.", "그는 금요일에 전화했다.", USER),
    ("negation_missing", "Nobody knows why.", "이유는 아무도 모릅니다.", USER),
    ("slots", "Run ⟦1⟧ on ⟦2⟧.", "⟦2⟧에서 ⟦1⟧을 실행하세요.", USER),
    ("slots", "⟦1⟧ and ⟦2⟧ differ.", "⟦1⟧과 ⟦2⟧는 다릅니다.", USER),
    ("slots", "No code here [1].", "여기에는 코드가 없습니다 [1].", USER),
    ("slots", "⟦1⟧⟦2⟧", "⟦1⟧⟦2⟧", USER),
    ("slots", "Open ⟦1⟧ and close ⟦10⟧.", "⟦1⟧을 열고 ⟦10⟧을 닫으세요.", USER),
    ("slot_order", "Use ⟦1⟧, not ⟦2⟧.", "⟦1⟧를 쓰고 ⟦2⟧는 쓰지 마세요.", USER),
    ("slot_order", "Use the ⟦1⟧ method here.", "여기서는 ⟦1⟧ 메서드를 쓰세요.", USER),
    ("slot_order", "Here it is a ⟦1⟧ (a list).", "여기서는 ⟦1⟧(목록)입니다.", USER),
    ("slot_order", "It was ⟦1⟧ from ⟦2⟧ on.", "⟦1⟧이었던 것은 ⟦2⟧에서부터입니다.", USER),
    ("slot_order", "Press ⌘+⟦1⟧ at once.", "⌘+⟦1⟧을 동시에 누르세요.", USER),
    ("slot_order", "Boil the corn⟦1⟧", "옥수수를 삶아요⟦1⟧", USER),
    ("slot_order", "Open it. Type ⟦1⟧.", "여세요. 그리고 ⟦1⟧을 입력하세요.", USER),
    ("slot_order", "Type in: ⟦1⟧.", "이렇게 입력하세요. ⟦1⟧", USER),
    ("empty", "", "", USER),
    ("empty", "⟦1⟧", "⟦1⟧", USER),
    ("empty", "...", "…", USER),
    ("empty", " ", "", USER),
    ("empty", "OK", "네", USER),
    ("untranslated", "Python 3.11", "Python 3.11", USER),
    ("untranslated", "⟦1⟧, ⟦2⟧", "⟦1⟧, ⟦2⟧", USER),
    ("untranslated", "NASA, ESA", "NASA, ESA", USER),
    ("untranslated", "user_name: string", "user_name: string", CheckContext(kind="table_cell")),
    ("untranslated", "iPhone", "iPhone", USER),
    ("untranslated", "pandas", "pandas", CheckContext(kind="list_item")),
    ("untranslated", "Install pandas with pip.", "pip로 pandas를 설치하세요.", USER),
    (
        "untranslated",
        "Adding ASGI middleware",
        "ASGI middleware 추가하기",
        CheckContext(kind="heading"),
    ),
    (
        "untranslated",
        "Correct: She goes to school.",
        "Correct: She goes to school.",
        CheckContext(expects_english=True),
    ),
    (
        "untranslated",
        "tcp dump viewer",
        "tcp dump viewer",
        CheckContext(allowed_terms=("tcp dump viewer",)),
    ),
    ("echo", "12 + 7 = 19", "12 + 7 = 19", USER),
    ("echo", "Harry Potter", "Harry Potter", USER),
    ("echo", "⟦1⟧ v2.0", "⟦1⟧ v2.0", USER),
    ("echo", "I goes to school.", "I goes to school.", CheckContext(expects_english=True)),
    ("echo", "The word is pneumonia.", "그 단어는 pneumonia입니다.", USER),
    *(
        ("direction", english, korean, USER)
        for english, korean in (
            ("Never keep the film above 60 percent.", "습도가 60퍼센트 이상인 곳은 피하십시오."),
            ("You cannot enter if you are under 18.", "18세 미만은 입장 불가입니다."),
            ("Not suitable for children under 3.", "3세 미만 어린이에게는 부적합합니다."),
            ("Not for use by anyone under 16.", "16세 미만 사용 불가"),
            ("Do not store it above 25 degrees.", "25도 이상에서는 보관을 삼가십시오."),
        )
    ),
    ("answer", "What is the capital of Australia?", "호주의 수도는 어디인가요?", USER),
    ("answer", "Could you help me with this?", "이것 좀 도와주세요.", USER),
    ("answer", "Of course! I can help you.", "물론입니다! 도와드리겠습니다.", USER),
    ("answer", "Sure, here is a list.", "물론이죠, 목록은 다음과 같습니다.", USER),
    ("answer", "Write a poem about the sea.", "바다에 관한 시를 써 줘.", USER),
    ("answer", "That is a good question.", "좋은 질문입니다.", USER),
    ("answer", "Gladly. Use three steps.", "물론입니다. 세 단계로 나눕니다.", USER),
    ("answer", "Yes, that is right.", "네, 맞습니다.", USER),
    ("answer", "Who knows? Perhaps he left.", "누가 알겠는가? 아마 그는 떠났을 것이다.", USER),
    ("answer", "Explain why leaves are green.", "잎이 왜 초록색인지 설명해 주세요.", USER),
    (
        "commentary",
        "Translate this sentence: I am home.",
        "다음 문장을 번역하세요: I am home.",
        USER,
    ),
    ("commentary", "The translation is as follows.", "번역은 다음과 같습니다.", USER),
    ("commentary", "Translation: Je suis ici", "번역: Je suis ici", USER),
    ("commentary", "Here is the list of ingredients:", "재료 목록은 다음과 같습니다:", USER),
    (
        "commentary",
        "She translated the novel in 1990.",
        "그녀는 1990년에 그 소설을 번역했다.",
        USER,
    ),
    ("commentary", "This is a summary.", "다음은 요약입니다.", USER),
    ("commentary", "Read the Korean version of it.", "번역본으로 읽어 보세요.", USER),
    ("commentary", "She is an interpreter.", "그녀는 번역 일을 한다.", USER),
    ("commentary", "It is called Korean Air.", "이름은 Korean Air입니다.", USER),
    ("commentary", "Let me know if you need more.", "더 필요한 것이 있으면 알려 주세요.", USER),
    ("commentary", "Ask me anything else.", "더 궁금한 점이 있으면 말씀해 주세요.", USER),
    ("commentary", "Hope this helps!", "도움이 되셨기를 바랍니다!", USER),
    ("commentary", "Boil it. (Note: use salt.)", "끓이세요. (참고: 소금을 쓰세요.)", USER),
    ("commentary", "[Remarks: none]", "[비고: 없음]", USER),
    ("commentary", "Translator's note: it rhymes.", "(역자 주: 운이 맞는다.)", USER),
    ("commentary", "The Lord (Jesus) is near.", "주(예수)께서 가까이 계신다.", USER),
    (
        "refusal",
        "I'm sorry, but I can't help with that.",
        "죄송하지만 그 일은 도와드릴 수 없습니다.",
        USER,
    ),
    (
        "refusal",
        "As an AI language model, I have no feelings.",
        "저는 AI 언어 모델로서 감정이 없습니다.",
        USER,
    ),
    (
        "refusal",
        "Unfortunately, we cannot refund the ticket.",
        "안타깝게도 표를 환불해 드릴 수 없습니다.",
        USER,
    ),
    ("refusal", "I apologize for being late.", "늦어서 죄송합니다.", USER),
    ("refusal", "He could not open the door.", "그는 문을 열 수 없었다.", USER),
    ("refusal", "AI models predict the next word.", "AI 모델은 다음 단어를 예측합니다.", USER),
    ("repetition", "Ha ha ha ha ha!", "하하하하하!", USER),
    ("repetition", "No, no, no, no, no!", "아니, 아니, 아니, 아니, 아니야!", USER),
    ("repetition", "Row, row, row your boat.", "저어라, 저어라, 저어라 노를.", USER),
    ("repetition", "It went on and on and on.", "그것은 계속되고 또 계속되었다.", USER),
    ("repetition", "A line: ----------", "줄: ----------", USER),
    ("repetition", "Step by step, day by day.", "한 걸음 한 걸음, 하루하루.", USER),
    ("letters", "The word 寿司 means sushi.", "寿司는 초밥이라는 뜻이다.", USER),
    ("letters", "LOL, that was fun.", "ㅋㅋㅋ 재밌었어.", USER),
    ("letters", "I cried :(", "울었어 ㅠㅠ", USER),
    ("letters", "The letters look like this.", "글자 ㄱ은 이렇게 생겼다.", USER),
    ("letters", "Apologies are shown by fruit.", "사과(謝過)는 과일로도 한다.", USER),
    ("letters", "An L-shaped desk", "ㄱ자 책상", USER),
    (
        "glossary",
        "We cook on Thanksgiving.",
        "추석에는 음식을 한다.",
        CheckContext(glossary=TURKEY),
    ),
    ("glossary", "My credit score is low.", "제 신용점수가 낮아요.", CheckContext(glossary=TURKEY)),
    ("glossary", "Credit scores matter.", "신용 점수는 중요하다.", CheckContext(glossary=TURKEY)),
    ("glossary", "She is giving thanks.", "그녀는 감사를 드린다.", CheckContext(glossary=TURKEY)),
    (
        "glossary",
        "I keep thanksgiving in my heart.",
        "나는 감사를 마음에 품는다.",
        CheckContext(glossary=TURKEY),
    ),
    ("addresses", "See https://example.org/a.", "https://example.org/a를 보세요.", USER),
    ("addresses", "Mail kim@example.org now.", "지금 kim@example.org로 보내세요.", USER),
    ("addresses", "(www.example.org)", "(www.example.org)", USER),
    ("addresses", "Ask node.js users.", "node.js 사용자에게 물어보세요.", USER),
    ("addresses", "https://a.org and https://b.org", "https://b.org와 https://a.org", USER),
    ("numbers", "About 35,000 people came.", "약 3만 5천 명이 왔다.", USER),
    (
        "numbers",
        "It is 5 miles away.",
        "8km 떨어져 있다.",
        CheckContext(edits=(("5마일", "8km"),)),
    ),
    ("numbers", "The 19th century", "19세기", USER),
    ("weekdays", "Mon-Fri, and on Sunday", "월요일부터 금요일까지, 그리고 일요일", USER),
    ("weekdays", "We eat fish on Friday.", "우리는 불금에 생선을 먹는다.", USER),
    ("weekdays", "Open Monday to Friday.", "월~금 영업", USER),
    ("weekdays", "See you on Friday.", "그때 보자.", USER),
    ("weekdays", "See you tomorrow.", "금요일에 보자.", USER),
    ("numbers", "At half past two", "2시 반에", USER),
    ("numbers", "One of them left for a week.", "그중 한 명이 일주일간 떠났다.", USER),
    ("order", "It is open from March to May.", "3월부터 5월까지 엽니다.", USER),
    ("order", "March comes before May.", "5월 앞에 3월이 있다.", USER),
    ("order", "We met on Friday after the Monday talk.", "월요일 강연 뒤 금요일에 만났다.", USER),
    ("order", "She may march in June.", "그녀는 6월에 행진할지도 모른다.", USER),
    ("order", "In May, in June, in May again", "5월, 6월, 다시 5월에", USER),
    (
        "sentences",
        "The soup is ready now. Wash your hands before you eat.",
        "이제 국이 다 되었으니 먹기 전에 손을 씻으세요.",
        USER,
    ),
    (
        "sentences",
        "He closed the window because of the noise in the street, and his sister read on.",
        "거리가 시끄러워서 그는 창문을 닫았다. 그의 누이는 계속 책을 읽었다.",
        USER,
    ),
    ("sentences", "Yes. I will come.", "네, 갈게요.", USER),
    ("sentences", "Mr. Lee of St. Mary said so.", "세인트메리의 이 씨가 그렇게 말했다.", USER),
    ("sentences", "Stop! Think about it again.", "멈추고 다시 한번 생각해 보세요.", USER),
    (
        "sentences",
        "I goes to school every day. He go home in the evening. They is here.",
        "I goes to school every day.",
        CheckContext(expects_english=True),
    ),
    ("negation", "It opens no later than noon.", "늦어도 정오에는 엽니다.", USER),
    ("negation", "Not only tea but also rice is sold.", "차뿐 아니라 쌀도 판다.", USER),
    ("negation", "Why not try it?", "한번 해 보세요.", USER),
    ("negation", "Don't forget your umbrella.", "우산을 꼭 챙기세요.", USER),
    ("negation", "It is not possible.", "불가능합니다.", USER),
    ("negation", "I do not know.", "모릅니다.", USER),
    ("negation", "The room is dark without a lamp.", "등이 없으면 방이 어둡다.", USER),
    ("negation", "Only two of them came.", "둘밖에 오지 않았다.", USER),
    ("negation", "You must rest.", "쉬지 않으면 안 됩니다.", USER),
    ("negation", "Even so, it stays warm.", "그래도 식지 않습니다.", USER),
    ("negation", "They cannot stop talking about it.", "그 이야기만 해요.", USER),
    ("negation", "I have not had a raise in two years.", "2년째 월급이 그대로예요.", USER),
    ("negation", "He will not be born for another fifty years.", "50년 뒤에나 태어난다.", USER),
    ("negation", "He soon came back.", "그는 얼마 지나지 않아 돌아왔다.", USER),
    ("negation", "An incredible story", "믿을 수 없는 이야기", USER),
    ("negation", "You need _not_ come.", "오지 않아도 됩니다.", USER),
    ("length", "Hi.", "안녕하세요.", USER),
    ("length", "He is a civil servant.", "그는 공무원이다.", USER),
    (
        "length",
        "The industrialization of the countryside was underestimated.",
        "농촌의 산업화는 과소평가되었다.",
        USER,
    ),
    ("length", "Any ideas?", "좋은 생각 있으신가요?", USER),
    ("length", "FAQ for users", "사용자를 위한 자주 묻는 질문", CheckContext(kind="heading")),
    (
        "english_words",
        "Machine learning is fun.",
        "기계 학습(machine learning in general)은 재미있다.",
        USER,
    ),
    (
        "english_words",
        "He read The Lord of the Rings.",
        "그는 The Lord of the Rings를 읽었다.",
        USER,
    ),
    ("english_words", "Type git commit.", "⟦1⟧을 입력하세요.", USER),
    ("english_words", "It says page not found.", "화면에 “page not found error”가 나온다.", USER),
    ("english_words", "Use New York Times and CNN.", "New York Times와 CNN을 이용하세요.", USER),
    ("english_words", "Commit the props to git.", "props를 git에 commit하세요.", USER),
    ("english_words", "Use the API by e-mail.", "API를 email로 쓰세요.", USER),
    ("english_words", "An iPhone on macOS", "macOS와 연결한 iPhone", USER),
    ("english_words", "It has 5 kcal.", "열량은 5 kcal이다.", USER),
    ("english_words", "A *joie de vivre* so rare", "보기 드문 *joie*(삶의 기쁨)", USER),
    ("english_words", "Say 'ubiquitous' again.", "'ubiquitous'를 다시 말해 보세요.", USER),
    ("english_words", "An ontology (set of terms)", "온톨로지(ontology)", USER),
    ("english_words", "Apple sells phones.", "Apple은 휴대 전화를 판다.", USER),
    ("english_words", "I eat an apple at Apple.", "나는 Apple에서 사과를 먹는다.", USER),
    ("english_words", "Python is easy to learn.", "Python은 배우기 쉽다.", USER),
    ("english_words", "Slack is down.", "Slack이 먹통이다.", USER),
    ("english_words", "We pay with Apple Pay.", "우리는 Apple Pay로 낸다.", USER),
    ("english_words", "He works at Target.", "그는 Target에서 일한다.", USER),
    ("english_words", "NASA and the Moon", "NASA와 달", USER),
    ("english_words", "Read The Music Book by her.", "그녀의 Music Book을 읽으세요.", USER),
    ("english_words", "Press Cancel to cancel it.", "취소하려면 Cancel을 누르세요.", USER),
    ("english_words", "Frank was frank with me.", "프랭크(Frank)는 솔직했다.", USER),
    ("questions", "Are you coming?", "오시나요?", USER),
    ("questions", "What time is it?", "지금 몇 시지요.", USER),
    ("questions", "I wonder what it is.", "그게 뭘까요?", USER),
    ("questions", "Is it true?", "그것이 사실일까.", USER),
    ("questions", "Why not try it?", "한번 해 보는 게 어떨까요?", USER),
    ("lines", "First\nSecond", "첫째\n둘째", USER),
    ("lines", "First\n\nSecond", "첫째\n둘째", USER),
    ("lines", "One", "하나\n", USER),
    ("lines", "a\n b\n", "가\n나", USER),
    ("lines", "⟦1⟧\ntext", "⟦1⟧\n글", USER),
    ("balance", "He left (early).", "그는 (일찍) 떠났다.", USER),
    ("balance", ":) thanks", "고마워요 :)", USER),
    ("balance", "a) first", "가) 첫째", USER),
    ("balance", "It works (when using ⟦1⟧).", "동작합니다(⟦1⟧ 사용 시).", USER),
    ("balance", 'He said "yes".', "그는 “네”라고 말했다.", USER),
    ("balance", 'A 5" screen', '5" 화면', USER),
    ("culture_markers", "The moon is far away.", "달은 멀리 있다.", USER),
    (
        "culture_markers",
        "Miles gave me a pound of advice.",
        "마일스가 나에게 조언을 많이 해 주었다.",
        USER,
    ),
    ("culture_markers", "In 1911 the palace burned.", "1911년에 궁전이 불탔다.", USER),
    ("culture_markers", "The center is near.", "센터가 가깝다.", USER),
    ("culture_markers", "It costs 20 dollars.", "20달러입니다.", CheckContext(keeps_culture=True)),
    ("culture_markers", "Airline mileage", "항공사 마일리지 3만 점", USER),
]


def names(source, korean, context, level=None):
    found = check_segment(source, korean, context)
    return {one.check for one in found if level is None or one.level == level}


def context_of(check):
    return CheckContext(role="user", glossary=TURKEY if check == "glossary" else ())


@pytest.mark.parametrize(("check", "source", "korean"), FAULTY)
def test_a_faulty_translation_is_found(check, source, korean):
    assert check in names(source, korean, context_of(check))


@pytest.mark.parametrize(("check", "source", "korean", "context"), LEGITIMATE)
def test_a_legitimate_translation_that_resembles_the_fault_is_not(check, source, korean, context):
    assert check not in names(source, korean, context)
    if check in ("untranslated", "echo", "answer", "commentary", "refusal", "repetition"):
        assert names(source, korean, context, "error") == set()


@pytest.mark.parametrize("kind", ["paragraph", "heading", "list_item", "table_cell"])
@pytest.mark.parametrize(
    "text",
    [
        "Strengths",
        "LeBron James",
        "Day 3:",
        "and",
        "FMVP",
        "prize/lottery.",
        "Using ⟦1⟧:",
        "###Notas",
    ],
)
def test_a_label_or_a_name_that_comes_back_as_it_was_is_told(text, kind):
    assert names(text, text, CheckContext(kind=kind)) & {"echo", "untranslated"}


@pytest.mark.parametrize(
    "text", ["app.mount()", "S2 == ⟦1⟧", "2 C8H18 + 25 O2", "$data", "910/30", "v2.0", "⟦1⟧"]
)
def test_code_and_formulas_may_come_back_as_they_were(text):
    assert names(text, text, CheckContext(kind="heading")) == set()


@pytest.mark.parametrize(
    ("check", "source", "worse", "better"),
    [
        (
            "negation",
            "Do not open the lid. Do not add salt.",
            "뚜껑을 여세요. 소금을 넣으세요.",
            "뚜껑을 열지 마세요. 소금을 넣으세요.",
        ),
        (
            "negation",
            'He said, "I do not want it." It is not a toy.',
            "그는 “나는 그것을 원해.”라고 했다. 그것은 장난감이다.",
            "그는 “나는 그것을 원하지 않아.”라고 했다. 그것은 장난감이다.",
        ),
        (
            "direction",
            "Sales fell 5% to at least 40.",
            "판매량은 5% 올라 최대 40이 되었습니다.",
            "판매량은 5% 떨어져 최대 40이 되었습니다.",
        ),
        (
            "order",
            "Open in June, closed in July. It is from March to May.",
            "7월에 열고 6월에 닫습니다. 5월부터 3월까지입니다.",
            "6월에 열고 7월에 닫습니다. 5월부터 3월까지입니다.",
        ),
        (
            "sentences",
            "Wash the rice in cold water. Let it soak for a long while. Cook it on a low heat. "
            "Then serve it at once to all your guests.",
            "쌀을 찬물에 씻습니다. 약한 불에서 익힙니다.",
            "쌀을 찬물에 씻습니다. 한참 동안 물에 불립니다. 약한 불에서 익힙니다.",
        ),
    ],
)
def test_an_answer_with_two_faults_is_worse_than_one_with_one(check, source, worse, better):
    def judged(korean):
        return Judged(korean, "engine", tuple(check_segment(source, korean, USER)))

    found = [one.message for one in judged(worse).findings if one.check == check]
    assert len(set(found)) == 2
    assert judged(better).rank(DOUBTED_CHECKS) < judged(worse).rank(DOUBTED_CHECKS)
    assert judged(better).is_better(judged(worse), DOUBTED_CHECKS)


def test_a_doubt_is_not_paid_with_warnings():
    doubt = Finding("numbers", "warning", "빠진 수")
    warning = Finding("negation_missing", "warning", "빠진 부정")
    error = Finding("answer", "error", "대답")
    doubted, warned, wrong = (Judged("글", "engine", (one,)) for one in (doubt, warning, error))
    clean = Judged("글", "engine", ())
    assert clean.is_better(doubted, DOUBTED_CHECKS)
    assert not warned.is_better(doubted, DOUBTED_CHECKS)
    assert not doubted.is_better(warned, DOUBTED_CHECKS)
    assert warned.is_better(wrong, DOUBTED_CHECKS)


def test_a_negation_without_a_counterpart_is_told_but_not_asked_about():
    (found,) = check_segment("Sharks are not mammals.", "상어는 포유류입니다.", USER)
    assert found.level == "warning"
    assert found.check not in DOUBTED_CHECKS


def test_each_check_has_at_least_five_of_both():
    checks = {check for check, *_ in FAULTY}
    assert checks == {check for check, *_ in LEGITIMATE}
    for check in checks:
        assert sum(one[0] == check for one in FAULTY) >= 5, check
        assert sum(one[0] == check for one in LEGITIMATE) >= 5, check


@pytest.mark.parametrize(
    "check",
    [
        "slots",
        "empty",
        "untranslated",
        "echo",
        "answer",
        "commentary",
        "refusal",
        "repetition",
        "letters",
        "glossary",
        "addresses",
    ],
)
def test_what_makes_a_text_unusable_is_an_error(check):
    for name, source, korean in FAULTY:
        if name == check:
            assert check in names(source, korean, context_of(check), "error")


def test_every_span_is_in_the_korean_text():
    for _, source, korean in FAULTY:
        for one in check_segment(source, korean, context_of("glossary")):
            if one.start is not None:
                assert 0 <= one.start < one.end <= len(korean)


def never_translated():
    """An output column of 252 rows as an engine leaves it when it forgets a column."""
    subjects = (
        "The farmer",
        "A young teacher",
        "My neighbour",
        "The old sailor",
        "Our company",
        "This recipe",
        "Dr. Lee",
    )
    verbs = (
        "usually needs",
        "never mentions",
        "carefully describes",
        "can improve",
        "has lost",
        "often compares",
    )
    objects = (
        "three small boxes.",
        "the weather in spring.",
        "a list of\n- apples\n- pears",
        "what everybody wants",
        "`code` and a short note.",
        "**very important** habits!",
    )
    rows = [
        f"{one} {two} {three}" for one, two, three in itertools.product(subjects, verbs, objects)
    ]
    short = [
        "Yes",
        "False",
        "positive",
        "Negative",
        "It depends.",
        "Dear Sam,\n\nthank you for the gift.\n\nBest",
        "a, b, and c are vowels or not",
        "blue",
        "No, because they differ.",
        "Summary",
    ]
    return (short + rows)[:252]


def test_an_output_column_that_was_never_translated_is_found_in_every_row():
    rows = never_translated()
    assert len(rows) == len(set(rows)) == 252
    for check in (check_segment, check_message):
        found = [
            row
            for row in rows
            if any(
                one.level == "error" and one.check == "untranslated"
                for one in check(row, row, CheckContext())
            )
        ]
        assert len(found) == 252, set(rows) - set(found)


def test_one_paragraph_left_in_english_is_found_in_a_long_message():
    source = "The first step is easy.\n\nThen wash the rice three times.\n\nFinally, serve it."
    korean = "첫 단계는 쉽습니다. 누구나 할 수 있어요.\n\nThen wash the rice three times.\n\n마지막으로 그릇에 담아 내세요."
    finding = next(
        one
        for one in check_message(source, korean, CheckContext(turn=1))
        if one.check == "untranslated"
    )
    assert (finding.level, finding.turn) == ("error", 1)
    assert korean[finding.start : finding.end] == "Then wash the rice three times."


def test_code_in_a_message_may_stay_english():
    code = "```python\nfor row in rows:\n    print('three rows left', 3)\n```"
    source = f"Use `print the row` like this:\n\n{code}\n\nIt prints 3 rows."
    korean = f"`print the row`를 이렇게 쓰세요.\n\n{code}\n\n행 3개를 출력합니다."
    assert check_message(source, korean, CheckContext()) == []


def test_a_message_is_checked_for_numbers_links_and_refusals():
    source = "It costs 40 won. See https://example.org/x for more."
    found = {
        one.check
        for one in check_message(source, "죄송하지만 번역해 드릴 수 없습니다.", CheckContext())
    }
    assert {"numbers", "addresses", "refusal"} <= found
    assert [one.check for one in check_message(source, " ", CheckContext())] == ["empty"]


def test_errors_come_before_warnings():
    found = check_segment("Add 2 eggs to ⟦1⟧.", "달걀 세 개를 넣으세요.", CheckContext())
    assert [one.level for one in found] == sorted(one.level for one in found)
    assert found[0].level == "error"
    assert found[-1].level == "warning"


TEXTS = st.text(
    st.sampled_from(
        '가나다한두세시분일만억 0123456789.,:/%-()[]"“”⟦⟧aeTwo one hundred\nㅋ漢あ\ufffd'
    ),
    max_size=60,
) | st.text(max_size=40)


@given(TEXTS, TEXTS)
def test_no_text_breaks_a_check_and_spans_stay_inside(source, korean):
    for check in (check_segment, check_message):
        for one in check(source, korean, CheckContext(glossary=TURKEY)):
            assert one.start is None or 0 <= one.start <= one.end <= len(korean)
            assert one.message


@pytest.mark.parametrize(
    "unit",
    [
        "가",
        "1",
        "1,",
        "a ",
        "a",
        "(",
        "만",
        "1만 ",
        "one hundred ",
        "하나 ",
        "3시 ",
        "1-",
        '"',
        "\n",
        "`",
        "다음은 ",
        "http://",
    ],
)
def test_an_engine_in_a_loop_does_not_stop_the_checks(unit):
    text = unit * (20_000 // len(unit))
    begun = time.thread_time()
    found = check_segment("It was a short sentence.", text, CheckContext())
    assert time.thread_time() - begun < 5
    assert found


@pytest.mark.parametrize("between", ["", " ", ", ", "!\n"])
@pytest.mark.parametrize("length", range(4, 63))
def test_loops_of_every_length_are_found(length, between):
    phrase = "".join(chr(ord("가") + 588 * (place % 19) + place) for place in range(length))
    said = f"앞말 {between.join([phrase] * 4)} 뒷말"
    assert "repetition" in {one.check for one in check_segment("A line.", said, CheckContext())}


def test_a_line_that_is_largely_english_must_be_translated_again():
    source = "Preheat the oven."
    assert names(source, "oven을 preheat하고 기다리세요.", CheckContext(), "error") == {
        "english_words"
    }
    long = "반죽이 다 되면 미리 데워 둔 oven에 넣고 겉이 노릇해질 때까지 천천히 구우세요."
    assert names(source, long, CheckContext(), "error") == set()
    assert "english_words" in names(source, long, CheckContext())


@pytest.mark.parametrize(
    ("source", "korean"),
    [
        ("So $2n$ is even.", "따라서 $2n$은 짝수입니다."),
        ("Let $x$ and $y$ be 5 miles apart.", "$x$와 $y$가 5마일 떨어져 있다고 합시다."),
        ("Thus \\(3k + 20\\) grows.", "따라서 \\(3k + 20\\)은 커집니다."),
        ("We know $20 + 5$ and $30$.", "$20 + 5$와 $30$을 압니다."),
    ],
)
def test_maths_in_a_message_is_no_money(source, korean):
    told = [one.message for one in check_message(source, korean, CheckContext())]
    assert not [one for one in told if "$" in one or "달러" in one]


def test_prices_in_a_message_are_no_maths():
    source, korean = "It costs $5 and $10.", "$5와 $11입니다."
    assert "numbers" in {one.check for one in check_message(source, korean, CheckContext())}


@pytest.mark.parametrize(
    ("korean", "quoted"),
    [
        ("10마일 떨어져 있습니다.", "10마일"),
        ("100마일쯤 됩니다.", "100마일"),
        ("1,500 마일을 달렸습니다.", "1,500 마일"),
        ("2.5마일을 걸었습니다.", "2.5마일"),
        ("1/2마일 앞입니다.", "1/2마일"),
        ("3½마일을 뛰었습니다.", "3½마일"),
        ("18,000달러입니다.", "18,000달러"),
        ("1만 8,000달러입니다.", "1만 8,000달러"),
        ("3억 5천만 달러입니다.", "3억 5천만 달러"),
        ("150만 달러입니다.", "150만 달러"),
        ("$1,250.50입니다.", "$1,250.50"),
        ("오븐을 350°F로 데웁니다.", "350°F"),
        ("16온스가 필요합니다.", "16온스"),
        ("키는 6피트입니다.", "6피트"),
        ("27인치 화면입니다.", "27인치"),
        ("시속 65마일로 달립니다.", "시속 65마일"),
        ("물 12 갤런을 붓습니다.", "12 갤런"),
        ("5~10마일을 걷습니다.", "10마일"),
        ("75센트를 냅니다.", "75센트"),
    ],
)
def test_a_marker_quotes_the_whole_number(korean, quoted):
    (found,) = [
        one
        for one in check_segment("It is far.", korean, CheckContext())
        if one.check == "culture_markers"
    ]
    assert f"‘{quoted}’" in found.message
    assert korean[found.start : found.end].strip() == quoted
