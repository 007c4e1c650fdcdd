"""Forms about projects."""

from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from annotation.models import Project


class NewProjectForm(forms.ModelForm):
    """A new project; its kind never changes afterwards."""

    class Meta:
        """All that can be said at the start."""

        model = Project
        fields = ["name", "slug", "kind", "annotators_per_item", "merge_unanimous"]


class ProjectForm(forms.ModelForm):
    """Settings that may change while people work."""

    class Meta:
        """The number of people holds for items that come in later."""

        model = Project
        fields = ["name", "annotators_per_item", "merge_unanimous", "lease_seconds", "closed"]


class GuidelineForm(forms.Form):
    """A new version of the guideline."""

    text = forms.CharField(
        label=_("Guideline (Markdown)"), max_length=100_000, widget=forms.Textarea
    )


class UploadForm(forms.Form):
    """A file of items."""

    file = forms.FileField(label=_("File (.jsonl)"), allow_empty_file=False)
    withdraw_missing = forms.BooleanField(
        label=_("Do not offer open items that the file does not have"), required=False
    )

    def clean_file(self) -> Any:
        """Refuses what is too large or no JSON lines, before it is read."""
        file = self.cleaned_data["file"]
        if file.size > settings.MAX_UPLOAD_BYTES:
            limit = settings.MAX_UPLOAD_BYTES // 1024**2
            raise ValidationError(
                _("The file has more than %(limit)s MB. Import it with: bllossom review import"),
                params={"limit": limit},
            )
        if not file.name.endswith(".jsonl"):
            raise ValidationError(_("The file's name must end in .jsonl"))
        return file
