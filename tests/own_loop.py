"""Run coroutines in tests: Playwright's synchronous API keeps a loop running in the main thread of its process."""

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

Result = TypeVar("Result")


def run_in_own_loop(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """Run ``coroutine`` to its end in a thread that has no loop yet, and return or raise what it does."""
    with ThreadPoolExecutor(1) as threads:
        return threads.submit(asyncio.run, coroutine).result()
