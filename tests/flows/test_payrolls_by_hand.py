"""US payrolls of 2 May 2014, 12:30 UTC: gold loses a percent in seconds. Who breaches, and when?

Six hand-made accounts are replayed over the real recording. Every breach is derived again here,
from the CSV alone: a few lines of plain Python per account, in whole numbers and fractions.

Prices below are in thousandths of a dollar for gold and in 10^-5 for EURUSD; money is in
fractions of the account currency.
"""

import csv
import gzip
import json
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

import pytest

from flows.crew import Setup
from flows.inputs import load_rulebook, open_journal
from flows.replay import Replay
from schemas.instants import instant_text, parse_instant
from tests.recordings import recording

OPENED = parse_instant("2014-05-02T12:00:00Z")
BOUGHT = parse_instant("2014-05-02T12:20:00Z")
BOUNDARY = parse_instant("2014-05-02T13:00:00Z")  # 09:00 in New York
INITIAL = 100_000

INSTRUMENTS = """\
- {symbol: EURUSD, base: EUR, quote: USD, price_digits: 5, qty_digits: 2, contract_size: 100000}
- {symbol: NZDUSD, base: NZD, quote: USD, price_digits: 5, qty_digits: 2, contract_size: 100000}
- symbol: XAUUSD
  base: XAU
  quote: USD
  price_digits: 3
  qty_digits: 2
  contract_size: 100
  conversion: {EUR: {symbol: EURUSD, op: divide}}
"""
RULES = """\
ruleset: %s
version: 1
currency: %s
session: {timezone: America/New_York, reset: "09:00"}
phases: [{name: p, rules: [%s]}]
"""
DAILY = "{id: r, family: daily_loss, pct: 0.01}"
TRAILING = "{id: r, family: max_drawdown, mode: trail_equity, amount: 400, lock_offset: 0%s}"
PAUSE = "{id: r, family: daily_loss, amount: 1500, reference: equity, breach_kind: pause}"
STATIC = "{id: r, family: max_drawdown, mode: static, amount: 1, comparator: %s}"
RULESETS = {
    "daily": ("USD", DAILY),
    "trailing": ("USD", TRAILING % ", comparator: lte"),
    "pause": ("USD", PAUSE),
    "below": ("USD", STATIC % "lt"),
    "touch": ("USD", STATIC % "lte"),
    "euro": ("EUR", "{id: r, family: daily_loss, pct: 0.015, comparator: lte}"),
}


class Quote(NamedTuple):
    ts: int
    symbol: str
    bid: int
    ask: int


@pytest.fixture(scope="module")
def quotes():
    digits = {"EURUSD": 5, "NZDUSD": 5, "XAUUSD": 3}
    with gzip.open(recording("fx-2014-05-02-payrolls.csv.gz"), "rt") as handle:
        return [
            Quote(
                int(row["ts"]),
                row["symbol"],
                *(
                    int(Fraction(row[side]) * 10 ** digits[row["symbol"]])
                    for side in ("bid", "ask")
                ),
            )
            for row in csv.DictReader(handle)
        ]


def floating(quotes, symbol, units, entry, since=BOUGHT):
    """Yield the time and floating P/L of a long position after each tick of its symbol.

    A position is marked at once, at the last tick before its fill; ticks of the fill's own instant
    come after it.
    """
    before = [quote for quote in quotes if quote.symbol == symbol and quote.ts < since][-1]
    after = [quote for quote in quotes if quote.symbol == symbol and quote.ts >= since]
    for ts, quote in [(since, before), *((quote.ts, quote) for quote in after)]:
        yield ts, units * (quote.bid - entry)


GOLD_ENTRY = 1_286_446  # the ask of 12:20


def gold(quotes, ounces):
    """Floating P/L in dollars of a long gold position bought at 12:20."""
    for ts, pnl in floating(quotes, "XAUUSD", ounces, GOLD_ENTRY):
        yield ts, Fraction(pnl, 1000)


def lowest_gold(quotes, ounces):
    return INITIAL + min(pnl for _, pnl in gold(quotes, ounces))


@pytest.fixture(scope="module")
def breaches(quotes, tmp_path_factory):
    """Replay all accounts once; return their breaches, states and warnings by account."""
    folder = tmp_path_factory.mktemp("payrolls")
    (folder / "instruments.yaml").write_text(INSTRUMENTS)
    (folder / "rules").mkdir()
    for name, (currency, rule) in RULESETS.items():
        (folder / "rules" / f"{name}.yaml").write_text(RULES % (name, currency, rule))
    loss = INITIAL - lowest_gold(quotes, 200)
    exactly = {"r": {"amount": str(Decimal(loss.numerator) / loss.denominator)}}
    fills = {
        "daily": ("XAUUSD", "buy", "3", "1286.446", {}),
        "trailing": ("EURUSD", "buy", "1", "1.38607", {}),
        "pause": ("XAUUSD", "buy", "5", "1286.446", {}),
        "below": ("XAUUSD", "buy", "2", "1286.446", exactly),
        "touch": ("XAUUSD", "buy", "2", "1286.446", exactly),
        "euro": ("XAUUSD", "buy", "3", "1286.446", {}),
    }
    lines = [
        {
            "event_id": f"open-{name}",
            "type": "account.opened",
            "ts": str(OPENED),
            "account_id": name,
            "ruleset": f"{name}@1",
            "initial_balance": str(INITIAL),
            "overrides": overrides,
        }
        for name, (*_, overrides) in fills.items()
    ]
    lines += [
        {
            "event_id": f"fill-{name}",
            "type": "fill",
            "ts": str(BOUGHT),
            "account_id": name,
            "fill_id": "1",
            "symbol": symbol,
            "side": side,
            "qty": qty,
            "price": price,
            "commission": "7.5" if name == "trailing" else "0",
        }
        for name, (symbol, side, qty, price, _) in fills.items()
    ]
    (folder / "events.jsonl").write_text("\n".join(json.dumps(line) for line in lines))
    rulebook = load_rulebook(folder / "instruments.yaml", folder / "rules")
    journal = open_journal(
        rulebook.instruments,
        [recording("fx-2014-05-02-payrolls.csv.gz")],
        [folder / "events.jsonl"],
    )
    replay = Replay(Setup("reference", rulebook, "boundary"), journal)
    made = [done.decision for piece in replay.pieces() for done in piece.decisions]
    assert not replay.summary.dead_letters
    return {
        name: [item for item in made if item["account_id"] == name and item["type"] == "breach"]
        for name in fills
    }, {
        name: [
            (item["ts"], item["from"], item["to"])
            for item in made
            if item["account_id"] == name and item["type"] == "state"
        ]
        for name in fills
    }


