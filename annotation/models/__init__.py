"""Everything that the page keeps."""

from annotation.models.answers import COUNTING, Answer, Note, TypedText
from annotation.models.audit import AuditEntry
from annotation.models.items import Item, Lease
from annotation.models.people import ROLE_CHOICES, Invitation, Membership, Person, Role
from annotation.models.projects import Guideline, Project

__all__ = [
    "COUNTING",
    "ROLE_CHOICES",
    "Answer",
    "AuditEntry",
    "Guideline",
    "Invitation",
    "Item",
    "Lease",
    "Membership",
    "Note",
    "Person",
    "Project",
    "Role",
    "TypedText",
]
