"""The world is meant for the engine: no input of it is refused, and something happens."""

from collections import Counter

import pytest

from connectors.synthetic.files import RULESETS
from connectors.synthetic.world import World
from rules.reference.engine import ReferenceEngine
from rules.ruleset import load_ruleset
from schemas import yaml_text
from schemas.events import parse_event
from schemas.frames import FrameBuilder


def frames(world):
    first = 1
    for batch in world.batches():
        builder = FrameBuilder(first)
        events = list(batch.events)
        columns = (batch.ticks.ts, batch.ticks.symbol, batch.ticks.bid, batch.ticks.ask)
        rows = zip(*(column.tolist() for column in columns), strict=True)
        for place, row in enumerate(rows):
            while events and events[0][0] <= place:
                event = parse_event(events.pop(0)[1])
                builder.append_event(event.ts, event)
            builder.append_tick(*row)
        for _, raw in events:
            event = parse_event(raw)
            builder.append_event(event.ts, event)
        frame = builder.build()
        first = frame.end
        yield frame


@pytest.mark.slow
def test_world_when_the_reference_engine_reads_it_is_accepted_whole_and_has_breaches():
    world = World(7, 200, 1.5, ticks_per_second=60.0)
    rulesets = [load_ruleset(yaml_text.load(path).data) for path in sorted(RULESETS.iterdir())]
    engine = ReferenceEngine(world.table, rulesets)
    kinds, breaches = Counter(), Counter()
    for frame in frames(world):
        outcome = engine.process(frame)
        assert outcome.rejections == []
        for decision in outcome.decisions:
            kinds[decision.body["type"]] += 1
            if decision.body["type"] == "breach":
                breaches[decision.body["breach_kind"]] += 1
    assert kinds.keys() >= {"breach", "state", "warning", "intervention", "progress"}
    assert 4 <= breaches["hard"] <= 60
    assert breaches["pause"]
    assert breaches["flag"]
