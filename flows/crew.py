"""The engines of a replay: one in this process, or one key group each in processes of their own.

A frame goes out once, as bytes, to every process; each answers with what its accounts decided.
A few frames are under way at a time, so that reading and judging overlap. However many there are,
the finisher gets one outcome per group and frame, in the order of the frames.
"""

from collections.abc import Iterator
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection
from queue import SimpleQueue
from signal import SIG_IGN, SIGINT, signal
from threading import Thread
from typing import Any, NamedTuple, Protocol

from flows.engines import EngineKind, ProgressKind, make_engine, rarely_collect
from flows.failures import EXIT_CHECK_FAILED, Failure
from flows.inputs import Rulebook
from rules.api import Engine, Outcome
from schemas.frames import Frame
from schemas.ids import key_group


class Setup(NamedTuple):
    """How every engine of a replay is made."""

    kind: EngineKind
    rulebook: Rulebook
    progress: ProgressKind


class WorkerFailed(Failure):
    """A process of the crew stopped before its work was done."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason, EXIT_CHECK_FAILED)


class Crew(Protocol):
    """Judges frames, in order."""

    ahead: int
    """How many frames may be under way."""
    under_way: int
    """How many frames were sent and not taken back yet."""

    def send(self, frame: Frame) -> None:
        """Hand out a frame."""

    def take(self) -> list[Outcome]:
        """Return what every group made of the oldest frame under way."""

    def finish(self, through: int, position: int) -> list[Outcome]:
        """Run what is due through the last accepted input, and report every account."""

    def close(self) -> None:
        """Let go of everything."""


class Alone:
    """One engine for all accounts, in this process."""

    ahead = 1

    def __init__(self, setup: Setup) -> None:
        self.under_way = 0
        self._engine = _engine_of(setup, 0, 1)
        self._outcomes: list[Outcome] = []

    def send(self, frame: Frame) -> None:
        """Judge the frame right away."""
        self._outcomes = [self._engine.process(frame)]
        self.under_way = 1

    def take(self) -> list[Outcome]:
        """Return its outcome."""
        self.under_way = 0
        return self._outcomes

    def finish(self, through: int, position: int) -> list[Outcome]:
        """Finish the engine."""
        return [self._engine.finish(through, position, final_progress=True)]

    def close(self) -> None:
        """Nothing is held."""


class Workers:
    """One process for each of several key groups.

    Raises:
        WorkerFailed: from any method, when a process died or its engine failed.
    """

    ahead = 3

    def __init__(self, setup: Setup, count: int) -> None:
        context = get_context("spawn")  # forking a process that has threads is not safe
        self.under_way = 0
        self._pipes: list[Connection] = []
        self._processes = []
        for group in range(count):
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, setup, group, count), daemon=True)
            process.start()
            theirs.close()
            self._pipes.append(ours)
            self._processes.append(process)

    def send(self, frame: Frame) -> None:
        """Send the frame to every process."""
        data = frame.encode()
        for pipe in self._pipes:
            self._guard(partial(pipe.send_bytes, data))
        self.under_way += 1

    def take(self) -> list[Outcome]:
        """Wait for every process to answer about the oldest frame."""
        self.under_way -= 1
        return self._answers()

    def finish(self, through: int, position: int) -> list[Outcome]:
        """Finish every engine."""
        for pipe in self._pipes:
            self._guard(partial(pipe.send_bytes, b"%d %d" % (through, position)))
        return self._answers()

    def close(self) -> None:
        """Stop the processes."""
        for pipe in self._pipes:
            pipe.close()
        for process in self._processes:
            process.terminate()
            process.join()

    def _answers(self) -> list[Outcome]:
        outcomes = []
        for pipe in self._pipes:
            answer = self._guard(pipe.recv)
            if isinstance(answer, str):
                raise WorkerFailed(answer)
            outcomes.append(answer)
        return outcomes

    def _guard(self, act: Any) -> Any:
        try:
            return act()
        except (EOFError, OSError):
            codes = [process.exitcode for process in self._processes]
            raise WorkerFailed(f"a worker process stopped (exit codes {codes})") from None


def make_crew(setup: Setup, workers: int) -> Crew:
    """Make the engines for ``workers`` processes; one means this process."""
    return Alone(setup) if workers == 1 else Workers(setup, workers)


def _engine_of(setup: Setup, group: int, groups: int) -> Engine:
    def owns(account_id: str) -> bool:
        return key_group(account_id, groups) == group

    instruments, rulesets = setup.rulebook
    owned = owns if groups > 1 else None
    rarely_collect()
    return make_engine(setup.kind, instruments, rulesets, owned, setup.progress)


# The main function of a worker process. A thread of its own empties the pipe, so that sending to
# this process never waits for it while it waits for its answer to be taken.
def _work(pipe: Connection, setup: Setup, group: int, groups: int) -> None:
    signal(SIGINT, SIG_IGN)  # the coordinator stops us
    inbox: SimpleQueue[bytes | None] = SimpleQueue()
    Thread(target=_receive, args=(pipe, inbox), daemon=True).start()
    try:
        engine = _engine_of(setup, group, groups)
        for outcome in _judge(engine, inbox):
            pipe.send(outcome)
    except OSError:
        return  # the coordinator is gone
    except Exception as error:  # noqa: BLE001 - whatever it was, the coordinator must hear of it
        pipe.send(f"{type(error).__name__}: {error}")


def _judge(engine: Engine, inbox: "SimpleQueue[bytes | None]") -> Iterator[Outcome]:
    while (data := inbox.get()) is not None:
        if data[:1].isdigit():
            through, position = map(int, data.split())
            yield engine.finish(through, position, final_progress=True)
        else:
            yield engine.process(Frame.decode(data))


def _receive(pipe: Connection, inbox: "SimpleQueue[bytes | None]") -> None:
    try:
        while True:
            inbox.put(pipe.recv_bytes())
    except (EOFError, OSError):
        inbox.put(None)
