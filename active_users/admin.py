"""The admin's page of active users, and a column for the admin of a site's users. Nothing else imports this."""

from __future__ import annotations

import logging
from collections.abc import Callable, Container, Iterator
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.contrib import admin, messages
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.core.signing import BadSignature
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.translation import gettext, pgettext, pgettext_lazy
from django.utils.translation import gettext_lazy as from_django

from active_users import api
from active_users.exceptions import ActiveUsersUnavailable
from active_users.logs import log_once
from active_users.models import ActiveUser
from active_users.paging import PAGE
from active_users.rendering.overview import Figures, Overview, read_person
from active_users.settings import active_users_settings
from active_users.store import current
from active_users.visits.visit import outdate_count

__all__ = ["ActiveUserAdmin", "ActiveUsersColumn"]

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[ActiveUser]
    _AnyModelAdmin = admin.ModelAdmin[Any]
else:
    _ModelAdmin = admin.ModelAdmin
    _AnyModelAdmin = object


class ActiveUserAdmin(_ModelAdmin):
    """
    "Active users" in the admin, for holders of ``active_users.view_activeuser``.

    Holders of ``active_users.delete_activeuser`` can forget people. ``list_per_page`` people are listed.
    """

    def get_urls(self) -> list[URLPattern]:
        names = [f"{self.opts.app_label}_{self.opts.model_name}_{name}" for name in ("changelist", "delete")]
        return [url for url in super().get_urls() if url.name in names]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ActiveUser | None = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        may = {"user": self._may_see_users(request), "forget": self.has_delete_permission(request)}
        overview = Overview.of(min(self.list_per_page, PAGE), [link for link in may if may[link]])
        context = {
            **self.admin_site.each_context(request),
            "title": pgettext("active users", "Active users"),
            "opts": self.opts,
            "has_htmx": apps.is_installed("django_htmx"),
            "figures": Figures(),
            "overview": overview,
            **(extra_context or {}),
        }
        request.current_app = self.admin_site.name
        template = f"admin/{self.opts.app_label}/{self.opts.model_name}/change_list.html"
        return TemplateResponse(request, self.change_list_template or template, context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Forget somebody, after asking. Their name and identity are in the URL, signed."""
        context = {"title": gettext("Forget an active user"), **(extra_context or {})}
        try:
            return super().delete_view(request, object_id, context)
        except ActiveUsersUnavailable:  # and what was logged is rolled back
            text = gettext("Nobody was forgotten, because Redis does not answer. Try again in a moment.")
            self.message_user(request, text, messages.ERROR)
            return self._redirect()

    def get_object(self, request: HttpRequest, object_id: str, from_field: str | None = None) -> ActiveUser | None:
        try:
            identity, name = read_person(object_id)
        except BadSignature:
            return None
        person = ActiveUser(pk=identity.encode("utf-8", "replace").decode())  # for the log
        person.identity, person.name = identity, name
        return person

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, Any, Any]:
        return [], {}, set(), []

    def delete_model(self, request: HttpRequest, obj: ActiveUser) -> None:
        outdate_count(request)
        current.forget(obj.identity).result()

    def response_delete(self, request: HttpRequest, obj_display: str, obj_id: Any) -> HttpResponse:
        text = gettext("Forgot “%(name)s” until their next request.") % {"name": obj_display}
        self.message_user(request, text, messages.SUCCESS)
        return self._redirect()

    def _may_see_users(self, request: HttpRequest) -> bool:
        users: Any = self.admin_site._registry.get(get_user_model())
        return users is not None and users.has_view_or_change_permission(request)

    def _redirect(self) -> HttpResponse:
        name = f"admin:{self.opts.app_label}_{self.opts.model_name}_changelist"
        return HttpResponseRedirect(reverse(name, current_app=self.admin_site.name))


class OnlineFilter(admin.SimpleListFilter):
    """Lists users who are online, or those who are not; nobody while that is unknown, because an action may follow."""

    title = pgettext_lazy("active users", "online now")
    parameter_name = "online"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", from_django("Yes")), ("no", from_django("No"))]  # which it translates itself

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        if self.value() not in ("yes", "no"):
            return None
        online = _online_of(request, queryset.model)
        if online is None:
            return queryset.none()
        return queryset.filter(pk__in=online) if self.value() == "yes" else queryset.exclude(pk__in=online)

    def get_facet_counts(self, pk_attname: str, filtered_qs: QuerySet[Any]) -> dict[str, Any]:
        is_known = _online_of(self.request, filtered_qs.model) is not None
        counts: dict[str, Any] = super().get_facet_counts(pk_attname, filtered_qs) if is_known else {}
        return counts


class ActiveUsersColumn(_AnyModelAdmin):
    """
    Gives the admin of the user model a column "Online" and a filter, in one round trip a page.

    ``class UserAdmin(ActiveUsersColumn, auth.admin.UserAdmin)``. While Redis does not answer, the column shows the sign
    of the unknown. ``list_display`` may name ``active_users_online`` to say where the column stands.
    """

    def get_list_display(self, request: HttpRequest) -> list[Any] | tuple[Any, ...]:
        columns = super().get_list_display(request)
        return columns if "active_users_online" in columns else [*columns, "active_users_online"]

    def get_list_filter(self, request: HttpRequest) -> list[Any] | tuple[Any, ...]:
        filters = super().get_list_filter(request)
        return filters if OnlineFilter in filters else [*filters, OnlineFilter]

    @admin.display(boolean=True, description=pgettext_lazy("active users", "Online"))
    def active_users_online(self, user: Any) -> bool | None:
        known: bool | None = getattr(user, "_active_users_online", None)
        return known

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The answer is a template that is not rendered yet, with the page's users, of whom none has been shown."""
        response = super().changelist_view(request, extra_context)
        changelist = (getattr(response, "context_data", None) or {}).get("cl")
        if changelist is not None and "active_users_online" in changelist.list_display:
            users = list(changelist.result_list)
            online = _online_of(request, self.model) if _is_asked(request) else _try(lambda: api.get_last_seen(users))
            for user in users:
                user._active_users_online = None if online is None else user.pk in online
        return response


def _is_asked(request: HttpRequest) -> bool:
    return hasattr(request, "active_users_online")


def _online_of(request: HttpRequest, model: Any) -> Container[Any] | None:
    """The primary keys of all who are online, asked for once per request, or ``None`` while they are unknown."""
    if not _is_asked(request):
        online = _try(lambda: set(_find_online(model)))
        if online is None:
            text = gettext("It is not known right now who is online, so the filter lists nobody.")
            messages.warning(request, text, fail_silently=True)
        request.active_users_online = online  # type: ignore[attr-defined]
    known: Container[Any] | None = request.active_users_online  # type: ignore[attr-defined]
    return known


def _find_online(model: Any) -> Iterator[Any]:
    users: Any = get_user_model()._meta.concrete_model
    if not issubclass(model, users):  # whose primary keys may be those of users
        raise TypeError(f"ActiveUsersColumn should be in the admin of the user model, not in that of {model.__name__}.")
    found = api.list_active_users(limit=PAGE)
    people = found.users if found.count <= len(found.users) else api.get_active_users()
    for person in people:
        pk = model._meta.pk.to_python(person["user_id"])
        if active_users_settings.KEY_CLASS.identity_of(model(pk=pk)) != person.identity:
            raise LookupError("The user_id of the entries of ACTIVE_USERS_KEY_CLASS is not the user's primary key.")
        yield pk


def _try(ask: Callable[[], Container[Any]]) -> Container[Any] | None:
    try:
        return ask()
    except ActiveUsersUnavailable:
        return None
    except Exception as error:  # of a site's own entry class, or of a column in the admin of something else than users
        log_once(logging.ERROR, "The admin cannot tell which users are online", error=error)
        return None


# The app may be imported without the admin, and a site may have registered all models already.
if apps.is_installed("django.contrib.admin") and not admin.site.is_registered(ActiveUser):
    admin.site.register(ActiveUser, ActiveUserAdmin)
