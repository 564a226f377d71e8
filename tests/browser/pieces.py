"""A page with every piece, with the stylesheet or without it, in the languages and directions that a test asks for."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template import engines
from django.urls import include, path
from django.utils import translation

PAGE = """{% load active_users django_htmx static %}<!doctype html>
<html lang="{{ language }}" dir="{{ direction }}">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <meta name="htmx-config" content='{"includeIndicatorStyles": false, "allowEval": false}'>
  <title>Every piece</title>
  <link rel="icon" href="data:,">
  {% if styled %}<link rel="stylesheet" href="{% static 'active_users/active_users.css' %}">{% endif %}
  {% htmx_script %}
</head>
<body>
  <main>
    <h1>Every piece</h1>
    {% active_users_live limit=2 %}
    <p id="number">{% active_users_live_count %} online</p>
    <p>{% active_users_here %}</p>
    {% active_users_summary %}
    {% active_users_list limit=2 %}
    {% active_users_chart hours=1 %}
    {% active_users_chart hours=168 %}
  </main>
</body>
</html>"""


def every_piece(request: HttpRequest, look: str, language: str) -> HttpResponse:
    with translation.override(language):
        direction = "rtl" if translation.get_language_bidi() else "ltr"
        context = {"styled": look == "styled", "language": language, "direction": direction}
        return HttpResponse(engines["django"].from_string(PAGE).render(context, request))


urlpatterns = [path("every-piece/<look>/<language>/", every_piece), path("", include("example_site.urls"))]
