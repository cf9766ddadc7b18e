"""Writes a synthetic world as the files `highwater replay` reads."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile

import orjson

from connectors.synthetic.quotes import Terms, read_terms
from connectors.synthetic.ticks import price_text
from connectors.synthetic.world import Batch, World

RULESETS = Path(__file__).resolve().parents[2] / "rulesets" / "demo"
HEADER = "ts,symbol,bid,ask\n"


@dataclass(frozen=True, slots=True)
class Written:
    """What was written where; counts include deliberately bad records."""

    instruments: Path
    rulesets: Path
    ticks: Path
    events: Path
    tick_count: int
    event_count: int


def write_files(world: World, folder: Path) -> Written:
    """Write instruments.yaml, rulesets/, ticks.csv.gz and events.jsonl into a folder.

    The world is used up by it. The same world gives the same bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    rulesets = folder / "rulesets"
    rulesets.mkdir(exist_ok=True)
    for source in sorted(RULESETS.glob("*.yaml")):
        copyfile(source, rulesets / source.name)
    instruments = folder / "instruments.yaml"
    lines = [f"- {flow(one)}\n" for one in world.instruments]
    instruments.write_text("".join(lines), encoding="utf-8")
    ticks_path, events_path = folder / "ticks.csv.gz", folder / "events.jsonl"
    terms = read_terms(world.table)
    ticks = events = 0
    # Neither name nor time goes into the archive: the same rows are the same bytes.
    with (
        ticks_path.open("wb") as raw,
        events_path.open("wb") as log,
        gzip.GzipFile(filename="", fileobj=raw, mode="wb", mtime=0) as rows,
    ):
        rows.write(HEADER.encode())
        for batch in world.batches():
            ticks += _write_ticks(rows, batch, terms)
            events += len(batch.events)
            log.writelines(orjson.dumps(event) + b"\n" for _, event in batch.events)
    return Written(instruments, rulesets, ticks_path, events_path, ticks, events)


def flow(value: object) -> str:
    """Return a value as YAML on one line; every text is quoted unless it is a plain name.

    >>> flow({"symbol": "EURUSD", "contract_size": "100000", "price_digits": 5})
    '{symbol: EURUSD, contract_size: "100000", price_digits: 5}'
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, str):
        plain = value[:1].isalpha() and value.replace("-", "").replace("_", "").isalnum()
        return value if plain else f'"{value}"'
    return str(value)


def _write_ticks(rows: gzip.GzipFile, batch: Batch, terms: list[Terms]) -> int:
    ticks = batch.ticks
    lines: list[str] = []
    bad = dict(batch.bad_ticks)
    columns = zip(
        ticks.ts.tolist(),
        ticks.symbol.tolist(),
        ticks.bid.tolist(),
        ticks.ask.tolist(),
        strict=True,
    )
    for at, (ts, symbol, bid, ask) in enumerate(columns, start=1):
        digits = terms[symbol].price_digits
        prices = f"{price_text(bid, digits)},{price_text(ask, digits)}"
        lines.append(f"{ts},{terms[symbol].symbol},{prices}\n")
        if at in bad:
            lines.append(",".join(str(field) for field in bad[at].values()) + "\n")
    rows.write("".join(lines).encode())
    return len(lines)
