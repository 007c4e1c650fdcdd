"""How English says no, and what Korean says instead.

Both languages say no in many ways, and each has words that the other one turns into a negation. A
pattern is here because good translations show it, so that what is left is a sign of a fault.
"""

import re

__all__ = ["KOREAN_NO", "OPPOSITES", "PLAIN_NO", "TURNED", "WEAK_NO"]

_NO = r"(?:\b(?:not|never|cannot|nobody|nothing|nowhere|none|neither|nor|no)\b|n['’]t\b)"
PLAIN_NO = re.compile(_NO, re.IGNORECASE)
"""A negation of any kind."""

# What has a natural opposite: not bad is good, don't panic is keep calm, not alone is together.
_NEGATIVE = (
    r"(?:bad|badly|wrong\w*|impossible|improper|improbable|incorrect\w*|insignificant|invalid"
    r"|un(?!der|i(?!nt)|til|cle)\w+|worr\w+|fret|panic\w*|afraid|fear\w*|shy|scared|nervous|ashamed"
    r"|embarrass\w*|discourag\w*|disappoint\w*|hesita\w+|forg[eo]t\w*|miss(?:ed|ing)?|fail\w*|late"
    r"|alone|den(?:y|ied)|doubt\w*|ignor\w+|overlook\w*|skip\w*|neglect\w*|wast\w+|los[ets]\w*"
    r"|give up|giving up|gave up|stop\w*|quit|refus\w+|reject\w*|hide|hidden|fool\w*|mistak\w+"
    r"|problem\w*|trouble\w*|serious\w*|far|long|difficult\w*|matter\w*|mind|differ\w*|disrupt\w*"
    r"|interrupt\w*|exceed\w*|hate\w*|dislik\w+|complain\w*|regret\w*|hurry|rush\w*|sorry"
    r"|guilty|married|at home|fun|cheat\w*|lying|stand|trust\w*|without|unless|until|till|except"
    r"|hardly|barely|wait(?:ing)?|contrary|limited to|restricted to)"
)
TURNED = re.compile(
    r"\bno (?:later|sooner|less|fewer|more|matter|doubt|wonder|surprise|problem|worries|way|idea"
    r"|means|choice|time|easier|harder)\b|\bno\.? ?\d|\bno-\w+|\bno[,.!?]"
    r"|^\W*no (?:it|that|this|i|you|he|she|we|they|there|thanks?)\b"
    r"|\b(?:or|if|why) not\b|\bwhy \w+n['’]t\b|\bif you haven['’]t\b"
    r"|\bnot (?:only|just|merely|simply|solely|to mention|surprising\w*|at all|yet|least|half"
    r"|to worry|as)\b|\bnever ?mind\b|^\W*(?:never|not)\b[^,.]{0,40} (?:have|has|had|did) "
    r"|\bnever (?:too|say|hurts)\b|\b(?:could|can)(?:n['’]t|not| not) "
    r"(?:\w+ ){1,3}(?:more|less|better|happier|\w+ier|prouder)\b"
    r"|\b(?:can['’]t|cannot|can not|couldn['’]t) (?:wait|but|go wrong|help (?:but|it|\w+ing)"
    r"|stop \w+ing|possibly)\b|\b(?:wouldn|don)['’]t (?:happen|suppose) |n['’]t happen to\b"
    r"|n['’]t (?:you|we|they|it|he|she|i|there|that|this|only|just)\b"
    r"|\bnothing (?:but|more|less|else|like|short|better|beats|to)\b|\bnone (?:other|the)\b"
    r"|\bnobody (?:but|is perfect)\b|\bfrom nowhere\b"
    r"|\b(?:not|no|never|\w+n['’]t)\b[^.;]*\b(?:but|nor)\b(?! also)"
    r"|\b(?:me|and|him|her|them) neither\b|\bneither (?:do|did|does|am|is|are|can|was|were)\b"
    rf"|{_NO}(?:[\s,]+[\w'’-]+){{0,4}}?[\s,]+{_NEGATIVE}\b"
    r"|n['’]t thank [\w ]+ enough\b",
    re.IGNORECASE,
)
"""A negation that Korean turns into something else: no later than, not only, don't worry."""

