"""One run: flows that are started again whenever they die, and what is done to them."""

import os
import signal
import subprocess
import time
from collections import Counter
from pathlib import Path
from random import Random

from connectors.crash import POINTS
from connectors.log.abstract import Log
from flows.topics import ensure_topics
from schemas.topics import JOURNAL
from tests.chaos.broker import Broker
from tests.chaos.inputs import Arrivals
from tests.chaos.verdict import wrong
from tests.flows.processes import command, sequence_options

PARTITIONS = 2
PATIENCE_S = 120
TORN = b"\x01half of a record"


class Runner:
    """A flow that is started again; it remembers what it said last."""

    def __init__(self, arguments: list[str], out: Path):
        self._arguments, self._out = arguments, out
        self._process: subprocess.Popen[bytes] | None = None
        self.codes: Counter[int] = Counter()
        self._counted = False

    def start(self, **environment: str) -> None:
        self._counted = False
        with self._out.open("ab") as out:
            self._process = subprocess.Popen(
                self._arguments, env=os.environ | environment, stdin=subprocess.DEVNULL,
                stdout=out, stderr=out,
            )  # fmt: skip

    def copy(self, out: Path) -> "Runner":
        return Runner(self._arguments, out)

    def wait(self, timeout_s: float) -> int | None:
        """The exit code, None while it runs."""
        assert self._process is not None
        try:
            code = self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return None
        self.codes[code] += not self._counted
        self._counted = True
        return code

    def signal(self, number: int) -> None:
        assert self._process is not None
        self._process.send_signal(number)

    @property
    def runs(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def ready(self) -> bool:
        lines = self.said.rpartition('"flow.stopped"')[2]
        return '"flow.started"' in lines or '"flow.resumed"' in lines

    @property
    def said(self) -> str:
        return self._out.read_text() if self._out.exists() else ""


class Play:
    """The flows of one log, their inputs, and a seed that decides what happens to them."""

    def __init__(self, log: Log, url: str, prefix: str, folder: Path, random: Random,
                 broker: Broker | None):  # fmt: skip
        self._log, self._random, self._broker, self._folder = log, random, broker, folder
        self._local = url.startswith("dir:")
        ensure_topics(log, PARTITIONS)
        self._inputs = Arrivals(log, folder, random, portions=40)
        common = [f"--topic-prefix={prefix}"] if prefix else []
        recovery = [f"--recovery={folder / 'recovery'}", "--base-s=0.2", "--engine=reference"]
        flows = {
            "sequence": command("sequence", url, *common, *sequence_options(self._inputs.files)),
            "risk-0": command("risk", url, *common, "--key-groups=0-31", *recovery),
            "risk-1": command("risk", url, *common, "--key-groups=32-63", *recovery),
        }
        self._flows = {
            name: Runner(arguments, folder / f"{name}.out") for name, arguments in flows.items()
        }
        self.deeds: Counter[str] = Counter()

    def run(self, kills: int) -> list[str]:
        """Kill so many times, let everything come to its end, and say what is wrong."""
        for flow in self._flows.values():
            flow.start()
        killed = 0
        while killed < kills:
            self._inputs.more(max(1, self._inputs.portions // kills))
            killed += self._deed()
            for flow in self._flows.values():
                if not flow.runs:
                    self._ended(flow)
                    flow.start()
        self._inputs.all()
        self._drain()
        codes = sum((flow.codes for flow in self._flows.values()), Counter())
        said = [f"{n} exits with code {code}" for code, n in codes.items() if code in {1, 2}]
        return [*said, *wrong(self._log, PARTITIONS)]

    def last_words(self) -> str:
        """The end of what each flow said."""
        return "\n".join(f"-- {name}\n{one.said[-1500:]}" for name, one in self._flows.items())

    def _deed(self) -> int:
        """Do one thing to the flows; return how many were killed by it."""
        deeds = [self._kill, self._kill, self._crash, self._crash, self._crash, self._zombie]
        if self._local:
            deeds.append(self._tear)
        elif self._broker is not None:
            deeds += [self._outage, self._pause]
        return self._random.choice(deeds)()

    def _kill(self) -> int:
        """Kill one at any moment, also while it starts."""
        flow = self._random.choice(list(self._flows.values()))
        time.sleep(self._random.uniform(0.0, 0.8))
        flow.signal(signal.SIGKILL)
        self._ended(flow)
        self.deeds["kills"] += 1
        return 1

    def _crash(self) -> int:
        """Kill one, and let the next die at a numbered step."""
        point = self._random.choice(POINTS)
        names = [name for name in self._flows if name.startswith(point.partition(".")[0])]
        flow = self._flows[self._random.choice(names)]
        flow.signal(signal.SIGKILL)
        self._ended(flow)
        flow.start(HIGHWATER_CRASH_AT=f"{point}:{self._random.choice((1, 1, 2, 5, 20))}")
        self._inputs.more()
        code = flow.wait(4.0)
        self.deeds["kills"] += 1
        if code == -signal.SIGKILL:
            self.deeds["crash points"] += 1
            return 2
        if code is None:  # it did not come by often enough
            flow.signal(signal.SIGKILL)
            self._ended(flow)
        return 1

    def _zombie(self) -> int:
        """Suspend one, start a second copy of it, and continue the first."""
        name = self._random.choice(list(self._flows))
        first = self._flows[name]
        if not first.runs:
            return 0
        first.signal(signal.SIGSTOP)
        second = first.copy(self._folder / f"{name}.out2")
        second.start()
        deadline = time.monotonic() + PATIENCE_S
        while (code := second.wait(0.2)) is None and not second.ready:
            assert time.monotonic() < deadline, second.said
        first.signal(signal.SIGCONT)
        self.deeds["zombies"] += 1
        if code is not None:  # refused: the first still holds the lock, or had renewed just now
            return 0
        if first.wait(20.0) is None:
            first.signal(signal.SIGKILL)
            first.wait(5)
            self.deeds["zombies that went on"] += 1
        first.codes[1] = 0  # it was told that it is replaced
        second.signal(signal.SIGKILL)
        second.wait(5)
        return 1

    def _tear(self) -> int:
        """Kill a flow and leave half a record behind what it wrote."""
        flow = self._flows["sequence"]
        flow.signal(signal.SIGKILL)
        self._ended(flow)
        segments = sorted((self._folder / "log" / JOURNAL / "0").glob("*.log"))
        with segments[-1].open("ab") as file:
            file.write(TORN)
        self.deeds["torn segments"] += 1
        return 1

    def _outage(self) -> int:
        assert self._broker is not None
        self._broker.kill()
        time.sleep(self._random.uniform(0.1, 2.0))
        self._broker.start()
        self.deeds["broker kills"] += 1
        return 1

    def _pause(self) -> int:
        assert self._broker is not None
        self._broker.pause(self._random.choice((1.0, 5.0)))
        self.deeds["broker pauses"] += 1
        return 0

    def _ended(self, flow: Runner) -> None:
        flow.wait(10)

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
                        time.sleep(1.0)
                    if flow.ready and flow.runs:
                        flow.signal(signal.SIGUSR1)
                    if flow.wait(1.0) == 0:
                        left.discard(name)
