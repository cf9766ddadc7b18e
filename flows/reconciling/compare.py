"""Where a venue and the journal disagree about an account, and what explains it.

Trades the journal lacks explain a disagreement only when all of them together are exactly what is
missing: a fill that does not account for the difference is never booked.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from connectors.venues.abstract import Position, VenueFill
from connectors.venues.policies import Tolerance
from flows.reconciling.books import Held
from schemas.drift import DriftKind

ZERO = Decimal(0)


class VenueState(NamedTuple):
    """What a venue says about an account: signed quantities by symbol, wallet by currency."""

    positions: Mapping[str, Decimal]
    wallet: Mapping[str, Decimal]


class Gap(NamedTuple):
    """A symbol, or a currency, that both say something else about."""

    subject: str
    journal: Decimal | None
    venue: Decimal | None
    is_balance: bool

    @property
    def missing(self) -> Decimal:
        """What the journal would need to agree."""
        return (self.venue or ZERO) - (self.journal or ZERO)


@dataclass(frozen=True)
class Finding:
    """A gap with its kind, and the trades that explain it or do not.

    Attributes:
        recovers: trades that the journal gets from us.
    """

    gap: Gap
    kind: DriftKind
    trades: Sequence[VenueFill] = ()
    recovers: Sequence[VenueFill] = ()


def netted(positions: Iterable[Position]) -> dict[str, Decimal]:
    """Sum positions by symbol, long above zero; what nets to nothing is left out."""
    found: dict[str, Decimal] = {}
    for item in positions:
        signed = item.qty if item.side == "buy" else -item.qty
        found[item.symbol] = found.get(item.symbol, ZERO) + signed
    return {symbol: qty for symbol, qty in found.items() if qty}


def gaps(held: Held | None, said: VenueState, tolerance: Tolerance) -> list[Gap]:
    """Return where they differ by more than what is tolerated, positions first."""
    ours = held.positions if held is not None else {}
    found = []
    if tolerance.qty is not None:
        for symbol in sorted(ours.keys() | said.positions.keys()):
            gap = Gap(symbol, ours.get(symbol), said.positions.get(symbol), is_balance=False)
            if abs(gap.missing) > tolerance.qty:
                found.append(gap)
    if held is not None and tolerance.balance is not None:
        wallet = said.wallet.get(held.currency, ZERO)
        gap = Gap(held.currency, held.balance, wallet, is_balance=True)
        if abs(gap.missing) > tolerance.balance:
            found.append(gap)
    return found


def unknown_trades(
    held: Held, venue: str, trades: Iterable[VenueFill]
) -> dict[str, list[VenueFill]]:
    """Return the trades the journal lacks, by symbol, oldest first."""
    found: dict[str, list[VenueFill]] = {}
    for trade in trades:
        known = held.trades.has(venue, held.account_id, trade)
        if not known and trade.ts_ms >= held.opened_ms:
            found.setdefault(trade.symbol, []).append(trade)
    return found


def explained(
    differing: Sequence[Gap],
    unknown: Mapping[str, Sequence[VenueFill]],
    *,
    busy: bool,
    settled_ms: int,
) -> list[Finding]:
    """Say what each gap is.

    Args:
        differing: what was found.
        unknown: trades the journal lacks, by symbol.
        busy: an intervention of this account is under way, which reports its own fills.
        settled_ms: trades before this instant should have arrived.
    """
    missing = {gap.subject: gap.missing for gap in differing if not gap.is_balance}
    fits = {
        symbol: list(trades)
        for symbol, trades in unknown.items()
        if sum((_signed(trade) for trade in trades), ZERO) == missing.get(symbol, ZERO)
    }
    late = {symbol for symbol, found in fits.items() if found[-1].ts_ms < settled_ms}
    findings = []
    for gap in differing:
        trades = unknown.get(gap.subject, ())
        if busy or (gap.subject in fits and gap.subject not in late):
            findings.append(Finding(gap, "in_flight", trades))
        elif gap.subject in fits:
            findings.append(Finding(gap, "missing_fill", trades, fits[gap.subject]))
        elif gap.is_balance:
            findings.append(_balance(gap, fits, late))
        else:
            kind: DriftKind = "unknown_position" if gap.journal is None else "wrong_quantity"
            findings.append(Finding(gap, kind, trades))
    return findings


# Money follows its trades: it is looked at for itself when none is missing. Trades that open and
# close the same leave no other trace.
def _balance(gap: Gap, fits: Mapping[str, Sequence[VenueFill]], late: set[str]) -> Finding:
    trades = [trade for found in fits.values() for trade in found]
    if not trades:
        return Finding(gap, "balance")
    if fits.keys() - late:
        return Finding(gap, "in_flight", trades)
    return Finding(gap, "missing_fill", trades, trades)


def _signed(trade: VenueFill) -> Decimal:
    return trade.qty if trade.side == "buy" else -trade.qty