_NOT_SOON = rf"(?:{_NO})(?: [\w'’]+){{0,2}}? "
WEAK_NO = re.compile(
    r"\b(?:not|n['’]t) (?:been |be )?(?:all|every\w*|always|necessarily|exactly|quite|really|very"
    r"|so|too|much|many|entirely|particularly|sure|certain|clear|even|need|know\w*|remember\w*|that)\b"
    r"|n['’]t (?:\w+ )?(?:have to|need|know|remember|sure|much|many|too|so|really|very|quite|all"
    r"|always|exactly|enough|even)\b|\bnot have to\b|\bno (?:longer|one)\b|\bnot? enough\b"
    r"|\bnot \w+ enough\b|\bneed not\b",
    re.IGNORECASE,
)
"""A negation that Korean often says in another way, so that its absence alone is no sign."""

_MUST = r"야(?:만)? (?:하|합|한|했|할|해|됩|되|된|돼)|필요(?:가|는|도)? ?(?:합|하|한|해|했|있)"
_ALL = r"모든|모두|누구나|누구든|전부|둘 다|다들|(?<![가-힣])다 "
_ALWAYS = r"언제나|항상|(?<![가-힣])늘 |반드시"
_MUCH = (
    r"매우|아주|너무|정말|몹시|무척|굉장히|(?<![가-힣])많[이은습아았다]|꽤|(?<![가-힣])참 |상당히"
    r"|정확히|충분[히하한]"
)
_KNOW = (
    r"알고 있|압니다|알았|알아요|안다(?![가-힣])|줄 (?:압|안|알)|확실히|확실합|확실하다|분명합"
    r"|분명하다|기억합|기억난|기억납|기억하고"
)
# What is denied is not the deed but its manner or time: don't answer right away.
_WHOLE = (
    r"(?![^.!?]*\b(?:at once|right away|immediately|directly|straight|quickly|fast|for another"
    r"|enough|again|yet|before|after|until|with|by|from|alone|only|too)\b)"
)
# A verb whose Korean stem is there and not denied.
_DEEDS = {
    r"open": r"여세|엽니|열[어려었]|여는|연다",
    r"clos(?:e|ed)": r"닫[습는으아]|닫혔",
    r"eat(?:en)?": r"먹|드세|드십",
    r"drink": r"마시|마십|마신",
    r"mix": r"섞",
    r"touch": r"만지|만집",
    r"add": r"넣",
    r"freez\w+": r"얼리|얼려",
    r"press": r"누르",
    r"stir": r"저으|젓",
    r"wash": r"씻|세탁하",
    r"chew": r"씹",
    r"enter": r"들어가|들어오",
    r"lock": r"잠그|잠급",
    r"sign": r"서명[하합했]",
    r"answer": r"대답[하합했]|답[하합했]",
    r"work\w*": r"작동[하합했]|일[하합했]",
    r"appl(?:y|ies)": r"적용[됩되된]",
    r"includ\w+": r"포함",
    r"sleep\w*": r"자고|잡니|잤",
    r"rain\w*|snow\w*": r"[이가] (?:옵|왔|오고|내[리립렸])|오면",
    r"like": r"좋아[하합해했]",
    r"want": r"원[하합해했]|싶",
    r"believe\w*": r"믿",
    r"agree": r"동의[하합해했]",
    r"tell|say|said|told": r"말[하합해했]",
    r"pay|paid": r"결제|냈|냅|내세|지불",
    r"caus\w+": r"일으[키킵켰]|유발",
    r"drive": r"운전",
    r"fly": r"날[아다고 ]|납니",
    r"swim": r"수영",
    r"grow": r"자랍|자라|자란",
    r"change\w*": r"바[뀌뀐꾸뀝]|변[하했합]",
    r"allow\w*": r"허용|됩니다|수 있",
    r"safe": r"안전",
    r"true": r"사실|참[입이]",
    r"remember": r"기억",
    r"approved": r"승인",
}
_PREDICATE = r"(?:입니다|이다|예요|이에요|이었다|였다|이었습니다|였습니다)\W*$"
OPPOSITES = tuple(
    (re.compile(english, re.IGNORECASE), re.compile(korean))
    for english, korean in (
        (_NOT_SOON + r"(?:have to|need)\b|\b(?:need|have) not\b", _MUST),
        (_NOT_SOON + r"(?:all|every\w*|both|entirely)\b", _ALL),
        (_NOT_SOON + r"(?:always|necessarily)\b", _ALWAYS),
        (
            _NOT_SOON + r"(?:very|so|too|really|much|many|quite|particularly|exactly|enough)\b",
            _MUCH,
        ),
        (_NOT_SOON + r"(?:know\w*|sure|certain|clear|remember\w*)\b", _KNOW),
        (r"\b(?:no one|nobody|none|nothing)\b", _ALL),
        (r"\bno one\b", r"사람이 있"),
        (
            r"\b(?:can['’]t|couldn['’]t|(?:can|could) ?not)\b|\bunable to\b|\bno [\w ]+allowed\b",
            r"수(?:가|도|는)? 있|줄 (?:압|안|알)",
        ),
        (r"\b(?:have|has|had)(?:n['’]t| never| not)\b", r"적이 있"),
        (
            r"\b(?:is|are|was|were|have|has|had) no (?!longer|more|less|fewer)"
            r"|\b(?:is|are|was|were)(?:n['’]t| not) any\b",
            r"있(?:습니다|어요|다|었습니다|었다|었어요)\W*$",
        ),
        (
            r"\b(?:is|are|was|were|am)(?: not|n['’]t) (?:an?|the|my|your|his|her|their|our) "
            r"(?!first)",
            _PREDICATE,
        ),
        *((_NOT_SOON + rf"(?:{deed})s?\b{_WHOLE}", korean) for deed, korean in _DEEDS.items()),
        (r"\bno longer\b", r"계속|여전히"),
        (r"n['’]t even\b|\bnot even\b", r"까지 (?:하|합|한|했)|기까지|[가-힣]도 있"),
    )
)
"""A negation and the Korean that says the opposite, where the Korean has none at all."""

