from decimal import Decimal

import pytest

from connectors.synthetic import fees
from connectors.synthetic.instruments import mappings
from connectors.synthetic.plans import PLANS
from connectors.synthetic.quotes import Quotes
from schemas.instants import parse_instant
from schemas.instruments import InstrumentTable
from schemas.money import decimals

TABLE = InstrumentTable.parse(mappings())
EURUSD, BITCOIN, US500 = (TABLE.index[one] for one in ("EURUSD", "BTCUSDT-PERP", "US500"))
IN_DOLLARS, IN_TETHER = PLANS[0], PLANS[3]


@pytest.fixture
def quotes():
    quotes = Quotes(TABLE, 1.0)
    for symbol, price in ((EURUSD, 109_040), (BITCOIN, 8_250_001), (US500, 55_900)):
        quotes.bid[symbol] = quotes.ask[symbol] = price
    return quotes


def test_commission_when_per_lot_counts_lots(quotes):
    cost = fees.commission(IN_DOLLARS, quotes, EURUSD, 150, working=False)
    assert cost == Decimal("5.25")
    assert fees.commission(IN_DOLLARS, quotes, US500, 150, working=False) == 0


def test_commission_when_per_notional_is_a_part_of_it_or_a_rebate(quotes):
    taken = fees.commission(IN_TETHER, quotes, BITCOIN, 1_001, working=False)
    assert taken == Decimal("33.03300400")
    made = fees.commission(IN_TETHER, quotes, BITCOIN, 1_001, working=True)
    assert made < 0
    assert decimals(made) <= 8


@pytest.mark.parametrize(
    ("opened", "closed", "nights"),
    [
        ("2025-03-11T20:59:59Z", "2025-03-11T21:00:00Z", 1),
        ("2025-03-11T21:00:00Z", "2025-03-12T20:59:59Z", 0),
        ("2025-03-11T20:00:00Z", "2025-03-13T22:00:00Z", 3),
    ],
)
def test_swap_when_a_rollover_is_crossed_is_due_for_every_night(quotes, opened, closed, nights):
    held = parse_instant(opened), parse_instant(closed)
    assert fees.swap(quotes, EURUSD, 1, 200, held) == fees.LONG_SWAP * 2 * nights
    assert fees.swap(quotes, US500, 1, 200, held) == 0


def test_funding_when_long_is_paid_and_when_short_received(quotes):
    long, short = (fees.funding(IN_TETHER, quotes, BITCOIN, qty) for qty in (1_000, -1_000))
    assert long == Decimal("-8.25000100")
    assert long == -short
    assert fees.funding(IN_DOLLARS, quotes, EURUSD, 100) == 0
