"""The plans the synthetic traders bought: rulesets of `rulesets/demo`, sizes and commissions."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Plan:
    """One product of a firm.

    Args:
        ruleset: `id@version` of a file in rulesets/demo.
        share: of all accounts.
        groups: kinds of instruments its accounts may trade.
        phases: (name, funded, share of its accounts); the first is where a new trader starts.
        lot_fee: commission per lot and side of fx and metals, in account currency.
        coin_fee, coin_rebate: parts of the notional, of a taker and of a filled working order.
    """

    ruleset: str
    firm_id: str
    currency: str
    initial: Decimal
    share: float
    groups: tuple[str, ...]
    phases: tuple[tuple[str, bool, float], ...]
    lot_fee: Decimal = Decimal("3.5")
    coin_fee: Decimal = Decimal("0.0004")
    coin_rebate: Decimal = Decimal("0.00005")


TWO_STEPS = (("evaluation", False, 0.70), ("verification", False, 0.15), ("funded", True, 0.15))
ONE_STEP = (("evaluation", False, 0.85), ("funded", True, 0.15))

PLANS: tuple[Plan, ...] = (
    Plan(
        "harbor-2step-100k@1",
        "harbor",
        "USD",
        Decimal(100_000),
        0.25,
        ("fx", "metal", "index"),
        TWO_STEPS,
    ),
    Plan(
        "harbor-2step-100k@2",
        "harbor",
        "USD",
        Decimal(100_000),
        0.20,
        ("fx", "metal", "index", "coin"),
        TWO_STEPS,
    ),
    Plan(
        "tide-eod-50k@1",
        "tide",
        "USD",
        Decimal(50_000),
        0.25,
        ("index", "metal", "fx"),
        ONE_STEP,
        lot_fee=Decimal("2.25"),
    ),
    Plan(
        "surge-1step-25k@1",
        "surge",
        "USDT",
        Decimal(25_000),
        0.15,
        ("coin",),
        ONE_STEP,
    ),
    Plan(
        "anchor-instant-200k@1",
        "anchor",
        "EUR",
        Decimal(200_000),
        0.15,
        ("fx", "metal", "index"),
        ONE_STEP,
        lot_fee=Decimal("3.25"),
    ),
)
