"""The review page with many items: import, next item and list, against goals of its own.

    PYTHONPATH=.:tests:tests/bench python tests/bench/review_page.py [items]

Goals on 2 cores: import of 20,000 items < 30 s, next item p95 < 50 ms, list p95 < 200 ms. The floor
of the import is one pass over the same file that parses JSON and hashes each line, in the same run.
Query plans are printed: no list may read the whole table to sort it.
"""

import hashlib
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path


def lines(count):
    from hand_made_drafts import ENGLISH, KOREAN
    from review_items import waiting_line

    from bllossom_data.examples import Message

    paragraph = (
        "북한산에 오르면 서울이 한눈에 내려다보입니다. 물과 간식을 꼭 챙기시기 바랍니다. " * 12
    )
    english = "You can see all of Seattle from the ridge. Take water and something to eat. " * 12
    for number in range(count):
        yield waiting_line(
            number % 1000,
            id=f"lima-train-{number:05d}",
            risk=round((number * 7919 % 10007) / 10007, 4),
            messages=(ENGLISH[0], Message("assistant", f"{ENGLISH[1].content}\n\n{english}")),
            translations=(KOREAN[0], f"{KOREAN[1]}\n\n{paragraph}"),
        )


def p95(seconds):
    return statistics.quantiles(seconds, n=20)[-1] * 1000


def timed(work, count):
    seconds = []
    for number in range(count):
        start = time.perf_counter()
        work(number)
        seconds.append(time.perf_counter() - start)
    return seconds


def main(count):
    folder = Path(tempfile.mkdtemp(prefix="review-bench-"))
    os.environ["BLLOSSOM_REVIEW_DATA"] = str(folder)
    from annotation.serving import import_items, open_page

    open_page(folder)
    from django.db import connection
    from django.test import Client

    from annotation.models import Membership, Person, Role
    from annotation.work import leasing

    path = folder / "waiting.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for line in lines(count):
            file.write(json.dumps(line, ensure_ascii=False) + "\n")
    start = time.perf_counter()
    with path.open("rb") as file:
        for raw in file:
            hashlib.sha256(json.dumps(json.loads(raw), sort_keys=True).encode()).digest()
    floor = time.perf_counter() - start
    start = time.perf_counter()
    project, result = import_items(path, "bench", "rewrite", False)
    seconds = time.perf_counter() - start
    start = time.perf_counter()
    import_items(path, "bench", "rewrite", False)
    again = time.perf_counter() - start
    print(f"{path.stat().st_size / 1e6:.0f} MB, {connection.vendor}")
    print(f"import    {result.new:,} items  {seconds:6.1f} s  {seconds / floor:4.1f} x floor")
    print(f"again     {result.new:,} items  {again:6.1f} s  {again / floor:4.1f} x floor")

    people = []
    for number in range(4):
        person = Person.objects.create_user(f"p{number}", password="a long enough word")
        role = Role.ADJUDICATOR if number == 0 else Role.ANNOTATOR
        Membership.objects.create(project=project, person=person, role=role)
        people.append(person)

    def claim(number):
        person = people[number % 4]
        item = leasing.claim_next(project, person)
        # The item stays with its person, so that the queue gets ever longer at its head.
        type(item).objects.filter(pk=item.pk).update(answered=1, state="approved")

    claims = timed(claim, 400)
    print(f"next item p95 {p95(claims):6.1f} ms (claim alone)")
    client = Client(headers={"host": "127.0.0.1"})
    client.force_login(people[1])

    def following(number):
        response = client.post(f"/projects/{project.slug}/next/")
        assert response.status_code == 302, response.status_code
        pk = int(response["Location"].rstrip("/").rpartition("/")[2])
        project.items.filter(pk=pk).update(answered=1, state="approved")

    print(f"next item p95 {p95(timed(following, 200)):6.1f} ms (whole request)")
    pages = count // 50
    views = {
        "list": lambda n: f"?page={1 + n * 37 % pages}",
        "list, open": lambda n: f"?state=open&page={1 + n * 37 % (pages // 2)}",
        "list, search": lambda n: f"?q=train-{n * 131 % count:05d}",
    }
    for name, query in views.items():

        def show(number, query=query):
            response = client.get(f"/projects/{project.slug}/items/{query(number)}")
            assert response.status_code == 200

        print(f"{name:<13} p95 {p95(timed(show, 60)):6.1f} ms")
    item = project.items.filter(state="open").first()
    shown = timed(lambda _: client.get(f"/projects/{project.slug}/items/{item.pk}/"), 20)
    print(f"{'item page':<13} p95 {p95(shown[1:]):6.1f} ms")
    from django.utils import timezone

    print(leasing.free_items(project, people[1], timezone.now())[:1].explain())
    print(project.items.order_by("-risk", "key").defer("payload", "search_text")[:50].explain())


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000)
