"""Addresses of all pages."""

from django.contrib import admin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.views import LoginView, LogoutView, PasswordChangeView
from django.urls import include, path, reverse_lazy
from django.views.i18n import JavaScriptCatalog

from annotation.views import (
    adjudicating,
    everybody,
    home,
    items,
    numbers,
    people,
    projects,
    reviewing,
)

_ITEM = [
    path("", reviewing.item_page, name="item"),
    path("answer/", reviewing.answer, name="answer"),
    path("typed/", reviewing.save_typed, name="save_typed"),
    path("check/", reviewing.check, name="check"),
    path("hold/", reviewing.hold, name="hold"),
    path("release/", reviewing.release, name="release"),
    path("note/", reviewing.note, name="note"),
    path("undo/", reviewing.undo, name="undo"),
    path("history/", items.history, name="history"),
    path("adjudicate/", adjudicating.adjudicate, name="adjudicate"),
    path("adjudicate/typed/", adjudicating.save_typed, name="save_typed_settling"),
    path("reopen/", adjudicating.reopen, name="reopen"),
    path("resolve/", adjudicating.resolve, name="resolve"),
]
_PROJECT = [
    path("", projects.overview, name="overview"),
    path("next/", reviewing.next_item, name="next"),
    path("items/", items.items, name="items"),
    path("items/more/", projects.ask_for_more, name="ask_for_more"),
    path("items/<int:item_id>/", include(_ITEM)),
    path("adjudication/", adjudicating.adjudication, name="adjudication"),
    path("numbers/", numbers.numbers, name="numbers"),
    path("numbers/<slug:table>.csv", numbers.table, name="numbers_csv"),
    path("guideline/", projects.guideline, name="guideline"),
    path("settings/", projects.settings, name="settings"),
    path("settings/upload/", projects.upload, name="upload"),
    path("files/<slug:what>.jsonl", projects.download, name="download"),
    path("members/", people.members, name="members"),
    path("members/<int:membership_id>/", people.change_member, name="change_member"),
    path(
        "invitations/<int:invitation_id>/revoke/",
        people.revoke_invitation,
        name="revoke_invitation",
    ),
]
urlpatterns = [
    path("", home.home, name="home"),
    path("health/", home.health, name="health"),
    path("profile/", home.profile, name="profile"),
    path(
        "profile/password/",
        PasswordChangeView.as_view(
            template_name="annotation/password.html", success_url=reverse_lazy("profile")
        ),
        name="password",
    ),
    path("sign-in/", LoginView.as_view(template_name="annotation/sign_in.html"), name="login"),
    path("sign-out/", LogoutView.as_view(), name="logout"),
    path("invitation/<str:token>/", people.enter, name="enter"),
    path(
        "password/<str:uidb64>/<str:token>/", everybody.NewPassword.as_view(), name="new_password"
    ),
    path("people/", everybody.everybody, name="everybody"),
    path("people/<int:person_id>/", everybody.change_person, name="change_person"),
    path("people/<int:person_id>/password/", everybody.password_link, name="password_link"),
    path(
        "people/invitations/<int:invitation_id>/revoke/",
        everybody.revoke_administrator,
        name="revoke_administrator",
    ),
    path("words.js", login_not_required(JavaScriptCatalog.as_view()), name="words"),
    path("projects/new/", projects.new_project, name="new_project"),
    path("projects/<slug:slug>/", include(_PROJECT)),
    path("admin/", admin.site.urls),
]
handler400 = "annotation.views.failures.bad_request"
handler403 = "annotation.views.failures.forbidden"
handler404 = "annotation.views.failures.not_found"
handler500 = "annotation.views.failures.server_error"
