"""The real DeepL client against a server that speaks DeepL's protocol, with every fault it has."""

import hashlib
import logging
import threading
from concurrent.futures import ThreadPoolExecutor

import deepl.http_client
import pytest
from fakes.deepl_server import DeepLServer
from fakes.korean import pseudo_korean
from fakes.loopback import broken, reply, slow, status
from hypothesis import given
from hypothesis import strategies as st

from bllossom_data.files import canonical_json
from bllossom_data.translation.deepl_markup import MarkupError, edges, from_markup, to_markup
from bllossom_data.translation.deepl_provider import (
    FAILURES_IN_A_ROW,
    INSTRUCTIONS_VERSION,
    MAX_BODY_BYTES,
    MAX_INSTRUCTION_CHARACTERS,
    MAX_INSTRUCTIONS,
    DeepLProvider,
)
from bllossom_data.translation.korean_style import SHORT_STYLE, SPEECH
from bllossom_data.translation.provider import Ask, Price, ProviderError, QuotaError, Usage
from bllossom_data.translation.segments import SLOT

KEY = "1234-secret-5678:fx"
TEXT = 'Run ⟦1⟧ & wait <5 s> for ⟦2⟧.\nThen  "stop".'


@pytest.fixture
def server(monkeypatch):
    for name, value in vars(deepl.http_client).items():
        if name in ("min_connection_timeout", "max_network_retries"):
            monkeypatch.setattr(deepl.http_client, name, value)
    with DeepLServer(KEY) as server:
        monkeypatch.setenv("DEEPL_AUTH_KEY", KEY)
        monkeypatch.setenv("DEEPL_SERVER_URL", server.url)
        yield server


def provider(**options):
    return DeepLProvider(**{"max_retries": 0, "timeout_seconds": 2.0, **options})


def one(text=TEXT, **options):
    return Ask("a", text, **options)


def answers(reply):
    return {answer.key: answer for answer in reply.answers}


def test_a_segment_comes_back_in_korean_with_its_slots_and_all_its_white_space(server):
    reply = provider().translate([one(f"  {TEXT}\n")])
    (answer,) = reply.answers
    assert answer.fault is None
    assert answer.text == f"  {pseudo_korean(TEXT)}\n"
    assert SLOT.findall(answer.text) == ["1", "2"]
    assert "\n" in answer.text.strip()
    assert "<5" in answer.text
    assert "&" in answer.text


def test_the_request_asks_for_what_korean_and_markup_need(server):
    provider().translate([one(context="A page about servers.")])
    sent = server.last.body
    assert sent["text"] == [
        'Run <x id="1"/> &amp; wait &lt;5 s&gt; for <x id="2"/>.\nThen  "stop".'
    ]
    assert (sent["source_lang"], sent["target_lang"]) == ("EN", "KO")
    assert (sent["tag_handling"], sent["tag_handling_version"]) == ("xml", "v2")
    assert sent["split_sentences"] == "nonewlines"
    assert sent["outline_detection"] is False
    assert sent["preserve_formatting"] is True
    assert sent["context"] == "A page about servers."
    assert "formality" not in sent
    assert server.last.headers["authorization"] == f"DeepL-Auth-Key {KEY}"


def test_each_role_has_its_speech_level_and_requests_of_its_own(server):
    speech = {"user": "해체"}
    asks = [
        Ask(str(number), f"Number {number}.", role="user" if number % 2 else "assistant")
        for number in range(6)
    ]
    reply = provider(speech=speech).translate(asks)
    assert sorted(answers(reply)) == ["0", "1", "2", "3", "4", "5"]
    assert all(answers(reply)[ask.key].text == pseudo_korean(ask.text) for ask in asks)
    assert server.count("/v2/translate") == 2
    assert [len(request.body["text"]) for request in server.log] == [3, 3]
    assert SPEECH["합쇼체"] in server.log[0].body["custom_instructions"][0]
    assert SPEECH["해체"] in server.log[1].body["custom_instructions"][0]
    assert reply.usage.requests == provider().most(asks).requests == 2


@pytest.mark.parametrize("level", SPEECH)
def test_instructions_stay_within_what_deepl_takes(server, level):
    pairs = tuple((f"term number {number} " * 8, "용어" * 20) for number in range(12))
    ask = one(role="user", glossary=pairs, correction="길다 " * 400)
    reply = provider(speech={"user": level}).translate([ask])
    assert reply.answers[0].fault is None
    sent = server.last.body["custom_instructions"]
    assert len(sent) <= MAX_INSTRUCTIONS
    assert max(map(len, sent)) <= MAX_INSTRUCTION_CHARACTERS
    assert f"{SPEECH[level]}." in sent[0]


