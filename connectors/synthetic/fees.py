"""What a fill costs: commission per lot or per notional, and the swap of nights held."""

from decimal import ROUND_HALF_EVEN, Decimal

from connectors.synthetic.plans import Plan
from connectors.synthetic.quotes import CENT, Quotes

UNIT = Decimal("1E-8")
DAY_NS = 86_400_000_000_000
ROLLOVER_NS = 21 * 3_600_000_000_000  # 17:00 in New York, in summer
LONG_SWAP, SHORT_SWAP = Decimal("-6.40"), Decimal("1.85")  # a lot and night
FUNDING_EVERY_NS = 8 * 3_600_000_000_000
FUNDING_RATE = Decimal("0.0001")  # longs pay it to shorts


def commission(plan: Plan, quotes: Quotes, symbol: int, qty: int, *, working: bool) -> Decimal:
    """Return the cost of a fill in account currency; negative for a rebate, 0 for none."""
    terms = quotes.terms[symbol]
    if terms.group in ("fx", "metal"):
        return (plan.lot_fee * qty * terms.step).quantize(UNIT, ROUND_HALF_EVEN)
    if terms.group != "coin":
        return Decimal(0)
    worth = quotes.worth(symbol, plan.currency) or Decimal(0)
    share = -plan.coin_rebate if working else plan.coin_fee
    return (share * worth * qty).quantize(UNIT, ROUND_HALF_EVEN)


def swap(quotes: Quotes, symbol: int, side: int, qty: int, held_ns: tuple[int, int]) -> Decimal:
    """Return the swap of closing `qty` steps that were held from one instant to another."""
    terms = quotes.terms[symbol]
    opened, closed = held_ns
    nights = (closed - ROLLOVER_NS) // DAY_NS - (opened - ROLLOVER_NS) // DAY_NS
    if not nights or terms.group not in ("fx", "metal"):
        return Decimal(0)
    rate = LONG_SWAP if side > 0 else SHORT_SWAP
    return (rate * qty * terms.step * nights).quantize(CENT)


def funding(plan: Plan, quotes: Quotes, symbol: int, signed_qty: int) -> Decimal:
    """Return the funding of a perpetual position, added to the balance; 0 for other groups."""
    worth = quotes.worth(symbol, plan.currency)
    if quotes.terms[symbol].group != "coin" or worth is None:
        return Decimal(0)
    return (-FUNDING_RATE * worth * signed_qty).quantize(UNIT, ROUND_HALF_EVEN)
