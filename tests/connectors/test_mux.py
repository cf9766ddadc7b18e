"""Several partitions read as one: what happened in an order is read in that order."""

from contextlib import ExitStack, closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.inputs import Source
from connectors.log.local import LocalLog
from connectors.mux import BATCH_BYTES, Mux
from schemas.json_text import dumps
from schemas.topics import ACCOUNT_EVENTS, RULESETS, TICKS

EVENTS = Source(ACCOUNT_EVENTS, 0)
QUOTES = Source(TICKS, 0)
PUBLISHED = Source(RULESETS, 0)


class Meddling:
    """A reader before each of whose reads somebody appends."""

    def __init__(self, reader, meddle):
        self._reader = reader
        self._meddle = meddle

    def __getattr__(self, name):
        return getattr(self._reader, name)

    def read(self, max_records, timeout_s):
        self._meddle()
        return self._reader.read(max_records, timeout_s)


class Slow:
    """A reader that returns nothing until it is told to."""

    def __init__(self, reader):
        self._reader = reader
        self.reads = False

    def __getattr__(self, name):
        return getattr(self._reader, name)

    def read(self, max_records, timeout_s):
        return self._reader.read(max_records, timeout_s) if self.reads else []


class Desk:
    """A log with three input topics, and a mux on them."""

    def __init__(self, folder, stack, rows=100, meddle=lambda: None):
        log = LocalLog(folder)
        for source in (EVENTS, QUOTES, PUBLISHED):
            log.create(source.topic)
        self._writers = {
            source: stack.enter_context(closing(log.writer(*source)))
            for source in (EVENTS, QUOTES, PUBLISHED)
        }
        readers = {source: Meddling(log.reader(*source), meddle) for source in self._writers}
        events = [(source, readers[source]) for source in (PUBLISHED, EVENTS)]
        mux = Mux(events, [(QUOTES, readers[QUOTES])], ts=0, rows=rows)
        self.mux = stack.enter_context(closing(mux))

    def put(self, source, ts, **more):
        self._writers[source].append(dumps({"ts": str(ts), **more}))

    def take(self):
        self.mux.fetch()
        return [(item.source, item.ts) for item in self.mux.take()]

    def take_all(self):
        taken = []
        while self.mux.fetch():
            taken += [(item.source, item.ts) for item in self.mux.take()]
        return taken


@pytest.fixture
def desk(tmp_path):
    with ExitStack() as stack:
        yield Desk(tmp_path, stack)


def test_mux_when_times_interleave_orders_them_with_events_before_ticks(desk):
    for ts in (10, 20, 30):
        desk.put(QUOTES, ts)
    desk.put(EVENTS, 20)
    desk.put(PUBLISHED, 20)
    desk.put(EVENTS, 25)
    assert desk.take_all() == [
        (QUOTES, 10),
        (PUBLISHED, 20),
        (EVENTS, 20),
        (QUOTES, 20),
        (EVENTS, 25),
        (QUOTES, 30),
    ]


def test_mux_when_a_record_is_earlier_than_its_partition_keeps_its_place(desk):
    for ts in (10, 5, 12):
        desk.put(EVENTS, ts)
    desk.put(QUOTES, 11)
    assert desk.take_all() == [(EVENTS, 10), (EVENTS, 5), (QUOTES, 11), (EVENTS, 12)]


def test_mux_when_a_record_is_no_json_gives_it_out_in_its_place(desk):
    desk.put(EVENTS, 10)
    desk._writers[EVENTS].append(b"\xff{")
    desk.put(QUOTES, 11)
    taken = desk.take_all()
    assert taken == [(EVENTS, 10), (EVENTS, None), (QUOTES, 11)]


def test_mux_when_ticks_lag_behind_holds_later_events_back(tmp_path):
    """Catching up must not let an event overtake ticks that are still unread."""
    with ExitStack() as stack:
        desk = Desk(tmp_path, stack, rows=4)
        for ts in range(10, 20):
            desk.put(QUOTES, ts)
        desk.put(EVENTS, 15)
        assert desk.take() == [(QUOTES, ts) for ts in (10, 11, 12, 13)]
        assert desk.take() == [(QUOTES, 14), (EVENTS, 15), (QUOTES, 15), (QUOTES, 16)]
        assert desk.take_all() == [(QUOTES, 17), (QUOTES, 18), (QUOTES, 19)]


def test_mux_when_events_lag_behind_holds_ticks_of_the_same_instant_back(tmp_path):
    with ExitStack() as stack:
        desk = Desk(tmp_path, stack, rows=2)
        for _ in range(5):
            desk.put(EVENTS, 10)
        desk.put(QUOTES, 10)
        assert desk.take_all() == [(EVENTS, 10)] * 5 + [(QUOTES, 10)]


def test_mux_when_inputs_are_large_gives_out_what_fits_a_record(desk):
    for ts in range(8):
        desk.put(EVENTS, ts, reason="x" * (BATCH_BYTES // 4))
    sizes = []
    while desk.mux.fetch():
        sizes.append(len(desk.mux.take()))
    assert sizes == [4, 4]


def test_mux_when_a_reader_is_slow_to_begin_waits_for_what_is_there(tmp_path):
    """Kafka's readers return nothing for a while; later records must not overtake."""
    with ExitStack() as stack:
        log = LocalLog(tmp_path)
        for source in (EVENTS, QUOTES):
            log.create(source.topic)
            writer = stack.enter_context(closing(log.writer(*source)))
            writer.append(dumps({"ts": "10" if source is QUOTES else "20"}))
        slow = Slow(log.reader(*QUOTES))
        events = [(EVENTS, log.reader(*EVENTS))]
        ends = {EVENTS: 1, QUOTES: 1}
        mux = Mux(events, [(QUOTES, slow)], ts=0, rows=10, ends=ends)
        stack.enter_context(closing(mux))
        for _ in range(3):
            mux.fetch()
            assert mux.take() == []
        slow.reads = True
        mux.fetch()
        assert [item.ts for item in mux.take()] == [10, 20]


def test_mux_when_asked_knows_where_it_reads(desk):
    desk.put(EVENTS, 1)
    desk.take_all()
    assert desk.mux.positions() == {PUBLISHED: 0, EVENTS: 1, QUOTES: 0}


@given(
    records=st.lists(st.sampled_from([EVENTS, QUOTES, PUBLISHED]), max_size=40),
    bursts=st.lists(st.integers(0, 4), max_size=80),
    rows=st.integers(1, 6),
)
def test_mux_when_records_come_between_any_two_reads_keeps_the_order_of_the_world(
    tmp_path_factory, records, bursts, rows
):
    """One writer appends in the order of time, also while the partitions are being read."""
    with ExitStack() as stack:
        coming = iter(enumerate(records, start=1))
        sizes = iter(bursts)

        def meddle():
            for _ in range(next(sizes, len(records))):
                if (item := next(coming, None)) is not None:
                    desk.put(item[1], item[0])

        desk = Desk(tmp_path_factory.mktemp("mux"), stack, rows, meddle)
        taken = []
        while len(taken) < len(records):
            taken += desk.take()
    assert taken == [(source, ts) for ts, source in enumerate(records, start=1)]
