"""The audit flow: the journal in, signed checkpoints out.

    journal → register → checkpoints

It judges every account by an engine of its own and keeps the log of their trails in memory. It
begins at the journal's start each time: what its topic holds already is compared and left out. A
checkpoint that says something else than before is an alarm and the end of the flow.
"""

from collections import deque
from contextlib import ExitStack, closing
from functools import partial

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.operators import StatefulBatchLogic
from bytewax.outputs import FixedPartitionedSink, StatefulSinkPartition

from connectors.journal import Entry, records
from connectors.log.abstract import Lease, Log, LogWriter
from flows.audit.journals import Start
from flows.audit.keys import load_signer
from flows.audit.survey import Survey
from flows.journal_polling import JournalPoller
from flows.logging import get_logger
from flows.options import FlowSettings
from flows.outlet import Diverged
from flows.polling import PolledSource
from flows.stopping import Stop
from flows.topics import ensure_topics
from rules.ruleset import load_ruleset
from schemas.audit.notes import Signer
from schemas.topics import CHECKPOINTS, LEASES

FLOW = "audit"
JOURNAL = "journal"
KEY = "key"
REGISTER = "register"
NOTES = "notes"

_ALL = "all"


class Registering(StatefulBatchLogic[Entry, bytes, None]):
    """Takes frames and gives the notes they lead to."""

    def __init__(self, signer: Signer) -> None:
        self._signer = signer
        self._survey: Survey | None = None

    def on_batch(self, values: list[Entry]) -> tuple[list[bytes], bool]:
        """Judge the next frames."""
        notes: list[bytes] = []
        for entry in values:
            if self._survey is None:
                genesis = entry.genesis
                assert genesis is not None, "the journal's first record tells what holds before it"
                rulesets = tuple(load_ruleset(document) for document in genesis.rulesets)
                self._survey = Survey(Start(genesis.instruments, rulesets))
            self._survey.take(entry.frame)
            checkpoints = self._survey.register.checkpoints
            notes += [checkpoint.sign(self._signer) for checkpoint in checkpoints]
            checkpoints.clear()
        return notes, False

    def snapshot(self) -> None:
        """Keep nothing: a restart replays the journal."""
        return


class _NotePart(StatefulSinkPartition[bytes, None]):
    """Publishes notes that are not there yet, and compares those that are."""

    def __init__(self, log: Log, lease: Lease, stack: ExitStack) -> None:
        self._lease = lease
        self._writer: LogWriter = stack.enter_context(closing(log.writer(CHECKPOINTS)))
        self._known = deque(record.value for record in records(log, CHECKPOINTS))
        self.left = len(self._known)

    def write_batch(self, values: list[bytes]) -> None:
        self._lease.check()
        fresh = False
        for note in values:
            if not self._known:
                self._writer.append(note)
                fresh = True
            elif _signed(was := self._known.popleft()) != _signed(note):
                size, now = (item.split(b"\n", 2)[1].decode() for item in (was, note))
                message = f"a checkpoint of size {size} was published, the journal gives size {now}"
                raise Diverged(f"{CHECKPOINTS}: {message}, or another root")
        if fresh:
            self._writer.flush()

    def snapshot(self) -> None:
        """Keep nothing: every batch was made durable."""

    def close(self) -> None:
        """Leave closing to the stack."""


class _NoteSink(FixedPartitionedSink[bytes, None]):
    def __init__(self, part: _NotePart) -> None:
        self._part = part

    def list_parts(self) -> list[str]:
        return [_ALL]

    def part_fn(self, item_key: str) -> int:  # noqa: ARG002 - there is one
        return 0

    def build_part(
        self,
        step_id: str,  # noqa: ARG002 - Bytewax names them
        for_part: str,  # noqa: ARG002
        resume_state: None,  # noqa: ARG002
    ) -> _NotePart:
        return self._part


def audit_flow(log: Log, settings: FlowSettings, stop: Stop, stack: ExitStack) -> Dataflow:
    """Wire the flow; from here on no other one publishes checkpoints.

    Args:
        log: where the topics are.
        settings: the key above all.
        stop: the wish to end.
        stack: closes what is opened here.

    Raises:
        Failure: there is no key to sign with.
        LogError: another one is running, or the log does not answer.
    """
    signer = load_signer(settings, None)
    ensure_topics(log, settings.output_partitions)
    lease = stack.enter_context(closing(log.lease(LEASES, [FLOW])))
    part = _NotePart(log, lease, stack)
    get_logger(flow=FLOW).info(
        "flow.resumed" if part.left else "flow.started", key=signer.key, written=part.left
    )
    wired = Dataflow(FLOW)
    entries = op.input(
        JOURNAL, wired, PolledSource(JOURNAL, partial(JournalPoller, log, FLOW, stop))
    )
    keyed = op.key_on(KEY, entries, lambda _: _ALL)
    notes = op.stateful_batch(REGISTER, keyed, lambda _: Registering(signer))
    op.output(NOTES, notes, _NoteSink(part))
    return wired


# A new key signs the same: what was signed is compared, not by whom.
def _signed(note: bytes) -> bytes:
    return note.rpartition(b"\n\n")[0]
