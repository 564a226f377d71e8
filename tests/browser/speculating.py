"""A site of a few pages whose speculation rules let the browser load the next page before it is clicked."""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html
from django.utils.safestring import mark_safe

PAGES = 5


def walk(request: HttpRequest, action: str, eagerness: str, number: int) -> HttpResponse:
    """Page ``number``, which says for what purpose it was requested. It requests nothing else, not even an icon."""
    rules = {action: [{"where": {"selector_matches": "a"}, "eagerness": eagerness}]}
    return HttpResponse(
        format_html(
            '<!doctype html><html lang="en"><head><title>Page {0}</title><link rel="icon" href="data:,">'
            '<script type="speculationrules">{1}</script></head>'
            '<body><h1>Page {0}</h1><p id="purpose">{2}</p><a href="/walk/{3}/{4}/{5}/">Next</a></body></html>',
            number,
            mark_safe(json.dumps(rules)),  # noqa: S308
            request.headers.get("Sec-Purpose", ""),
            action,
            eagerness,
            number + 1,
        )
    )