def facts(breach):
    """What a breach says, as numbers."""
    return (
        parse_instant(breach["ts"]),
        Fraction(breach["observed"]),
        Fraction(breach["floor"]),
        Fraction(breach["overshoot"]),
    )


def first(steps, crosses):
    return next(step for step in steps if crosses(step))


def test_daily_loss_when_long_gold_breaches_on_the_first_tick_below(quotes, breaches):
    (breach,) = breaches[0]["daily"]
    floor = Fraction(INITIAL - 1000)  # 1 % of the initial balance below it
    ts, pnl = first(gold(quotes, 300), lambda step: INITIAL + step[1] < floor)
    assert facts(breach) == (ts, INITIAL + pnl, floor, floor - INITIAL - pnl)
    assert breach["evidence"]["entry"]["kind"] == "tick"
    assert instant_text(ts).startswith("2014-05-02T12:30:0")


def test_trailing_drawdown_when_euro_rises_first_breaches_below_its_peak(quotes, breaches):
    (breach,) = breaches[0]["trailing"]
    balance = Fraction(INITIAL) - Fraction("7.5")
    high = Fraction(INITIAL)  # its first high-water mark is the initial balance
    for step in floating(quotes, "EURUSD", 100_000, 138_607):
        equity = balance + Fraction(step[1], 10**5)
        high = max(high, equity)  # a new high counts before it is compared
        floor = min(high - 400, INITIAL)
        if equity <= floor:
            break
    assert high > INITIAL + 30  # it did trail: the spike just before the release
    assert facts(breach) == (step[0], equity, floor, floor - equity)
    assert Fraction(breach["evidence"]["floor"]["high_water_mark"]) == high


def test_pause_when_its_session_ends_is_armed_again_from_the_new_equity(quotes, breaches):
    early, late = breaches[0]["pause"]
    steps = list(gold(quotes, 500))
    floor = Fraction(INITIAL - 1500)
    ts, pnl = first(steps, lambda step: INITIAL + step[1] < floor)
    assert facts(early) == (ts, INITIAL + pnl, floor, floor - INITIAL - pnl)
    # The boundary takes the equity of the last tick before 13:00; ticks from there on are after.
    at_boundary = INITIAL + [pnl for ts, pnl in steps if ts < BOUNDARY][-1]
    floor = at_boundary - 1500
    after = [step for step in steps if step[0] >= BOUNDARY]
    ts_again, pnl = first(after, lambda step: INITIAL + step[1] < floor)
    assert facts(late) == (ts_again, INITIAL + pnl, floor, floor - INITIAL - pnl)
    assert breaches[1]["pause"] == [
        (instant_text(OPENED), "created", "active"),
        (instant_text(ts), "active", "paused"),
        (instant_text(BOUNDARY), "paused", "active"),
        (instant_text(ts_again), "active", "paused"),
    ]


def test_floor_when_only_touched_breaches_under_lte_alone(quotes, breaches):
    floor = lowest_gold(quotes, 200)
    ts, _ = first(gold(quotes, 200), lambda step: INITIAL + step[1] == floor)
    (breach,) = breaches[0]["touch"]
    assert facts(breach) == (ts, floor, floor, 0)
    assert breaches[0]["below"] == []


def test_conversion_when_the_account_is_in_euro_is_at_the_mid_of_each_tick(quotes, breaches):
    (breach,) = breaches[0]["euro"]
    floor = Fraction(INITIAL) * Fraction("0.985")
    bid = rate = None
    for quote in quotes:
        if quote.symbol == "XAUUSD":
            bid = quote.bid
        elif quote.symbol == "EURUSD":
            rate = Fraction(quote.bid + quote.ask, 2 * 10**5)
        if quote.ts < BOUGHT or quote.symbol == "NZDUSD":
            continue
        euros = Fraction(300 * (bid - GOLD_ENTRY), 1000) / rate
        equity = INITIAL + Fraction(round(euros * 10**8), 10**8)  # round() is half-even
        if equity <= floor:
            break
    assert facts(breach) == (quote.ts, equity, floor, floor - equity)
