"""The real DeepL client against DeepL's own mock server, which is no package of any index.

Collected only where one runs: ``DEEPL_MOCK_SERVER_PORT`` says at which port.
"""

import json
import os

import pytest

from bllossom_data.translation.deepl_provider import DeepLProvider
from bllossom_data.translation.provider import Ask, Usage

PAIRS = (("Thanksgiving", "추석"),)


@pytest.fixture(autouse=True)
def mock(monkeypatch):
    monkeypatch.setenv("DEEPL_AUTH_KEY", "mock")
    address = f"http://127.0.0.1:{os.environ['DEEPL_MOCK_SERVER_PORT']}"
    monkeypatch.setenv("DEEPL_SERVER_URL", address)


def provider(**options):
    return DeepLProvider(max_retries=0, timeout_seconds=2.0, **options)


def test_it_translates_what_it_knows():
    reply = provider().translate([Ask("a", "proton beam")])
    assert reply.answers[0].text == "양성자 빔"
    assert reply.usage == Usage(requests=1, characters=len("proton beam"))


def test_it_takes_glossaries():
    engine = provider(glossary=PAIRS)
    for _ in range(2):
        reply = engine.translate([Ask("a", "Thanksgiving", glossary=PAIRS)])
        assert reply.answers[0].text == "추석"
    assert json.dumps(engine.settings())
