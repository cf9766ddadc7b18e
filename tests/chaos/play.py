"""One run: flows that are started again whenever they die, and what is done to them."""

import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from random import Random

from connectors.crash import POINTS, Point
from connectors.log.abstract import Log
from flows.topics import ensure_topics
from schemas.topics import JOURNAL
from tests.chaos.bag import Bag
from tests.chaos.broker import Broker
from tests.chaos.disk import Disk
from tests.chaos.inputs import Arrivals
from tests.chaos.runner import Runner, await_that
from tests.chaos.verdict import wrong
from tests.flows.processes import command, sequence_options

PARTITIONS = 2
PATIENCE_S = 300
PORTIONS = 40
CRASH_S = 15
TORN = b"\x01half of a record"
PAUSES_S = (1.0, 5.0, 30.0)
JUMPS_S = (-34_560_000, -86_400, -700, -30, -1, 1, 30, 700, 86_400)
"""Of the sequencer's clock; it refuses inputs more than 600 s ahead of it."""


class Play:
    """The flows of one log, their inputs, and a seed that decides what happens to them.

    Args:
        log: of its own, as `url` and `prefix` name it.
        url, prefix: for the flows.
        folder: for files.
        random: decides what happens.
        broker: one that may be killed, too.
        portions: in so many the inputs come.
    """

    def __init__(self, log: Log, url: str, prefix: str, folder: Path, random: Random,
                 broker: Broker | None, portions: int = PORTIONS):  # fmt: skip
        self._log, self._random, self._broker, self._folder = log, random, broker, folder
        self._local = url.startswith("dir:")
        ensure_topics(log, PARTITIONS)
        self._inputs = Arrivals(log, folder, random, portions)
        self._clock = folder / "clock"
        self._set_clock(0)
        self._disk = Disk(folder / "recovery")
        self._second: Runner | None = None
        common = [f"--topic-prefix={prefix}"] if prefix else []
        risk = ["risk", url, *common, f"--recovery={self._disk.folder}", "--base-s=0.2",
                "--engine=reference"]  # fmt: skip
        inputs = [*common, *sequence_options(self._inputs.files), "--clock-ms=300",
                  f"--recovery={folder / 'sequencer'}", "--base-s=0.2"]  # fmt: skip
        flows = {
            "sequence": command("sequence", url, *inputs),
            "risk-0": command(*risk, "--key-groups=0-31"),
            "risk-1": command(*risk, "--key-groups=32-63"),
        }
        self._flows = {
            name: Runner(arguments, folder / f"{name}.out", HIGHWATER_CLOCK_FILE=str(self._clock))
            for name, arguments in flows.items()
        }
        self._points = Bag(POINTS, random)
        self._pauses = Bag(PAUSES_S, random)
        self._deeds: Bag[Callable[[], int]] = Bag(self._possible(), random)
        self.deeds: Counter[str] = Counter()
        self.points: Counter[str] = Counter()

    def run(self, kills: int) -> list[str]:
        """Kill so many times, let everything come to its end, and say what is wrong."""
        try:
            return self._run(kills)
        finally:
            self._close()

    def last_words(self) -> str:
        """What each flow complained of, and the end of what it said."""
        return "\n".join(
            f"-- {name}\n{one.complaints[-3000:]}\n...\n{one.said[-800:]}"
            for name, one in self._flows.items()
        )

    def _run(self, kills: int) -> list[str]:
        for flow in self._flows.values():
            flow.start()
        killed = 0
        while killed < kills:
            self._more(max(1, PORTIONS // kills))
            killed += self._deeds.draw()()
            self.start()
        return self._end()

    def crash_everywhere(self) -> list[str]:
        """Let flows die once at every numbered step, and say what is wrong at the end."""
        try:
            for flow in self._flows.values():
                flow.start()
            for point in POINTS:
                self._more()
                self.crash_at(point, 1)
                self.start()
            missed = [f"{point} was never reached" for point in POINTS if not self.points[point]]
            return [*missed, *self._end()]
        finally:
            self._close()

    def _end(self) -> list[str]:
        self._inputs.all()
        self._set_clock(0)
        self._drain()
        codes = sum((flow.codes for flow in self._flows.values()), Counter())
        said = [f"{n} exits with code {code}" for code, n in codes.items() if code in {1, 2}]
        self.deeds["exits with code 3"] += codes[3]
        return [*said, *wrong(self._log, PARTITIONS)]

    def _close(self) -> None:
        """Leave nothing behind, whatever went wrong."""
        for flow in (*self._flows.values(), self._second):
            if flow is not None and flow.runs:
                flow.kill()
        self._disk.close()

    def _possible(self) -> list[Callable[[], int]]:
        deeds = [self._kill, self._kill, self._kill, self._crash, self._crash, self._crash]
        deeds += [self._zombie, self._jump]
        if self._disk.is_small:
            deeds.append(self._full)
        if self._local:
            deeds.append(self._tear)
        elif self._broker is not None:
            deeds += [self._outage] * 4 + [self._pause]
        return deeds

    def _kill(self) -> int:
        """Kill one at any moment, also while it starts."""
        flow = self._random.choice(list(self._flows.values()))
        time.sleep(self._random.uniform(0.0, 0.8))
        flow.kill()
        self.deeds["kills"] += 1
        return 1

    def _crash(self) -> int:
        """Kill one, and let the next die at a numbered step."""
        died = self.crash_at(self._points.draw(), self._random.choice((1, 1, 2, 3)))
        return 2 if died else 1

    def start(self) -> None:
        """Start what does not run."""
        for flow in self._flows.values():
            if not flow.runs:
                flow.wait(10)
                flow.start()

    def crash_at(self, point: Point, count: int) -> bool:
        """Kill a flow, let the next die when it comes to a point; tell whether it did."""
        names = [name for name in self._flows if name.startswith(point.partition(".")[0])]
        flow = self._flows[self._random.choice(names)]
        flow.kill()
        flow.start(HIGHWATER_CRASH_AT=f"{point}:{count}")
        code, left = None, CRASH_S
        deadline = time.monotonic() + PATIENCE_S
        while left and (code := flow.wait(1.0)) is None:
            assert time.monotonic() < deadline, flow.said
            if flow.ready:  # a slow machine takes its time to start one
                self._more()
                left -= 1
        self.deeds["kills"] += 1
        if code == -signal.SIGKILL:
            self.deeds["kills"] += 1
            self.deeds["of them at a numbered step"] += 1
            self.points[point] += 1
            return True
        if code is None:  # it did not come by often enough
            flow.kill()
        return False

    def _zombie(self) -> int:
        """Suspend one, start a second copy of it, and continue the first."""
        name = self._random.choice(list(self._flows))
        first = self._flows[name]
        if not first.runs:
            return 0
        first.signal(signal.SIGSTOP)
        second = self._second = first.copy(self._folder / f"{name}.out2")
        second.start()
        await_that(lambda: second.wait(0.1) is not None or second.ready, PATIENCE_S,
                   lambda: second.said)  # fmt: skip
        first.signal(signal.SIGCONT)
        self.deeds["zombies"] += 1
        if not second.runs:  # refused: the first still holds the lock, or had renewed just now
            return 0
        code = first.wait(20.0)
        said = first.said_now
        if code == 1 and (": fenced; " in said or ": held by " in said):
            first.codes[1] -= 1  # it was told that it is replaced, or, still starting, refused
            self.deeds["of them fenced"] += 1
        elif code is None:
            first.kill()
        second.kill()
        self.deeds["kills"] += 1
        return 1

    def _jump(self) -> int:
        """Let the sequencer's clock jump, and after a while jump back."""
        self._set_clock(self._random.choice(JUMPS_S))
        self._more()
        time.sleep(self._random.uniform(0.3, 1.0))
        self._set_clock(0)
        self.deeds["clock jumps"] += 2
        return 0

    def _full(self) -> int:
        """Fill the disk of the recovery folder, and kill a risk flow that has no room then."""
        self._disk.fill()
        self._more()
        time.sleep(self._random.uniform(0.5, 1.5))
        flow = self._flows[self._random.choice(["risk-0", "risk-1"])]
        flow.kill()
        flow.start()
        time.sleep(self._random.uniform(0.5, 2.5))
        self._disk.free()
        self.deeds["full disks"] += 1
        self.deeds["kills"] += 1
        return 1

    def _tear(self) -> int:
        """Kill a flow and leave half a record behind what it wrote."""
        self._flows["sequence"].kill()
        segments = sorted((self._folder / "log" / JOURNAL / "0").glob("*.log"))
        with segments[-1].open("ab") as file:
            file.write(TORN)
        self.deeds["torn segments"] += 1
        self.deeds["kills"] += 1
        return 1

    def _outage(self) -> int:
        """Kill the broker and start it again."""
        assert self._broker is not None
        self._broker.kill()
        time.sleep(self._random.uniform(0.1, 2.0))
        self._broker.start()
        self.deeds["broker kills"] += 1
        return 0

    def _pause(self) -> int:
        """Let the broker be silent, connections open: as unreachable as it can be."""
        assert self._broker is not None
        seconds = self._pauses.draw()
        self._broker.pause(seconds)
        self.deeds[f"broker silences of {seconds:g} s"] += 1
        return 0

    def _more(self, portions: int = 1) -> None:
        """Let inputs arrive, with the clock at the time of the last of them."""
        self._inputs.more(portions)
        self._set_clock(self._jumped_s)

    def _set_clock(self, jump_s: int) -> None:
        self._jumped_s = jump_s
        shift_s = self._inputs.now_ns // 1_000_000_000 - int(time.time()) + jump_s
        draft = self._clock.with_suffix(".new")
        draft.write_text(str(shift_s))
        draft.rename(self._clock)

    def _drain(self) -> None:
        """Let the sequencer read everything, then the risk flows."""
        for names in (["sequence"], ["risk-0", "risk-1"]):
            deadline = time.monotonic() + PATIENCE_S
            left = set(names)
            while left:
                assert time.monotonic() < deadline, f"does not end\n{self.last_words()}"
                for name in sorted(left):
                    flow = self._flows[name]
                    if not flow.runs:
                        flow.start()
                    flow.drain()
                    if flow.wait(0.2) == 0:
                        left.discard(name)
