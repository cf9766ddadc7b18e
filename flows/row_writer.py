"""Writes batches into Postgres one behind the other, while the next are read and made ready.

What is made ready waits for what is being written, so that there are never more than two. An error
of the one is raised where the next is handed in, or where somebody asks whether all is written.
"""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential

from flows.logging import get_logger
from flows.stopping import Stop
from sinks.postgres import PostgresSink
from sinks.prepared import Batch, Prepared, prepare
from sinks.witness import Witness

_RETRY_PAUSE_MAX_S = 5.0

Connect = Callable[[], PostgresSink]


class RowWriter:
    """Writes each list of batches in one transaction, again and again while the server is away.

    Args:
        sink: a connection.
        connect: opens another one.
        witness: is told how far it went.
        patience_s: for so long a server is waited for.
        stop: the wish to end, which ends the waiting.
        flow: who logs.
    """

    def __init__(
        self,
        sink: PostgresSink,
        connect: Connect,
        witness: Witness,
        *,
        patience_s: int,
        stop: Stop,
        flow: str,
    ) -> None:
        self._sink = sink
        self._connect = connect
        self._witness = witness
        self._patience_s = patience_s
        self._stop = stop
        self._logger = get_logger(flow=flow)
        self._thread = ThreadPoolExecutor(1, "postgres")
        self._writing: Future[None] | None = None

    def write(self, batches: Sequence[Batch]) -> None:
        """Make batches ready, wait until those before are written, and have these written.

        Raises:
            OutOfStep: the database does not hold what comes before, here or in the last write.
            psycopg.OperationalError: the database stayed away during the last write.
        """
        prepared = prepare(batches)
        self.settle()
        self._writing = self._thread.submit(self._write, prepared)

    def settle(self) -> None:
        """Wait until everything is written; raises as `write`."""
        if self._writing is not None:
            writing, self._writing = self._writing, None
            writing.result()

    def close(self) -> None:
        """Wait for what is being written and close the connection."""
        self._thread.shutdown()
        self._witness.note({}, now=True)
        self._sink.close()

    def _write(self, prepared: Prepared) -> None:
        retrying = Retrying(
            retry=retry_if_exception_type(psycopg.OperationalError),
            wait=wait_exponential(0.1, max=_RETRY_PAUSE_MAX_S),
            stop=self._gives_up,
            before_sleep=self._reconnect,
            reraise=True,
        )
        started = time.monotonic()
        retrying(self._once, prepared)
        self._logger.debug(
            "batch.committed",
            rows=sum(len(batch.records) for batch in prepared.batches),
            seconds=round(time.monotonic() - started, 4),
        )

    def _once(self, prepared: Prepared) -> None:
        if self._sink.closed:
            self._sink = self._connect()
        self._sink.write_prepared(prepared)
        self._witness.note(
            {(batch.topic, batch.partition): batch.end for batch in prepared.batches}
        )

    def _gives_up(self, state: RetryCallState) -> bool:
        waited = state.seconds_since_start or 0.0
        return self._stop.now or waited >= self._patience_s

    def _reconnect(self, state: RetryCallState) -> None:
        self._sink.close()
        error = state.outcome.exception() if state.outcome else None
        self._logger.warning("sink.retried", attempt=state.attempt_number, error=str(error).strip())
