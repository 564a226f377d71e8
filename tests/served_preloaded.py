"""Like ``served``, but notes somebody while the site is loaded, so that workers are forked from a used process."""

from __future__ import annotations

from django.test import Client

from tests.served import PEOPLE, wsgi

__all__ = ["wsgi"]

Client().get(f"/login/p{PEOPLE - 1}")
