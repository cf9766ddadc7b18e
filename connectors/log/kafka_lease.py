"""Leases on a Kafka cluster: claimed and renewed in a topic that every process reads.

Whoever wants a lease reads the topic to its end, waits as long as the holder may still believe in
it, claims the next epoch and reads on to its own claim: if that was the first of its epoch, it
holds. A thread renews it. `check` refuses as soon as the last renewal is so old that another
process may have claimed, and asks the topic before it says yes again.

What no lease can prevent: a process that is suspended between `check` and the sending thread may
deliver, when it is continued, what it had handed over. Readers know such records by their header
`n` (`docs/operations.md`).
"""

import threading
import time
import uuid
from collections.abc import Callable, Sequence
from contextlib import suppress

from connectors.log.abstract import LeaseLost, LogError, LogLocked, LogUnavailable
from connectors.log.kafka_reader import KafkaReader
from connectors.log.kafka_writer import KafkaWriter
from connectors.log.lease_book import Holder, LeaseBook, Standing, State, record

TTL_S = 3.0
PATIENCE_S = 60.0
"""So long `check` waits for a broker that went away."""
SETTINGS = {"cleanup.policy": "compact", "min.compaction.lag.ms": "86400000"}
_MARGIN_S = 0.5
_PAUSE_S = 0.1


class KafkaLease:
    """Holds leases.

    Args:
        names: the leases.
        reader: of the topic, from its first record.
        writer: of the topic.
        end: returns the topic's end.

    Raises:
        LogLocked: another process holds one of them.
        LogError: the cluster does not answer, or refuses.
    """

    may_lapse = True

    def __init__(
        self, names: Sequence[str], reader: KafkaReader, writer: KafkaWriter, end: Callable[[], int]
    ) -> None:
        self.epochs: dict[str, int] = {}
        self._reader, self._writer, self._end = reader, writer, end
        self._book = LeaseBook()
        self._lost: LogError | None = None
        self._valid_until = 0.0
        self._closing = threading.Event()
        self._me = Holder.here(uuid.uuid4().hex)
        self._thread = threading.Thread(target=self._keep, name="lease", daemon=True)
        try:
            self._claim(names)
        except BaseException:
            self._give_back()
            raise
        self._thread.start()

    def check(self) -> None:
        """Return when it is held now; wait for a broker that is away."""
        deadline: float | None = None
        while self._lost is None and (now := time.monotonic()) >= self._valid_until:
            deadline = deadline or now + PATIENCE_S
            if now > deadline:
                message = f"the lease could not be renewed in {PATIENCE_S:g} s"
                raise LogUnavailable(message)
            time.sleep(0.01)
        if self._lost is not None:
            raise self._lost

    def close(self) -> None:
        """Give it back."""
        if not self._closing.is_set():
            self._closing.set()
            self._thread.join(TTL_S + 1)
            self._give_back()

    def _claim(self, names: Sequence[str]) -> None:
        self._catch_up()
        for name in names:
            self._outwait(name)
        began_at = time.monotonic()
        for name in names:
            self.epochs[name] = self._book.of(name).epoch + 1
        self._say("claim")
        self._catch_up()
        for name in names:
            if not self._is_mine(name):
                del self.epochs[name]
                raise _held(name, self._book.of(name))
        self._valid_until = began_at + TTL_S - _MARGIN_S

    def _outwait(self, name: str) -> None:
        """Return when the holder is gone or has been silent for as long as it may write."""
        found = self._book.of(name)
        deadline = time.monotonic() + found.ttl_s
        while found.holder is not None and not found.holder.is_dead:
            if time.monotonic() >= deadline:
                return
            time.sleep(_PAUSE_S)
            self._catch_up()
            now = self._book.of(name)
            if now.holder is not None and now.offset != found.offset:
                raise _held(name, now)
            found = now

    def _keep(self) -> None:
        while not self._closing.wait(TTL_S / 3):
            try:
                self._renew()
            except LogUnavailable:
                continue  # tried again; `check` says no meanwhile
            except LogError as error:
                self._lost = error
                return

    def _renew(self) -> None:
        began_at = time.monotonic()
        self._say("renew")
        self._catch_up()
        for name in self.epochs:
            if not self._is_mine(name):
                now = self._book.of(name)
                message = f"{name}: fenced; {_who(now)} has taken over with epoch {now.epoch}"
                raise LeaseLost(message)
        self._valid_until = began_at + TTL_S - _MARGIN_S

    def _is_mine(self, name: str) -> bool:
        now = self._book.of(name)
        return now.holder is not None and now.holder.id == self._me.id

    def _give_back(self) -> None:
        if self._lost is None:
            with suppress(LogError):
                self._say("release")
            self._lost = LogError("the lease is closed")
        self._reader.close()
        self._writer.close()

    def _say(self, state: State) -> None:
        for name, epoch in self.epochs.items():
            key, value = record(name, epoch, self._me, TTL_S, state)
            self._writer.append(value, key)
        self._writer.flush(TTL_S)

    def _catch_up(self) -> None:
        end = self._end()
        deadline = time.monotonic() + TTL_S
        while self._reader.position < end:
            for item in self._reader.read(1000, _PAUSE_S):
                self._book.read(item.offset, item.value)
            if time.monotonic() > deadline:
                message = "the leases cannot be read"
                raise LogUnavailable(message)


def _who(now: Standing) -> str:
    return f"process {now.holder.pid} on {now.holder.host}" if now.holder else "another process"


def _held(name: str, by: Standing) -> LogLocked:
    return LogLocked(f"{name}: held by {_who(by)}; a second copy would decide the same")
