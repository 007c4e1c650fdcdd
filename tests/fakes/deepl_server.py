"""A fake DeepL: translation with tags and glossaries (v2 and v3), usage, and its faults."""

import json
import re
import xml.etree.ElementTree as ElementTree
from typing import Any
from xml.sax.saxutils import escape, unescape

from fakes.korean import MANGLERS
from fakes.loopback import Content, Fault, LoopbackServer, Request, Response

TAG = re.compile(r"(<[^>]*>)")
ELEMENT = re.compile(r"""<x id="([0-9]+)"\s*/>""")
REPLY_FAULTS = (*MANGLERS, "short", "long", "echo", "empty", "bad_xml", "no_billing", "not_json")
MOST_BODY_BYTES = 128 * 1024
CREATED = "2026-01-01T00:00:00.000000Z"


class DeepLServer(LoopbackServer):
    """Speaks DeepL's protocol; `url` goes into `DEEPL_SERVER_URL`.

    Replies can be wrong with `reply(NAME)` for the names in `REPLY_FAULTS`. Requests that DeepL
    refuses are refused: over 50 texts or 128 KiB, XML that is not well-formed, unknown glossaries,
    `formality` for Korean, custom instructions that are too long or too many.

    Attributes:
        characters: source characters billed so far.
        character_limit: above it, requests get 456; None is no limit.
        glossaries: entries by term for each glossary id.
    """

    faulty_path = "/v2/translate"

    def __init__(self, key: str | None = None, character_limit: int | None = None) -> None:
        super().__init__(key)
        self.characters = 0
        self.character_limit = character_limit
        self.glossaries: dict[str, dict[str, str]] = {}
        self._names: dict[str, str] = {}

    def error(self, number: int, message: str, code: str = "", param: str = "") -> Content:
        return {"message": message}

    def answer(self, request: Request, fault: Fault | None) -> Response:
        if self.key and request.headers.get("authorization") != f"DeepL-Auth-Key {self.key}":
            return self._refuse(403, "Forbidden")
        if request.path == "/v2/translate":
            return self._translated(request, fault)
        if request.path == "/v2/usage":
            limit = self.character_limit or 1_000_000_000_000
            return Response({"character_count": self.characters, "character_limit": limit})
        if match := re.fullmatch(r"/(v[23])/glossaries(?:/([^/]+)(/entries)?)?", request.path):
            return self._glossary(request, *match.groups())
        return self._refuse(404, "Not found")

    def _refuse(self, number: int, message: str) -> Response:
        return Response(self.error(number, message), number)

    def _problem(self, body: dict[str, Any]) -> str | None:
        instructions = body.get("custom_instructions") or []
        if not 1 <= len(body["text"]) <= 50:
            return "Too many texts"
        if body.get("target_lang") == "KO" and body.get("formality") in ("more", "less"):
            return "Target language 'KO' doesn't support formality."
        if len(instructions) > 10 or any(len(one) > 300 for one in instructions):
            return "custom_instructions: at most 10 with 300 characters each"
        if instructions and body.get("model_type") == "latency_optimized":
            return "custom_instructions need quality_optimized"
        if body.get("glossary_id") and body.get("source_lang") is None:
            return "source_lang is required with a glossary"
        return None

    def _translated(self, request: Request, fault: Fault | None) -> Response:
        body = request.body
        if len(json.dumps(body)) > MOST_BODY_BYTES:
            return self._refuse(413, "Payload too large")
        if problem := self._problem(body):
            return self._refuse(400, problem)
        terms: dict[str, str] = {}
        if glossary := body.get("glossary_id"):
            if glossary not in self.glossaries:
                return self._refuse(404, "Glossary not found")
            terms = self.glossaries[glossary]
        if body.get("tag_handling") == "xml":
            try:
                for text in body["text"]:
                    ElementTree.fromstring(f"<r>{text}</r>")
            except ElementTree.ParseError:
                return self._refuse(400, "Tag handling parsing failed, please check input.")
        with self.lock:
            billed = sum(map(len, body["text"]))
            if self.character_limit is not None and self.characters + billed > self.character_limit:
                return self._refuse(456, "Quota exceeded")
            self.characters += billed
        kind = fault.kind if fault else ""
        results = [self._result(text, terms, kind) for text in body["text"]]
        if kind == "short":
            results.pop(0)
        if kind == "long":
            results.append(results[-1])
        if kind == "not_json":
            return Response("<html>gateway</html>")
        return Response({"translations": results})

    def _result(self, text: str, terms: dict[str, str], kind: str) -> dict[str, Any]:
        result: dict[str, Any] = {"detected_source_language": "EN", "billed_characters": len(text)}
        if kind == "no_billing":
            del result["billed_characters"]
        if kind == "echo":
            return {**result, "text": text}
        if kind == "empty":
            return {**result, "text": ""}
        slotted = ELEMENT.sub(r"⟦\1⟧", text)
        # Elements that are not ours stay as they are; only text between them is translated.
        pieces = [
            piece if TAG.fullmatch(piece) else self._korean(piece, terms, kind)
            for piece in TAG.split(slotted)
        ]
        korean = re.sub(r"⟦([0-9]+)⟧", r'<x id="\1"/>', "".join(pieces))
        return {**result, "text": f"{korean}<b>&" if kind == "bad_xml" else korean}

    def _korean(self, piece: str, terms: dict[str, str], kind: str) -> str:
        text = unescape(piece, {"&#13;": "\r"})
        marks = {chr(0xE000 + number): korean for number, korean in enumerate(terms.values())}
        for mark, english in zip(marks, terms, strict=True):
            text = re.sub(rf"\b{re.escape(english)}\b", mark, text)
        korean = self.translate(text) if text.strip() else text
        for mark, term in marks.items():
            korean = korean.replace(mark, term)
        return escape(MANGLERS[kind](korean) if kind in MANGLERS else korean, {"\r": "&#13;"})

    def _glossary(
        self, request: Request, version: str, glossary: str | None, entries: str | None
    ) -> Response:
        with self.lock:
            if glossary is None and request.method == "POST":
                return self._created(request.body, version)
            if glossary is None:
                return Response({"glossaries": [self._info(one, version) for one in self._names]})
            if glossary not in self.glossaries:
                return self._refuse(404, "Not found")
            if request.method == "DELETE":
                del self.glossaries[glossary], self._names[glossary]
                return Response(b"", 204)
        tsv = "\n".join(f"{term}\t{korean}" for term, korean in self.glossaries[glossary].items())
        if not entries:
            return Response(self._info(glossary, version))
        if version == "v2":
            return Response(tsv, headers={"content-type": "text/tab-separated-values"})
        languages = {"source_lang": "en", "target_lang": "ko", "entries_format": "tsv"}
        return Response({"dictionaries": [{**languages, "entries": tsv}]})

    def _created(self, body: dict[str, Any], version: str) -> Response:
        part = body["dictionaries"][0] if version == "v3" else body
        lines = part["entries"].splitlines()
        terms = dict(line.split("\t") for line in lines)
        if len(terms) != len(lines):
            return self._refuse(400, "Invalid glossary entries: duplicate key")
        glossary = f"00000000-0000-4000-8000-{len(self._names) + 1:012d}"
        self.glossaries[glossary] = terms
        self._names[glossary] = body["name"]
        return Response(self._info(glossary, version), 201)

    def _info(self, glossary: str, version: str) -> dict[str, Any]:
        count = len(self.glossaries[glossary])
        pair = {"source_lang": "en", "target_lang": "ko", "entry_count": count}
        info = {"glossary_id": glossary, "name": self._names[glossary], "creation_time": CREATED}
        return (
            {**info, "dictionaries": [pair]} if version == "v3" else {**info, **pair, "ready": True}
        )
