"""Who may come in at all: people are shut out, let in again, and made administrators."""

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.utils import timezone

from annotation.models import Invitation, Lease, Person
from annotation.work.auditing import record, writing
from bllossom_data.errors import LastAdministratorError


def deactivate(person: Person, by: Person) -> None:
    """Shuts a person out at once; what they said stays.

    Their sessions end, what they hold is free for others, and links that they made and nobody has
    used lead nowhere: one of them might let them in again.

    Raises:
        LastAdministratorError: nobody would be left to administer the page.
    """
    with writing():
        _keep_one_administrator(person)
        Person.objects.filter(pk=person.pk).update(is_active=False)
        _end_sessions(person)
        leases, _ = Lease.objects.filter(person=person).delete()
        invitations, _ = Invitation.objects.filter(created_by=person, used_at=None).delete()
        record(
            by, "deactivated", of=person.pseudonym, leases=leases, invitations_revoked=invitations
        )


def activate(person: Person, by: Person) -> None:
    """Lets a person in again, with the roles that they had."""
    with writing():
        Person.objects.filter(pk=person.pk).update(is_active=True)
        record(by, "activated", of=person.pseudonym)


def make_administrator(person: Person, by: Person) -> None:
    """Lets a person administer the whole installation."""
    with writing():
        Person.objects.filter(pk=person.pk).update(is_superuser=True, is_staff=True)
        record(by, "administrator_made", of=person.pseudonym)


def take_administration(person: Person, by: Person) -> None:
    """Leaves a person the roles that they have in projects.

    Raises:
        LastAdministratorError: nobody would be left to administer the page.
    """
    with writing():
        _keep_one_administrator(person)
        Person.objects.filter(pk=person.pk).update(is_superuser=False, is_staff=False)
        record(by, "administration_taken", of=person.pseudonym)


def _keep_one_administrator(person: Person) -> None:
    # Inside `writing`: of two who shut each other out at once, the second sees what the first did.
    active = Person.objects.filter(is_superuser=True, is_active=True)
    if [one.pk for one in active.order_by("pk")] == [person.pk]:
        raise LastAdministratorError("somebody must be left to administer the page")


def _end_sessions(person: Person) -> None:
    # Accounts that are not active are refused anyway; but these would live again with the account.
    for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator():
        if session.get_decoded().get(SESSION_KEY) == str(person.pk):
            session.delete()
