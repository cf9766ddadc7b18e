"""A live flow on a thread of the test, and what it has written so far."""

import threading
import time
from contextlib import ExitStack

import orjson
from bytewax.testing import run_main

from connectors.log.abstract import UnknownTopic
from connectors.log.local import LocalLog
from flows.run import root_cause
from flows.stopping import Stop


class Running:
    def __init__(self, wire, log, settings):
        self.wire, self.log, self.settings, self.stop = wire, log, settings, Stop()
        self.error = None
        self.local = isinstance(log, LocalLog)
        self.thread = threading.Thread(target=self._run)
        self.thread.start()

    def _run(self):
        try:
            with ExitStack() as stack:
                run_main(self.wire(self.log, self.settings, self.stop, stack))
        except BaseException as error:  # noqa: BLE001 - told to the test
            self.error = root_cause(error)

    def read(self, topic):
        try:
            reader = self.log.reader(topic, 0, 0)
        except UnknownTopic:  # the flow has only just begun
            return []
        try:
            found = []
            while records := reader.read(10_000, 0.0 if self.local else 1.0):
                found += [orjson.loads(record.value) for record in records]
            return found
        finally:
            reader.close()

    def wait(self, topic, fits, limit_s=60.0):
        """Wait until what a topic holds fits; return it."""
        deadline = time.monotonic() + limit_s
        while not fits(found := self.read(topic)):
            assert self.error is None, self.error
            assert time.monotonic() < deadline, found
            time.sleep(0.02)
        return found

    def end(self):
        self.stop.drained = True
        self.thread.join(60)
        assert not self.thread.is_alive()
