"""The one place where an engine is chosen."""

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


def warm_up(kind: EngineKind) -> None:
    """Load the kernels of the engine, so that the first tick does not wait for them."""
    if kind == "fast":
        from rules.engine.warm import warm  # noqa: PLC0415 - numba loads with it

        warm()
