"""Like ``served``, but notes somebody on import, so that workers are forked from a process with a connection."""

from __future__ import annotations

from django.test import Client

from tests.populations import PEOPLE
from tests.served import wsgi

__all__ = ["wsgi"]

Client().get(f"/login/p{PEOPLE - 1}")
