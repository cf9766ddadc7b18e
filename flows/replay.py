"""Replay: recorded ticks and events in, finished decisions and dead letters out.

The pipeline, in reading order: files → merge → frames → engines (one per key group) → finisher.
What comes out is a pure function of the files; frame size and worker count change nothing.

Source: contract sections 2, "Order" and "Bad input", and 4.
"""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from connectors.merge import FRAME_ROWS, Merged, Placed, merge
from flows.crew import Crew, Setup, make_crew
from flows.inputs import JournalFiles
from flows.shadowing import Shadow
from rules.api import Outcome, Rejection
from rules.finish import Finished, Finisher
from schemas.dead_letters import DeadLetter
from schemas.errors import InputError
from schemas.frames import Frame


class Piece(NamedTuple):
    """Some of what a replay gives: decisions in order, and refused inputs in order.

    ``shadow`` are decisions under another ruleset version.
    """

    decisions: list[Finished]
    dead_letters: list[DeadLetter]
    shadow: list[Finished]


@dataclass
class Summary:
    """What a replay has seen and said so far; ``ticks`` and ``events`` are accepted ones."""

    ticks: int = 0
    events: int = 0
    decisions: int = 0
    breaches: int = 0
    duplicates: int = 0
    dead_letters: Counter[str] = field(default_factory=Counter)

    def line(self) -> str:
        """Say it in one line."""
        counts = {
            "tick": self.ticks,
            "event": self.events,
            "decision": self.decisions,
            "breach": self.breaches,
            "duplicate": self.duplicates,
            "dead letter": self.dead_letters.total(),
        }
        codes = ", ".join(f"{code} {count}" for code, count in sorted(self.dead_letters.items()))
        said = ", ".join(_counted(count, name) for name, count in counts.items())
        return f"{said} ({codes})" if codes else said


class Replay:
    """One run over the files of a journal.

    Args:
        setup: the rules, and which engine applies them.
        journal: the files, open and not yet read.
        workers: processes to spread the accounts over.
        frame_rows: entries of a frame; smaller frames need less memory and more time.
        shadow: judges accounts under other versions as well, and changes nothing here.
    """

    def __init__(
        self,
        setup: Setup,
        journal: JournalFiles,
        *,
        workers: int = 1,
        frame_rows: int = FRAME_ROWS,
        shadow: Shadow | None = None,
    ) -> None:
        self.journal = journal
        self._shadow = shadow
        self.summary = Summary()
        self._setup = setup
        self._workers = workers
        self._frame_rows = frame_rows
        self._finisher = Finisher(hold_last=True)
        self._last: tuple[int, int] | None = None  # instant and position of the last accepted input

    def pieces(self) -> Iterator[Piece]:
        """Run, once; yield what becomes final as it does.

        Raises:
            BadFile: a file turned out not to be readable; what was yielded before stands.
            WorkerFailed: a process of the crew stopped.
        """
        crew = make_crew(self._setup, self._workers)
        try:
            for piece in self._run(crew):
                self._count(piece)
                yield piece
        finally:
            crew.close()

    def _run(self, crew: Crew) -> Iterator[Piece]:
        waiting: deque[Merged] = deque()
        for merged in merge(self.journal.events, self.journal.ticks, self._frame_rows):
            if merged.frame is not None:
                crew.send(merged.frame)
            waiting.append(merged)
            while waiting and (waiting[0].frame is None or crew.under_way >= crew.ahead):
                yield self._take(waiting.popleft(), crew)
        while waiting:
            yield self._take(waiting.popleft(), crew)
        if self._last is not None:
            shadow = self._shadow.finish(*self._last) if self._shadow else []
            yield Piece(self._finisher.flush(crew.finish(*self._last)), [], shadow)

    def _take(self, merged: Merged, crew: Crew) -> Piece:
        if merged.frame is None:
            return Piece([], [placed.letter for placed in merged.letters], [])
        outcomes: list[Outcome] = crew.take()
        decisions, rejections = self._finisher.add(outcomes, merged.frame.end)
        self.summary.ticks += len(merged.frame.tick_at)
        self.summary.events += len(merged.frame.events) - len(rejections)
        refused = {rejection.position for rejection in rejections}
        self._last = last_accepted(merged.frame, refused) or self._last
        shadow = self._shadow.take(merged.frame) if self._shadow else []
        return Piece(decisions, _in_order(merged, rejections), shadow)

    def _count(self, piece: Piece) -> None:
        summary = self.summary
        summary.decisions += len(piece.decisions)
        summary.breaches += sum(done.decision["type"] == "breach" for done in piece.decisions)
        summary.dead_letters.update(letter.code for letter in piece.dead_letters)
        summary.duplicates = self.journal.duplicates


def last_accepted(frame: Frame, refused: set[int]) -> tuple[int, int] | None:
    """Return instant and position of the last entry that was not refused, if there is one."""
    for position in range(frame.end - 1, frame.first - 1, -1):
        if position not in refused:
            return int(frame.ts[position - frame.first]), position
    return None


# An event its account refused stands at its position, before the rows of its file that were
# refused after it.
def _in_order(merged: Merged, rejections: list[Rejection]) -> list[DeadLetter]:
    placed = [*(_refusal(merged, rejection) for rejection in rejections), *merged.letters]
    return [item.letter for item in sorted(placed, key=lambda item: item.position)]


def _refusal(merged: Merged, rejection: Rejection) -> Placed:
    origin = merged.origins[rejection.position]
    error = InputError(rejection.code, rejection.message, rejection.path)  # type: ignore[arg-type]
    letter = DeadLetter.from_error(error, origin.raw, origin.source, line=origin.line)
    return Placed(rejection.position, letter)


def _counted(count: int, name: str) -> str:
    plural = "es" if name.endswith("ch") else "s"
    return f"{count} {name}" if count == 1 else f"{count} {name}{plural}"
