"""The Django application."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy


class AnnotationConfig(AppConfig):
    """Everything of the page is one application."""

    name = "annotation"
    verbose_name = gettext_lazy("Review")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Connects what keeps the log of sign-ins."""
        import annotation.signals  # noqa: F401
