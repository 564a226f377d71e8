"""Async twins of functions that may wait for Redis."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from asgiref.sync import sync_to_async

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")


def async_twin(function: Callable[Parameters, Result]) -> Callable[Parameters, Coroutine[Any, Any, Result]]:
    @wraps(function)
    async def twin(*args: Parameters.args, **kwargs: Parameters.kwargs) -> Result:
        return await sync_to_async(function, thread_sensitive=False)(*args, **kwargs)

    twin.__name__ = twin.__qualname__ = f"a{function.__name__}"
    twin.__doc__ = f"Async twin of ``{function.__name__}()``."
    return twin
