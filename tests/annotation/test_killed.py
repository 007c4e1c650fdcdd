"""The server is killed while people save: the database opens, and every item is whole."""

import os
import signal
import subprocess
import sys
import time

import pytest
from review_items import waiting_line, write_lines

SAVES = """
import secrets, sys
from pathlib import Path
from annotation.serving import open_page
open_page(Path(sys.argv[1]))
from annotation.models import Item, Person
from annotation.work import answering, leasing
from annotation.work.answering import Submission
from annotation.work.typing_texts import save_typed_text, typed_text
from bllossom_data.errors import NotNowError, StaleError
person, _ = Person.objects.get_or_create(username=sys.argv[2])
print("ready", flush=True)
number = 0
while True:
    for item in Item.objects.defer("search_text").order_by("?")[:20]:
        number += 1
        mine = item.answers.filter(person=person, current=True).first()
        before = typed_text(item, person)
        saved = save_typed_text(
            item, person, {"turn-1": str(number)}, before.version if before else 0,
            item.basis_sha256,
        )
        try:
            said = Submission(
                "remove", mine.pk if mine else 0, item.basis_sha256, secrets.token_hex(12),
                comment=str(number), typed_version=saved.version,
            )
            answer = answering.submit(item, person, said)
            if number % 3 == 0:
                answering.undo(item, person, answer.pk, secrets.token_hex(12))
        except (StaleError, NotNowError):
            pass
"""


@pytest.mark.slow
@pytest.mark.timeout(280)
def test_twenty_kills_in_the_middle_of_saves_leave_whole_items(tmp_path):
    data = tmp_path / "review"
    environment = {
        **os.environ,
        "BLLOSSOM_REVIEW_DATA": str(data),
        "DJANGO_SETTINGS_MODULE": "annotation.settings",
    }
    environment.pop("DATABASE_URL", None)
    waiting = tmp_path / "waiting.jsonl"
    write_lines(waiting, [waiting_line(number) for number in range(40)])
    command = [sys.executable, "-m", "bllossom_data.cli", "review"]
    options = {"env": environment, "check": True, "capture_output": True, "text": True}
    subprocess.run([*command, "import", waiting, "--data", data], **options)
    for kill in range(20):
        process = subprocess.Popen(
            [sys.executable, "-c", SAVES, data, "hana"],
            env=environment,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert process.stdout.readline() == "ready\n"
        time.sleep(0.05 + 0.037 * kill)
        process.send_signal(signal.SIGKILL)
        process.wait()
    told = subprocess.run([*command, "verify", "--data", data], **options).stdout
    assert "whole" in told
    subprocess.run([sys.executable, "-c", WHOLE, data], **options)
    subprocess.run([*command, "export", tmp_path / "decisions.jsonl", "--data", data], **options)


WHOLE = """
import sys
from pathlib import Path
from annotation.serving import open_page
open_page(Path(sys.argv[1]))
from django.db import connection
from annotation.models import Answer, Item, TypedText
from annotation.work.answering import counting_answers
with connection.cursor() as cursor:
    assert cursor.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    assert cursor.execute("PRAGMA foreign_key_check").fetchall() == []
assert Answer.objects.count() > 20
for item in Item.objects.all():
    answers = counting_answers(item)
    assert item.answered == len(answers), item
    assert (item.state == "approved") == (len(answers) >= item.needed), item
    assert (item.outcome in answers) == (item.state == "approved"), item
    numbers = list(item.answers.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))
"""
