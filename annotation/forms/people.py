"""Forms about people."""

from typing import Any

from django import forms
from django.contrib.auth.forms import UserCreationForm
from django.utils.translation import gettext_lazy as _

from annotation.models import ROLE_CHOICES, Invitation, Person, Project, Role


class ProfileForm(forms.ModelForm):
    """What a person may change about themselves."""

    class Meta:
        """Everything else is an administrator's."""

        model = Person
        fields = ["pseudonym", "language", "theme"]


class EnterForm(UserCreationForm):
    """Name and password of somebody who was invited."""

    class Meta(UserCreationForm.Meta):
        """The pseudonym is random until its person chooses one."""

        model = Person
        fields = ["username", "language"]


class InvitationForm(forms.ModelForm):
    """Who is invited, and to what."""

    class Meta:
        """Without a project, the person becomes an administrator of everything."""

        model = Invitation
        fields = ["label", "project", "role"]

    def __init__(self, *args: Any, projects: Any = None, **options: Any) -> None:
        """Offers only projects that the inviting person administers."""
        super().__init__(*args, **options)
        self.fields["project"].queryset = projects if projects is not None else Project.objects
        self.fields["project"].required = True
        self.fields["role"].initial = Role.ANNOTATOR.value
        self.fields["label"].required = True


class AdministratorForm(forms.ModelForm):
    """Who is invited to administer everything."""

    class Meta:
        """There is nothing to choose but for whom the link is."""

        model = Invitation
        fields = ["label"]

    def __init__(self, *args: Any, **options: Any) -> None:
        """Wants to know for whom the link is."""
        super().__init__(*args, **options)
        self.fields["label"].required = True


class MemberForm(forms.Form):
    """Another role for a member, or none."""

    role = forms.TypedChoiceField(
        label=_("Role"), coerce=int, choices=[(0, _("No member any more")), *ROLE_CHOICES]
    )
