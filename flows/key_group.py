"""The adapter of an engine: one key group is one key of a stateful step, fed with whole frames."""

from typing import NamedTuple

from bytewax.operators import StatefulBatchLogic

from connectors.journal import Entry
from flows.engines import make_engine
from flows.options import FlowSettings
from rules.api import Engine, Outcome
from rules.ruleset import load_ruleset
from schemas.ids import key_group


class Addressed(NamedTuple):
    """A frame on its way to one key group."""

    group: int
    entry: Entry


class Reported(NamedTuple):
    """What one key group said about one frame."""

    entry: Entry
    outcome: Outcome


class KeyGroup(StatefulBatchLogic[Addressed, Reported, None]):
    """Evaluates the accounts of one key group; which one, it learns from its first frame.

    What the engine starts with is told by the journal's first record.
    """

    def __init__(self, settings: FlowSettings) -> None:
        self._settings = settings
        self._engine: Engine | None = None

    def on_batch(self, values: list[Addressed]) -> tuple[list[Reported], bool]:
        """Evaluate frames, in the order of the journal."""
        engine = self._engine
        if engine is None:
            engine = self._engine = _engine(values[0], self._settings)
        return [Reported(entry, engine.process(entry.frame)) for _, entry in values], False

    def snapshot(self) -> None:
        """Keep nothing: a restart replays the journal."""
        return


def warm_up(settings: FlowSettings) -> None:
    """Load the kernels of the engine, so that the first tick does not wait for them."""
    if settings.engine == "fast":
        from rules.engine.warm import warm  # noqa: PLC0415 - numba loads with it

        warm()


def _engine(first: Addressed, settings: FlowSettings) -> Engine:
    group, groups = first.group, settings.key_groups
    genesis = first.entry.genesis
    assert genesis is not None, "the journal's first record tells what holds before its entries"
    rulesets = [load_ruleset(document) for document in genesis.rulesets]

    def owns(account_id: str) -> bool:
        return key_group(account_id, groups) == group

    return make_engine(settings.engine, genesis.instruments, rulesets, owns, settings.progress)
