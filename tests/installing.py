"""Installs apps that only some tests need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.conf import settings
from django.core.checks.registry import registry
from django.test import override_settings


@contextmanager
def installed(*apps: str, **options: Any) -> Iterator[None]:
    """With these apps, and other settings, inside the block. The system checks that they bring end with it."""
    checks = registry.registered_checks, registry.deployment_checks
    registry.registered_checks, registry.deployment_checks = set(checks[0]), set(checks[1])
    try:
        with override_settings(INSTALLED_APPS=[*settings.INSTALLED_APPS, *apps], **options):
            yield
    finally:
        registry.registered_checks, registry.deployment_checks = checks