_KOREAN_NOT = (
    r"않|(?<![가-힣])안 |(?<![가-힣])안[되돼됩된했하해돌변]|못|없|아[니닌닙닐님]"
    r"|지(?:는|도|를)? ?[마말]|(?<= )마(?:[세십시라요]|(?![가-힣]))|(?<= )말[고아았]|금[지하물연]"
)
_KOREAN_OTHERWISE = (
    r"불(?:가|법|필|편|안|만|확|이익|일치|완|리|행|신|쾌|통|구하|면|명|변|규|균|응|참|허|투|평|능|사"
    r"|특정|합|충분|분|공평)|비(?:활|공|정|합|효|현실|논|동|어|었|대칭|밀|표준|이성|흡연)"
    r"|무(?:관|료|의미|시|효|방|리|한|응|반|명|능|례|조건|자격|감|해|상태|작위|죄|난)"
    r"|미(?:만|완|사용|정|혼|성년|달|숙|흡|확|처|등록|설|해결|개|제)|(?<!이)미지|부[족정재인]"
    r"|(?<![가-힣])빈|모[르른를릅름]|몰[라랐]|거[부절]|싫|드[물문뭅]|어[렵려]|힘[들든내]"
    r"|나쁘|나쁜|나빠|모자[라란랍]|이외|제외|배제|면제|해제|대신|반대|달라|다[르릅]|다를|상이|보다는"
    r"|실패|탈락|취소|중단|생략|차단|방지|위반|위배|삼가|멈|그만|그칠|덜|잃|빼|끊|사라|종료"
    r"|끝[나났난]|피[하해]|막[아는고았을혀힌]|떨어|벗어|하기 전|기 전에|에야|비로소|조심"
    r"|주의하[세십]|숨기|지키|지켜|잊|까먹|침묵|독신|채식|꺼[져진]|외출|아끼|아껴|얼마 |미지근"
    r"|(?<![가-힣])(?:적[습다었]|작[습다]|낮[습다았])|짧|가깝|가까[운워]|금방|쉬[운웠]|쉽[습다지]"
    r"|선택 사항|일부만|일부 [가-힣]+만|틀[리렸린]|갈[리립린]|만큼|상관|괜찮|나을|이상[하한해했]"
    r"|번거|까다|귀찮|떳떳|아프|아픕|아팠|처음 [봐보느겪]|최고[입죠다예]|(?<![가-힣])꼭 |밖에"
    r"|지 (?:몇|\d|한참|꽤|오래|벌써)|만에|\d\S{0,5} ?(?:이상|이하|초과|이내)"
)
KOREAN_NO = re.compile(f"{_KOREAN_NOT}|{_KOREAN_OTHERWISE}")
"""A Korean negation, or what Korean says instead of one."""