def test_the_version_of_the_instructions_is_raised_when_their_wording_changes():
    wording = canonical_json([dict(SPEECH), SHORT_STYLE])
    known = {"1": "d8b7e2e1841b60b2"}
    assert hashlib.sha256(wording.encode()).hexdigest()[:16] == known[INSTRUCTIONS_VERSION]


def test_a_correction_is_told_to_deepl(server):
    provider().translate([one(correction="숫자 5가 빠졌습니다.")])
    assert any("숫자 5가 빠졌습니다." in told for told in server.last.body["custom_instructions"])


def test_segments_with_different_contexts_do_not_share_a_request(server):
    asks = [
        Ask("a", "One.", context="first"),
        Ask("b", "Two.", context="second"),
        Ask("c", "Three.", context="first"),
    ]
    provider().translate(asks)
    assert [request.body["context"] for request in server.log] == ["first", "second"]
    provider(with_context=False).translate(asks)
    assert server.count() == 3
    assert "context" not in server.last.body
    assert provider().settings() != provider(with_context=False).settings()


def test_no_request_holds_more_than_50_texts_or_128_kib(server):
    asks = [Ask(str(number), "Word “quoted” é. " * 40) for number in range(120)]
    reply = provider().translate(asks)
    assert len(reply.answers) == 120
    assert not any(answer.fault for answer in reply.answers)
    assert max(len(request.body["text"]) for request in server.log) <= 50
    assert max(int(request.headers["content-length"]) for request in server.log) <= MAX_BODY_BYTES
    assert reply.usage.requests == server.count("/v2/translate") == provider().most(asks).requests


def test_billed_characters_are_counted_and_never_more_than_the_most(server):
    asks = [one(), Ask("b", "Only words.")]
    reply = provider().translate(asks)
    assert reply.usage == Usage(requests=1, characters=server.characters)
    assert reply.usage.characters == provider().most(asks).characters
    assert provider(price=Price(per_million_characters=25)).price.dollars(reply.usage) > 0


def test_nothing_is_sent_where_there_is_nothing_to_translate(server):
    reply = provider().translate([Ask("a", "  \n")])
    assert reply.answers[0].text == "  \n"
    assert server.count() == 0


def test_what_xml_cannot_hold_is_told_and_takes_no_other_with_it(server):
    reply = provider().translate([Ask("a", "bad \x0b mark"), Ask("b", "Good one.")])
    assert answers(reply)["a"].fault == "failed"
    assert "U+000B" in answers(reply)["a"].detail
    assert answers(reply)["b"].text == pseudo_korean("Good one.")


# What goes wrong on the way


def test_429_and_5xx_are_repeated_by_the_client_and_then_go_well(server):
    server.next(status(429), status(503))
    reply = provider(max_retries=2).translate([one()])
    assert reply.answers[0].fault is None
    assert server.count("/v2/translate") == 3


@pytest.mark.parametrize(
    "fault",
    [status(429), status(500), status(503), broken()],
    ids=lambda fault: f"{fault.kind}{fault.status}",
)
def test_a_lasting_fault_ends_after_a_bounded_number_of_requests(server, fault):
    server.always(fault)
    reply = provider(max_retries=1).translate([one(), Ask("b", "Other.")])
    assert [answer.fault for answer in reply.answers] == ["failed", "failed"]
    assert server.count("/v2/translate") == 2
    assert reply.usage.characters == 0


def test_a_service_that_is_out_is_not_asked_for_every_segment_in_hand(server):
    engine = provider()
    asks = [Ask(str(number), f"Text {number}.", context=f"{number}") for number in range(20)]
    server.next(*[status(503)] * 4, None)
    server.always(status(503))
    reply = engine.translate(asks)
    assert server.count("/v2/translate") == 4 + 1 + FAILURES_IN_A_ROW
    assert [answer.fault for answer in reply.answers] == ["failed"] * 4 + [None] + ["failed"] * 15
    assert len({answer.detail for answer in reply.answers[5:]}) == 1
    server.calm()
    assert engine.translate(asks).answers[0].fault is None


def test_a_reply_that_does_not_come_in_time_fails_and_counts_as_billed(server):
    # The client waits at least as long as its back-off, which is one second at first.
    engine = provider(timeout_seconds=0.1)
    ask = one()
    server.always(slow(3.0))
    reply = engine.translate([ask])
    assert (reply.answers[0].fault, reply.answers[0].detail) == (
        "failed",
        "DeepL: no reply in time",
    )
    assert reply.usage == engine.most([ask])


