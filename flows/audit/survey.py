"""The survey: goes through a whole journal and keeps the register of all its accounts."""

from bisect import bisect_left
from collections.abc import Iterable
from heapq import heappop, heappush

from flows.audit.journals import Journal, Start
from flows.audit.register import Register
from flows.audit.trail import Item, decision_item, event_item
from rules.api import NEVER
from rules.engine.witness import FastWitness
from rules.finish import Finished, Finisher
from schemas.events import AccountEvent
from schemas.frames import Frame
from schemas.instants import parse_instant


class Survey:
    """Judges every account, frame by frame.

    Args:
        start: what holds before the first frame.
        keep: the account whose records are kept.

    Attributes:
        register: every account's trail.
        refused: positions of refused entries, ascending.
        end: position, seq and time of the last accepted entry.
    """

    def __init__(self, start: Start, keep: str | None = None) -> None:
        self.register = Register(keep)
        self.refused: list[int] = []
        self.end = (0, 0, 0)
        self._engine = FastWitness(start.instruments, start.rulesets)
        self._finisher = Finisher()
        self._waiting: list[Item] = []
        self._count = 0

    def take(self, frame: Frame) -> list[Finished]:
        """Judge the next frame; return the decisions that are final."""
        outcome = self._engine.process(frame)
        finished, rejections = self._finisher.add([outcome], frame.end)
        refusals = {rejection.position: rejection for rejection in rejections}
        self.refused += sorted(refusals)
        acts = {act.position: act for act in self._engine.acts}
        self._engine.acts.clear()
        for item in frame.events:
            if isinstance(item.event, AccountEvent):
                position = frame.first + item.at
                place = position, self._finisher.seq_of(position), int(frame.ts[item.at])
                made = event_item(item.event, place, refusals.get(position), acts.get(position))
                heappush(self._waiting, made)
        self._note_end(frame, refusals.keys())
        self._release(finished, outcome.next_due)
        return finished

    def close(self) -> list[Finished]:
        """End a journal that will not go on."""
        position, seq, ts = self.end
        if not position:
            return []
        outcome = self._engine.finish(ts, position, final_progress=False)
        finished = self._finisher.flush([outcome])
        self._release(finished, NEVER)
        self.register.close(seq, ts)
        return finished

    def _note_end(self, frame: Frame, refused: Iterable[int]) -> None:
        without = set(refused)
        for position in range(frame.end - 1, frame.first - 1, -1):
            if position not in without:
                ts = int(frame.ts[position - frame.first])
                self.end = position, self._finisher.seq_of(position), ts
                return

    def _release(self, finished: Iterable[Finished], due: int) -> None:
        for item in finished:
            self._count += 1
            ts = parse_instant(item.decision["ts"])
            heappush(self._waiting, decision_item(item, ts, self._count))
        ready = []
        while self._waiting and self._waiting[0].ts < due:
            ready.append(heappop(self._waiting))
        self.register.take(ready, min(self.end[2], due - 1))


def survey(journal: Journal, keep: str | None = None) -> Survey:
    """Go through a journal from its beginning to where it ends now."""
    made = Survey(journal.start, keep)
    for frame in journal.frames():
        made.take(frame)
    if journal.ends:
        made.close()
    return made


def after(seq: int, refused: list[int]) -> int:
    """Return the position of the first entry whose seq is beyond `seq`."""
    position = 0
    while position != (position := seq + 1 + bisect_left(refused, position)):
        pass
    return position
