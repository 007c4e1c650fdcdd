"""Every text of the page is in both languages, with the same places for names and numbers."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import polib
import pytest

import annotation

PACKAGE = Path(annotation.__file__).parent
DOMAINS = ("django", "djangojs")
PLACE = re.compile(r"%(?:\(\w+\))?[sd]")


def catalogue(language, domain, folder=PACKAGE):
    return polib.pofile(str(folder / "locale" / language / "LC_MESSAGES" / f"{domain}.po"))


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("domain", DOMAINS)
def test_every_text_is_translated_with_its_places(language, domain):
    for entry in catalogue(language, domain):
        said = list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]
        assert said, entry.msgid
        for text in said:
            assert text.strip(), entry.msgid
            assert "fuzzy" not in entry.flags
            wanted = entry.msgid_plural or entry.msgid
            assert sorted(PLACE.findall(text)) == sorted(PLACE.findall(wanted)), entry.msgid


@pytest.mark.parametrize("domain", DOMAINS)
def test_korean_is_korean(domain):
    latin_only = [
        entry.msgid
        for entry in catalogue("ko", domain)
        if not re.search("[가-힣]", entry.msgstr or entry.msgstr_plural[0])
    ]
    assert latin_only == []


@pytest.mark.parametrize("language", ["ko", "en"])
@pytest.mark.parametrize("domain", DOMAINS)
def test_compiled_catalogues_are_of_the_written_ones(language, domain):
    path = PACKAGE / "locale" / language / "LC_MESSAGES" / f"{domain}.mo"
    compiled = {
        (entry.msgid, entry.msgid_plural): entry.msgstr_plural or entry.msgstr
        for entry in polib.mofile(str(path))
    }
    assert compiled == {
        (entry.msgid, entry.msgid_plural): entry.msgstr_plural or entry.msgstr
        for entry in catalogue(language, domain)
    }


@pytest.mark.skipif(shutil.which("xgettext") is None, reason="needs xgettext (gettext)")
def test_every_text_of_the_code_is_in_both_catalogues(tmp_path):
    copy = tmp_path / "annotation"
    shutil.copytree(PACKAGE, copy, ignore=shutil.ignore_patterns("*.mo", "__pycache__"))
    for domain in DOMAINS:
        options = ["-d", domain, "-l", "ko", "-l", "en", "--no-obsolete", "--no-location"]
        done = subprocess.run(
            [sys.executable, "-P", "-m", "django", "makemessages", *options],
            cwd=copy,
            capture_output=True,
            text=True,
            check=False,
            env={
                "PATH": "/usr/bin:/bin",
                "PYTHONPATH": str(PACKAGE.parent),
                "HOME": str(tmp_path),
                "DJANGO_SETTINGS_MODULE": "annotation.settings",
                "BLLOSSOM_REVIEW_DATA": str(tmp_path / "review"),
            },
        )
        assert done.returncode == 0, done.stderr
        for language in ("ko", "en"):
            found = {entry.msgid for entry in catalogue(language, domain, copy)}
            assert found == {entry.msgid for entry in catalogue(language, domain)}