def test_no_server_at_all_fails_with_a_detail_that_is_always_the_same(server, monkeypatch):
    monkeypatch.setenv("DEEPL_SERVER_URL", "http://127.0.0.1:9")
    engine = provider()
    details = {engine.translate([one()]).answers[0].detail for _ in range(2)}
    assert details == {"DeepL: no connection"}


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("short", "malformed"),
        ("long", "malformed"),
        ("bad_xml", "malformed"),
        ("no_billing", "failed"),
        ("not_json", "failed"),
        ("empty", "missing"),
    ],
)
def test_a_wrong_reply_is_a_fault_for_every_segment_and_shifts_none(server, kind, fault):
    server.always(reply(kind))
    asks = [Ask(str(number), f"Text {number}.") for number in range(5)]
    got = provider().translate(asks)
    assert {answer.key: answer.fault for answer in got.answers} == dict.fromkeys("01234", fault)
    assert all(answer.text is None and answer.detail for answer in got.answers)


@pytest.mark.parametrize(
    ("kind", "found"),
    [
        ("slots_drop", ["1"]),
        ("slots_move", ["2", "1"]),
        ("slots_duplicate", ["1", "2", "1"]),
        ("slots_invent", ["1", "2", "99"]),
    ],
)
def test_mangled_slots_are_handed_on_as_they_came_for_the_checks_to_see(server, kind, found):
    server.always(reply(kind))
    (answer,) = provider().translate([one()]).answers
    assert SLOT.findall(answer.text) == found


def test_an_echo_is_handed_on_as_it_came(server):
    server.always(reply("echo"))
    assert provider().translate([one()]).answers[0].text == TEXT


def test_a_refused_request_for_many_is_worth_smaller_ones_and_for_one_it_is_not(server):
    server.always(status(400, message="Bad text"))
    many = provider().translate([one(), Ask("b", "Other.")])
    assert {answer.fault for answer in many.answers} == {"malformed"}
    alone = provider().translate([one()])
    assert alone.answers[0].fault == "failed"
    assert "Bad text" in alone.answers[0].detail


def test_a_used_up_quota_stops_the_run_without_another_request(server):
    server.character_limit = 10
    engine = provider(max_retries=3)
    with pytest.raises(QuotaError, match="456"):
        engine.translate([one()])
    with pytest.raises(QuotaError, match="456"):
        engine.translate([one()])
    assert server.count("/v2/translate") == 1


def test_what_was_paid_for_before_the_quota_ended_is_kept(server):
    server.character_limit = 30
    asks = [Ask("a", "The first twenty one.", role="user"), Ask("b", "The second is over.")]
    engine = provider()
    reply = engine.translate(asks)
    assert answers(reply)["a"].text == pseudo_korean(asks[0].text)
    assert answers(reply)["b"].fault == "failed"
    assert reply.usage.characters == server.characters > 0
    with pytest.raises(QuotaError):
        engine.translate([asks[1]])


def test_a_wrong_key_says_which_variable_to_set(server, monkeypatch):
    monkeypatch.setenv("DEEPL_AUTH_KEY", "wrong-key")
    with pytest.raises(ProviderError, match="DEEPL_AUTH_KEY") as caught:
        provider().translate([one()])
    assert "wrong-key" not in str(caught.value)


@pytest.mark.parametrize("key", ["", "  ", "two words", "ключ", "a\nb"])
def test_no_usable_key_is_told_before_any_request(server, monkeypatch, key):
    monkeypatch.setenv("DEEPL_AUTH_KEY", key)
    with pytest.raises(ProviderError, match="DEEPL_AUTH_KEY") as caught:
        provider()
    assert not key.strip() or key not in str(caught.value)


def test_an_address_that_is_wrong_says_which_variable_to_set(server, monkeypatch):
    server.always(status(404))
    with pytest.raises(ProviderError, match="DEEPL_SERVER_URL"):
        provider().translate([one()])
    monkeypatch.setenv("DEEPL_SERVER_URL", "api.deepl.com")
    with pytest.raises(ProviderError, match="DEEPL_SERVER_URL"):
        provider()


# The glossary of a run

PAIRS = (("Thanksgiving", "추석"), ("Mount Stuart", "북한산"))


def test_the_glossary_is_created_once_and_found_again_by_other_runs(server):
    ask = one("Climb Mount Stuart on Thanksgiving.", glossary=PAIRS)
    engine = provider(glossary=PAIRS)
    for _ in range(3):
        (answer,) = engine.translate([ask]).answers
        assert "북한산" in answer.text
        assert "추석" in answer.text
    provider(glossary=PAIRS[::-1]).translate([ask])
    assert server.count("/v3/glossaries", "POST") == len(server.glossaries) == 1
    assert server.last.body["glossary_id"] in server.glossaries
    provider(glossary=PAIRS[:1]).translate([one("On Thanksgiving.", glossary=PAIRS[:1])])
    assert len(server.glossaries) == 2


def test_many_threads_create_one_glossary(server):
    engine = provider(glossary=PAIRS)
    asks = [Ask(str(number), f"Thanksgiving {number}.", glossary=PAIRS[:1]) for number in range(16)]
    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda ask: engine.translate([ask]), asks))
    assert [reply.answers[0].key for reply in replies] == [ask.key for ask in asks]
    assert all(
        reply.answers[0].text == f"추석 {ask.key}."
        for reply, ask in zip(replies, asks, strict=True)
    )
    assert len(server.glossaries) == 1


