"""What of the journal goes to Postgres: the accounts, what was paid, acts, and the rulesets."""

from collections.abc import Iterator

from connectors.genesis import Genesis
from connectors.log.abstract import Record
from schemas.frames import kept_events
from schemas.instants import instant_text
from schemas.json_text import dumps
from schemas.topics import JOURNAL
from sinks.tables import KEPT_EVENTS

JOURNAL_PLACE = (JOURNAL, 0)
_PUBLISHED = "ruleset.published"


def journal_rows(record: Record) -> Iterator[tuple[int, bytes]]:
    """Yield position and JSON of what is kept of one frame; 0 is before the first entry."""
    genesis = Genesis.parse(dict(record.headers)) if record.headers else None
    for document in () if genesis is None else genesis.rulesets:
        yield 0, dumps({"type": _PUBLISHED, "content": document.content})
    for position, ts, event in kept_events(record.value):
        kind = event["type"]
        if kind in KEPT_EVENTS:
            yield position, dumps({"type": kind, "ts": instant_text(ts), "content": event})
        elif kind == _PUBLISHED:
            document = event["document"] if "document" in event else event["ruleset"]
            yield position, dumps({"type": _PUBLISHED, "content": document})
