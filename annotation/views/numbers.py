"""What the work comes to, as pictures and as tables for spreadsheets."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from annotation.models import Project, Role
from annotation.numbers.agreement import Agreement, alpha, cohen, fleiss, percent
from annotation.numbers.charts import Bar, Part, intervals, stacked
from annotation.numbers.progress import Progress, Work, progress_of, work_of
from annotation.numbers.safe_csv import safe_csv
from annotation.numbers.votes import verdicts, votes_by_item
from annotation.numbers.win_rates import Rate, Record, Vote, left_rate, records, tie_rate
from annotation.views.access import project_page

Rows = list[Sequence[object]]
MAX_PEOPLE_IN_PAIRS = 12
VERDICT_ORDER = ("first", "tie", "second")


@project_page(Role.READER)
def numbers(request: HttpRequest, project: Project) -> HttpResponse:
    """Progress for everybody; people, agreement and win rates for those who settle."""
    progress = progress_of(project)
    context: dict[str, Any] = {"progress": progress, "states": _states_chart(progress)}
    if request.role >= Role.ADJUDICATOR:
        context |= _people(work_of(project)) | {"agreements": _agreements(project)}
        if project.compares_pairs:
            context |= _wins(project)
    elif request.role == Role.ANNOTATOR:
        context |= _people(work_of(project, request.user))
    return render(request, "annotation/numbers.html", context)


def _states_chart(progress: Progress) -> str:
    counts = progress.counts
    parts = [
        Part(_("Approved"), counts["approved"], "good"),
        Part(_("Agreed"), counts["agreed"], "fair"),
        Part(_("Disputed"), counts["disputed"], "bad"),
        Part(_("Open"), counts["open"], "rest"),
    ]
    return stacked(_("Items by state"), [(_("Items"), parts)])


def _people(work: list[Work]) -> dict[str, Any]:
    rows = [
        (
            one.pseudonym,
            [
                Part(_("accepted"), one.accepted, "good"),
                Part(_("corrected"), one.corrected, "fair"),
                Part(_("other"), one.other, "rest"),
            ],
        )
        for one in work
    ]
    return {"work": work, "work_chart": stacked(_("Answers by person"), rows) if rows else ""}


def _reason(found: Agreement) -> str:
    reasons = {
        "no_overlap": _("nobody has answered the same items yet"),
        "one_value": _("everybody always said the same one thing, so chance agreement is complete"),
        "uneven": _("items have different numbers of answers; alpha is for that"),
    }
    return str(reasons.get(found.reason, found.reason))


def _agreements(project: Project) -> list[dict[str, Any]]:
    votes = votes_by_item(project)
    measured = [
        (_("Share of pairs that agree"), percent(votes)),
        (_("Fleiss’ kappa"), fleiss(votes)),
        (_("Krippendorff’s alpha (nominal)"), alpha(votes, seed=project.seed)),
    ]
    if project.compares_pairs:
        ordinal = alpha(votes, "ordinal", VERDICT_ORDER, project.seed)
        measured.append((_("Krippendorff’s alpha (ordinal)"), ordinal))
    people = sorted({name for item in votes for name in item})
    if len(people) <= MAX_PEOPLE_IN_PAIRS:
        name = _("Cohen’s kappa")
        measured += [
            (f"{name}: {one}, {other}", cohen(votes, one, other))
            for one, other in combinations(people, 2)
        ]
    return [{"name": name, "found": found, "reason": _reason(found)} for name, found in measured]


def _wins(project: Project) -> dict[str, Any]:
    votes = verdicts(project)
    found = records(votes, project.seed)
    left, ties = left_rate(votes, project.seed), tie_rate(votes, project.seed)
    chart, judged = "", []
    if found:
        chart = stacked(_("Wins, ties and losses"), [_record_row(one) for one in found])
        bars = [_bar(one.system, one.strength) for one in found]
        chart += intervals(_("Chance to win against an average system"), bars, 0.5)
        judged = [_bar(one.system, one.acceptable) for one in found if one.acceptable.votes]
    sides = [_bar(_("Left is preferred"), left)] if left.value is not None else []
    return {
        "records": found,
        "wins_chart": chart,
        "acceptable_chart": intervals(_("Acceptable answers"), judged) if judged else "",
        "side_chart": intervals(_("Left is preferred"), sides, 0.5) if sides else "",
        "left": left,
        "ties": ties,
    }


def _record_row(one: Record) -> tuple[str, list[Part]]:
    return one.system, [
        Part(_("wins"), one.wins, "good"),
        Part(_("ties"), one.ties, "fair"),
        Part(_("losses"), one.losses, "bad"),
    ]


def _bar(label: str, rate: Rate) -> Bar:
    note = f"{rate.value:.2f} [{rate.low:.2f}, {rate.high:.2f}]"
    return Bar(label, rate.value or 0.0, rate.low, rate.high, note)


@project_page(Role.ADJUDICATOR)
def table(request: HttpRequest, project: Project, table: str) -> HttpResponse:
    """One table as CSV; people are pseudonyms there."""
    made = _tables(project).get(table)
    if made is None:
        raise Http404
    header, rows = made()
    response = HttpResponse(safe_csv(header, rows), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{project.slug}-{table}.csv"'
    return response


def _tables(project: Project) -> dict[str, Any]:
    tables = {
        "people": lambda: _people_table(project),
        "agreement": lambda: _agreement_table(project),
    }
    if project.compares_pairs:
        tables |= {
            "wins": lambda: _wins_table(project),
            "votes": lambda: _votes_table(project),
        }
    return tables


def _people_table(project: Project) -> tuple[Sequence[str], Rows]:
    header = Work.__slots__
    return header, [[getattr(one, name) for name in header] for one in work_of(project)]


def _agreement_table(project: Project) -> tuple[Sequence[str], Rows]:
    header = ("measure", "value", "low", "high", "items", "undefined_because")
    return header, [
        (one["name"], found.value, found.low, found.high, found.items, one["reason"])
        for one in _agreements(project)
        for found in (one["found"],)
    ]


def _wins_table(project: Project) -> tuple[Sequence[str], Rows]:
    chance = ("chance", "chance_low", "chance_high")
    acceptable = ("acceptable", "acceptable_low", "acceptable_high")
    return ("system", "wins", "ties", "losses", *chance, *acceptable), [
        (
            *(one.system, one.wins, one.ties, one.losses),
            *(getattr(rate, name) for rate in _rates(one) for name in ("value", "low", "high")),
        )
        for one in records(verdicts(project), project.seed)
    ]


def _rates(one: Record) -> tuple[Rate, Rate]:
    return one.strength, one.acceptable


def _votes_table(project: Project) -> tuple[Sequence[str], Rows]:
    header = Vote.__slots__
    return header, [[getattr(one, name) for name in header] for one in verdicts(project)]
