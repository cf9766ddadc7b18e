"""Merged files obey the contract's order, whatever the batches and frames."""

from itertools import accumulate

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from connectors.event_file import EventBatch, ReadEvent
from connectors.merge import merge
from connectors.recording.batch import Letter, TickBatch
from schemas.dead_letters import DeadLetter
from schemas.events import parse_event

TIMES = st.lists(st.one_of(st.none(), st.integers(0, 12)), max_size=14)  # None is a bad row
CUTS = st.lists(st.integers(0, 14), max_size=4)


def letter(name, line):
    return DeadLetter(code="bad_value", path="", message="", source=name, line=line, raw="")


class FakeFile:
    """A file of given own times, in batches cut at given places."""

    def __init__(self, name, times, cuts):
        self.name, self.size, self.done, self.duplicates = name, 0, 0, 0
        self._rows = list(enumerate(times, 1))
        self._edges = [0, *sorted(min(cut, len(times)) for cut in cuts), len(times)]
        self._now = 0

    def batches(self):
        for start, end in zip(self._edges, self._edges[1:], strict=False):
            rows, letters = [], []
            for line, ts in self._rows[start:end]:
                if ts is None:
                    letters.append(Letter(len(rows), letter(self.name, line)))
                else:
                    rows.append((line, ts, max(self._now, ts)))
                    self._now = max(self._now, ts)
            yield self.batch(rows, letters)


class FakeTicks(FakeFile):
    def batch(self, rows, letters):
        ts = np.array([row[2] for row in rows], np.int64)
        lines = np.array([row[0] for row in rows], np.int64)
        late = {at: row[1] for at, row in enumerate(rows) if row[1] != row[2]}
        number = np.full(len(rows), int(self.name[1:]), np.int32)
        return TickBatch(ts, number, lines, lines + 1, lines + 2, late, letters)


class FakeEvents(FakeFile):
    def batch(self, rows, letters):
        ts = np.array([row[2] for row in rows], np.int64)
        return EventBatch(ts, [self.event(*row) for row in rows], letters)

    def event(self, line, own, ts):
        raw = {"event_id": f"{self.name}-{line}", "type": "clock", "ts": str(own)}
        return ReadEvent(parse_event(raw), own if own != ts else None, raw, line, b"")


def expected_order(events, ticks):
    """Sort all good rows plainly: time, events before ticks, files, lines."""
    rows = []
    for rank, (name, times) in enumerate([*events, *ticks]):
        good = [(line, ts) for line, ts in enumerate(times, 1) if ts is not None]
        effective = accumulate((ts for _, ts in good), max)
        rows += [
            (ts, rank, line, name, own) for (line, own), ts in zip(good, effective, strict=True)
        ]
    return [(name, line, ts, own) for ts, _, line, name, own in sorted(rows)]


def told(merged):
    """List what merged frames hold, as `expected_order` does, checking positions on the way."""
    rows, position = [], 1
    for frame, _, origins in merged:
        if frame is None:
            continue
        assert frame.first == position
        position = frame.end
        here = {}
        for place, at in enumerate(frame.tick_at.tolist()):
            ts = int(frame.ts[at])
            name = f"t{frame.tick_symbol[place]}"
            assert frame.ask[place] == frame.bid[place] + 1 == frame.last[place] - 1
            here[at] = (name, int(frame.bid[place]), ts, frame.late.get(at, ts))
        for item in frame.events:
            origin = origins[frame.first + item.at]
            own = int(frame.ts[item.at]) if item.late_ts is None else item.late_ts
            here[item.at] = (origin.source, origin.line, int(frame.ts[item.at]), own)
        rows += [here[at] for at in range(frame.n)]
    return rows


def letters_of(merged):
    return [(placed.position, placed.letter.source, placed.letter.line)
            for _, letters, _ in merged for placed in letters]  # fmt: skip


FILES = st.lists(st.tuples(TIMES, CUTS), max_size=3)


@given(events=FILES, ticks=FILES, rows=st.integers(1, 9), other=st.integers(1, 100))
def test_merge_when_files_batches_and_frames_are_any_keeps_the_order(events, ticks, rows, other):
    named_events = [(f"e{n}", times) for n, (times, _) in enumerate(events)]
    named_ticks = [(f"t{n}", times) for n, (times, _) in enumerate(ticks)]

    def files(cuts):
        return (
            [
                FakeEvents(f"e{n}", times, own if cuts else [])
                for n, (times, own) in enumerate(events)
            ],
            [
                FakeTicks(f"t{n}", times, own if cuts else [])
                for n, (times, own) in enumerate(ticks)
            ],
        )

    merged = list(merge(*files(cuts=True), rows))
    order = expected_order(named_events, named_ticks)
    assert told(merged) == order
    # Letters stand behind the good row of their file that was before them, in any cut.
    letters = letters_of(merged)
    places = {(name, line): position for position, (name, line, *_) in enumerate(order, 1)}
    for position, name, line in letters:
        before = [places[name, at] for at in range(line) if (name, at) in places]
        assert position == max(before, default=0)
    assert [position for position, *_ in letters] == sorted(position for position, *_ in letters)
    assert letters == letters_of(merge(*files(cuts=False), other))
    bad = sum(ts is None for times, _ in [*events, *ticks] for ts in times)
    assert len(letters) == bad


def test_merge_when_nothing_is_given_yields_nothing():
    assert list(merge([], [])) == []
