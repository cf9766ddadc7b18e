"""Runs a recording twice over: as it was, and with accounts bound to other versions.

    files → merge → frames ─┬→ live engine ──────┐
                            └→ recast → shadow ──┴→ tellings, side by side

Each frame is read once. The shadow engine judges only the accounts that are bound otherwise.
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from connectors.merge import FRAME_ROWS, merge
from flows.engines import EngineKind, make_engine
from flows.inputs import JournalFiles, Rulebook
from flows.replay import last_accepted
from rules.api import Decision, Engine, Rejection
from rules.shadow import Cast, Recast
from rules.whatif import Numbering, Telling
from schemas.events import AccountOpened
from schemas.frames import Frame


class Compared(NamedTuple):
    """One account under both versions."""

    account_id: str
    cast: Cast
    live: Telling
    shadow: Telling


class WhatIf:
    """One comparison over the files of a journal.

    Args:
        kind: which engine decides.
        rulebook: what holds before the journal starts.
        recast: who is bound to what instead.
        frame_rows: entries of a frame.
    """

    def __init__(
        self, kind: EngineKind, rulebook: Rulebook, recast: Recast, frame_rows: int = FRAME_ROWS
    ) -> None:
        instruments, rulesets = rulebook
        self.numbering = Numbering()
        self._recast = recast
        self._frame_rows = frame_rows
        self._last: tuple[int, int] | None = None  # instant and position of the last accepted input
        self._live = _Side(make_engine(kind, instruments, rulesets))
        self._shadow = _Side(make_engine(kind, instruments, recast.shelf(), recast.owns))

    def run(self, journal: JournalFiles) -> Iterator[int]:
        """Run, once; yield the bytes read so far after every frame.

        Raises:
            BadFile: a file turned out not to be readable.
        """
        for merged in merge(journal.events, journal.ticks, self._frame_rows):
            if merged.frame is not None:
                self._take(merged.frame)
            yield journal.done
        if self._last is not None:
            self._live.finish(*self._last, self._recast)
            self._shadow.finish(*self._last, self._recast)

    def accounts(self) -> list[Compared]:
        """Return every account that is bound otherwise, by id, once the run is over."""
        return [
            Compared(name, self._recast.accounts[name], live, self._shadow.telling(name))
            for name, live in sorted(self._live.tellings.items())
        ]

    def _take(self, frame: Frame) -> None:
        recast = self._recast.frame(frame)
        refused = [rejection.position for rejection in self._live.take(frame, self._recast)]
        self.numbering.refuse(refused)
        self._last = last_accepted(frame, set(refused)) or self._last
        self._shadow.take(recast, self._recast)


class _Side:
    """An engine and what it said about the accounts that matter."""

    def __init__(self, engine: Engine) -> None:
        self.tellings: dict[str, Telling] = {}
        self._engine = engine

    def telling(self, account_id: str) -> Telling:
        return self.tellings.setdefault(account_id, Telling())

    def take(self, frame: Frame, recast: Recast) -> list[Rejection]:
        outcome = self._engine.process(frame)
        self._keep(outcome.decisions, recast)
        opened = {
            frame.first + item.at: item.event.account_id
            for item in frame.events
            if isinstance(item.event, AccountOpened)
        }
        for rejection in outcome.rejections:
            name = opened.get(rejection.position)
            if name is not None and recast.owns(name) and name not in self.tellings:
                self.telling(name).refused = rejection
        return outcome.rejections

    def finish(self, through: int, position: int, recast: Recast) -> None:
        outcome = self._engine.finish(through, position, final_progress=True)
        self._keep(outcome.decisions, recast)

    def _keep(self, decisions: Iterable[Decision], recast: Recast) -> None:
        for decision in decisions:
            if recast.owns(decision.account_id):
                self.telling(decision.account_id).add(decision)
