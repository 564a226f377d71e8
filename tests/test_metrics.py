"""The recipes of docs/how-to/metrics.md, as they stand there."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.http import HttpRequest
from opentelemetry import metrics
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import InMemoryMetricReader, MetricsData
from prometheus_client import REGISTRY

from active_users import api

from .documents import page
from .project import ROOT
from .servers import Server

EXAMPLES = page("how-to/metrics.md").files


def run(file: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """What a file of the page defines."""
    name = file.removesuffix(".py").replace("/", ".")
    module = ModuleType(name)
    monkeypatch.setitem(sys.modules, "shop", ModuleType("shop"))
    monkeypatch.setitem(sys.modules, name, module)
    exec(EXAMPLES[file], vars(module))  # noqa: S102
    return module


@pytest.fixture
def three_people(own_server: Server) -> Server:
    for number in range(3):
        api.note(User(pk=number))
    return own_server


def lines_of(view: Any) -> list[str]:
    response = view(HttpRequest())
    assert response["Content-Type"].startswith("text/plain")
    return [line for line in response.content.decode().splitlines() if line.startswith("active_users")]


def test_prometheus_gets_the_number_and_no_number_while_redis_is_down(
    three_people: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("shop/counting.py", monkeypatch)
    module = run("shop/metrics.py", monkeypatch)
    try:
        assert lines_of(module.metrics) == ["active_users 3.0"]
        three_people.kill()
        assert lines_of(module.metrics) == ["active_users NaN"]
    finally:
        REGISTRY.unregister(module.active_users)


def test_prometheus_gets_it_once_from_several_processes(
    processes: None, server: Server, settings: Any, tmp_path: Path
) -> None:
    """In processes of their own, because prometheus-client looks at the environment when it is imported."""
    (tmp_path / "shop").mkdir()
    for file, example in EXAMPLES.items():
        (tmp_path / file).write_text(example)
    api.note(User(pk=7))
    program = (
        "import django, tests.settings as site; from prometheus_client import Counter; "
        f"site.CACHES = {server.cache!r}; site.ACTIVE_USERS_KEY_PREFIX = {settings.ACTIVE_USERS_KEY_PREFIX!r}; "
        "django.setup(); Counter('clicks', 'Of the process').inc(); "
        "from shop.multiprocess_metrics import metrics; print(metrics(None).content.decode())"
    )
    environment = os.environ | {
        "PYTHONPATH": f"{ROOT}{os.pathsep}{tmp_path}",
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
    }
    command = [sys.executable, "-c", program]
    for number in (1, 2):
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
        lines = [line for line in done.stdout.splitlines() if not line.startswith("#")]
        assert sorted(filter(None, lines)) == ["active_users 1.0", f"clicks_total {number}.0"], done.stderr


@pytest.fixture
def reader() -> Iterator[InMemoryMetricReader]:
    reader = InMemoryMetricReader()
    provider = MeterProvider(metric_readers=[reader], shutdown_on_exit=False)
    metrics.set_meter_provider(provider)
    yield reader
    provider.shutdown()


def points_in(data: MetricsData | None) -> list[tuple[str, Any]]:
    return [
        (metric.name, point.value)  # type: ignore[union-attr]
        for resource in (data.resource_metrics if data else ())
        for scope in resource.scope_metrics
        for metric in scope.metrics
        for point in metric.data.data_points
    ]


def test_opentelemetry_gets_the_number_and_no_number_while_redis_is_down(
    three_people: Server,
    reader: InMemoryMetricReader,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run("shop/telemetry.py", monkeypatch)
    assert points_in(reader.get_metrics_data()) == [("active_users", 3)]
    three_people.kill()
    assert points_in(reader.get_metrics_data()) == []
    assert {record.name for record in caplog.records} <= {"active_users"}  # for OpenTelemetry nothing went wrong
