"""The pages."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import login, logout
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from example_site.articles import ARTICLES
from example_site.members import NEWCOMERS, REGULARS


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    return render(request, "home.html", {"articles": ARTICLES, "authors": _authors()})


@require_safe
def article(request: HttpRequest, slug: str) -> HttpResponse:
    for shown in ARTICLES:
        if shown.slug == slug:
            others = [other for other in ARTICLES if other != shown]
            return render(request, "article.html", {"article": shown, "others": others, "authors": _authors()})
    raise Http404(f"There is no article {slug!r}.")


@require_safe
@login_required
def members(request: HttpRequest) -> HttpResponse:
    """All members, and which of them are here, with one command to Redis for the whole page."""
    users = {user.username: user for user in User.objects.all()}
    rows = [(member, users.get(member.name)) for member in NEWCOMERS + REGULARS]
    return render(request, "members.html", {"rows": rows, "users": list(users.values())})


@require_safe
def online(request: HttpRequest) -> HttpResponse:
    return render(request, "online.html")


@require_http_methods(["GET", "HEAD", "POST"])
def log_in(request: HttpRequest) -> HttpResponse:
    """Log in as one of the prepared people, without a password."""
    if request.method != "POST":
        return render(request, "log_in.html", {"next": request.GET.get("next", "")})
    login(request, get_object_or_404(User, username=request.POST.get("username", "")))
    return _redirect_back(request)


@require_POST
def log_out(request: HttpRequest) -> HttpResponse:
    logout(request)
    return _redirect_back(request)


def _redirect_back(request: HttpRequest) -> HttpResponse:
    url = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(url, {request.get_host()}, require_https=request.is_secure())
    return redirect(url if is_ours else settings.LOGIN_REDIRECT_URL)


def _authors() -> list[User]:
    return list(User.objects.filter(username__in={article.author for article in ARTICLES}))