def test_only_segments_with_terms_of_the_run_use_its_glossary(server):
    provider(glossary=PAIRS).translate([one("No Thanksgiving here, for it stays.")])
    assert "glossary_id" not in server.last.body
    assert not server.glossaries
    other = (("Thanksgiving", "추수감사절"),)
    provider(glossary=PAIRS).translate([one("Thanksgiving it is.", glossary=other)])
    assert "glossary_id" not in server.last.body
    assert any(
        '"Thanksgiving" as "추수감사절"' in told for told in server.last.body["custom_instructions"]
    )


def test_a_glossary_that_somebody_deleted_is_made_again(server):
    engine = provider(glossary=PAIRS)
    ask = one("On Thanksgiving.", glossary=PAIRS[:1])
    engine.translate([ask])
    server.glossaries.clear()
    server._names.clear()
    assert engine.translate([ask]).answers[0].fault == "failed"
    assert "추석" in engine.translate([ask]).answers[0].text
    assert len(server.glossaries) == 1


@pytest.mark.parametrize("pairs", [(("a", "가"), ("a", "나")), (("", "가"),), (("a\tb", "가"),)])
def test_a_glossary_that_deepl_would_not_take_is_refused_at_once(server, pairs):
    with pytest.raises(ProviderError, match="glossary"):
        provider(glossary=pairs)
    assert server.count() == 0


# What must not get out, and what must stay exact


def test_the_key_is_in_no_setting_and_no_message(server):
    engine = provider(glossary=PAIRS)
    server.next(
        status(400, message=f"key {KEY} in a message"), status(418, message=KEY), broken(), None
    )
    said = [engine.translate([one(glossary=PAIRS[:1])]).answers[0].detail for _ in range(3)]
    said.append(engine.translate([one(glossary=PAIRS[:1])]).answers[0].text)
    server.always(status(403, message=KEY))
    with pytest.raises(ProviderError) as caught:
        engine.translate([one()])
    said += [str(caught.value), canonical_json(engine.settings()), repr(engine), engine.name]
    assert len([line for line in said if line]) == len(said)
    assert KEY not in "\n".join(said)


def test_the_key_is_in_no_log(server, caplog):
    caplog.set_level(logging.DEBUG)
    server.next(status(500))
    engine = provider(glossary=PAIRS, max_retries=1)
    assert engine.translate([one(glossary=PAIRS[:1])]).answers[0].text
    assert caplog.text
    assert KEY not in caplog.text


def test_several_threads_get_their_own_answers(server):
    engine = provider()
    asks = [Ask(str(number), f"Sentence {number}.") for number in range(40)]
    barrier = threading.Barrier(8)

    def send(part):
        barrier.wait()
        return engine.translate(part)

    with ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(send, [asks[start::8] for start in range(8)]))
    got = {answer.key: answer.text for reply in replies for answer in reply.answers}
    assert got == {ask.key: pseudo_korean(ask.text) for ask in asks}
    assert sum(reply.usage.characters for reply in replies) == server.characters


PLAIN = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=40)
SLOTTED = st.lists(
    PLAIN
    | st.integers(1, 99).map(lambda n: f"⟦{n}⟧")
    | st.sampled_from(["\n", "\r\n", "\t", '<x id="1"/>', "&lt;", "&#13;", "]]>", "<!--", "<", "&"])
).map("".join)


@given(SLOTTED)
def test_any_text_survives_the_way_into_xml_and_back(text):
    import unicodedata
    import xml.etree.ElementTree as ElementTree

    try:
        markup = to_markup(text)
    except MarkupError:
        assert any(letter in text for letter in "￾￿") or not text.isprintable()
        return
    ElementTree.fromstring(f"<r>{markup}</r>")
    assert from_markup(markup) == unicodedata.normalize("NFC", text)
    assert "".join(edges(text)) == text


@pytest.mark.parametrize(
    "markup", ['<x id="1"/>', "<x id='1' />", '<x id="1"></x>', '<x id = "1"> </x >']
)
def test_a_slot_is_read_however_its_element_is_written(markup):
    assert from_markup(f"앞{markup}뒤") == "앞⟦1⟧뒤"


@pytest.mark.parametrize(
    "markup",
    [
        "<b>굵게</b>",
        "a & b",
        "1 < 2",
        "<x>1</x>",
        '<x id="a"/>',
        "&nbsp;",
        "&#55296;",
        "half \ud83d",
    ],
)
def test_markup_that_was_not_sent_is_refused(markup):
    with pytest.raises(MarkupError):
        from_markup(markup)
