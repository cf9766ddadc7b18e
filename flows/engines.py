"""The one place where an engine is chosen."""

import gc
from collections.abc import Callable, Sequence
from typing import Literal

from rules.api import Engine
from rules.reference.engine import ReferenceEngine
from rules.ruleset import Ruleset
from schemas.instruments import InstrumentTable

EngineKind = Literal["fast", "reference"]
ProgressKind = Literal["boundary", "every"]
DEFAULT_ENGINE: EngineKind = "fast"


def make_engine(
    kind: EngineKind,
    instruments: InstrumentTable,
    rulesets: Sequence[Ruleset],
    owns: Callable[[str], bool] | None = None,
    progress: ProgressKind = "boundary",
) -> Engine:
    """Make an engine for the accounts it owns (all, when left out)."""
    if kind == "reference":
        return ReferenceEngine(instruments, rulesets, owns, progress)
    from rules.engine.evaluate import FastEngine  # noqa: PLC0415 - numba loads with it

    return FastEngine(instruments, rulesets, owns, progress)


_BETWEEN_COLLECTIONS = (100_000, 50, 50)
"""Accounts live as long as the process, and nothing of them is cyclic: with Python's own thresholds
a quarter of a busy replay went into looking through them."""


def rarely_collect() -> None:
    """Tell the process that it will hold accounts."""
    gc.set_threshold(*_BETWEEN_COLLECTIONS)
    gc.freeze()


def warm_up(kind: EngineKind) -> None:
    """Load the kernels of the engine, so that the first tick does not wait for them."""
    rarely_collect()
    if kind == "fast":
        from rules.engine.warm import warm  # noqa: PLC0415 - numba loads with it

        warm()
