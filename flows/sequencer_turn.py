"""Who the sequencer is: one at once, or a standby that follows until it is its turn."""

import time
from contextlib import ExitStack, closing

import bytewax.operators as op
from bytewax.dataflow import Dataflow
from bytewax.testing import TestingSink

from connectors.journal import SEQUENCER
from connectors.log.abstract import Lease, Log
from connectors.resume import Tail
from flows import metrics
from flows.health import HEALTH
from flows.logging import get_logger
from flows.polling import PolledSource, Poller
from flows.stopping import Stop
from flows.succession import Succession
from schemas.topics import LEASES

_PAUSE_S = 0.05


def take_turn(log: Log, tail: Tail, stop: Stop, stack: ExitStack, *, standby: bool) -> Lease | None:
    """Return the right to write the journal; None for a standby that was asked to end before.

    Args:
        log: where the lease is.
        tail: of the journal; a standby follows it, so that little is left to read at its turn.
        stop: the wish to end.
        stack: gives the right back.
        standby: whether to wait for it.

    Raises:
        LogLocked: a sequencer is at work.
    """
    metrics.LEADER.set(0)
    if not standby:
        return stack.enter_context(closing(log.lease(LEASES, [SEQUENCER])))
    get_logger(flow=SEQUENCER).info("flow.queued")
    succession = Succession(log, LEASES, [SEQUENCER])
    stack.enter_context(closing(succession))
    while (lease := succession.lease()) is None:
        if stop.now or stop.drained:
            return None
        HEALTH.beat()
        tail.follow()
        HEALTH.ready = True
        time.sleep(_PAUSE_S)
    get_logger(flow=SEQUENCER).warning("lease.taken", epochs=dict(lease.epochs))
    return lease


class _Ended(Poller[None]):
    """Has nothing more to come."""

    def poll(self) -> list[None]:
        raise StopIteration

    def close(self) -> None:
        """Nothing is open."""


def ended(name: str) -> Dataflow:
    """Return a flow that ends at once."""
    wired = Dataflow(name)
    nothing = op.input("nothing", wired, PolledSource[None]("nothing", _Ended))
    op.output("nowhere", nothing, TestingSink([]))
    return wired
