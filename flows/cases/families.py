"""Which family of cases is told how, and the verdict on each case."""

from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

from flows.cases.chains import tell_chains
from flows.cases.checks import Told, failures
from flows.cases.completion import tell_completion
from flows.cases.consistency import tell_consistency
from flows.cases.cures import tell_cap
from flows.cases.document import Case, NotSupported
from flows.cases.loss import tell_loss, tell_target
from flows.cases.losses import tell_floating
from flows.cases.others import tell_combined_floor, tell_reset_time
from flows.cases.patterns.holding import tell_holding
from flows.cases.patterns.news import tell_news
from flows.cases.patterns.stakes import tell_martingale
from flows.cases.patterns.stops import tell_mandatory_sl
from flows.cases.policies.amounts import tell_amounts
from flows.cases.policies.buffers import tell_buffer, tell_cap_table, tell_ladder, tell_min
from flows.cases.policies.growth import tell_merge, tell_scaling
from flows.cases.policies.news import tell_news_profit
from flows.cases.policies.timing import tell_timing
from flows.cases.profitable_days import tell_profitable_days
from flows.cases.risks import tell_brackets, tell_open_risk, tell_trade_risk, tell_widest_risk
from flows.cases.sizes import (
    tell_exposure,
    tell_positions,
    tell_share,
    tell_tiers,
    tell_tiers_by_day,
)
from flows.cases.steps import tell_drawdown, tell_step
from flows.cases.targets import tell_distribution, tell_target_lift
from flows.cases.trading_days import tell_trading_days
from flows.engines import EngineKind

Result = Literal["pass", "fail", "not supported"]

FAMILIES: dict[str, Callable[[Case, EngineKind], Told]] = {
    "daily_loss": tell_loss,
    "max_drawdown": tell_loss,
    "profit_target": tell_target,
    "trading_days": tell_trading_days,
    "profitable_days": tell_profitable_days,
    "consistency": tell_consistency,
    "phase_completion": tell_completion,
    "combined_floor": tell_combined_floor,
    "reset_time": tell_reset_time,
    "consistency_target_lift": tell_target_lift,
    "consistency_day_cap": tell_target_lift,
    "profit_distribution": tell_distribution,
    "dll_step": tell_step,
    "drawdown_pct": tell_drawdown,
    "payout": tell_amounts,
    "payout_split": tell_amounts,
    "payout_cap_then_split": tell_amounts,
    "payout_split_then_cap": tell_amounts,
    "payout_scale": tell_amounts,
    "payout_buffer": tell_buffer,
    "payout_cap_table": tell_cap_table,
    "payout_min": tell_min,
    "payout_ladder": tell_ladder,
    "payout_timing": tell_timing,
    "news_profit": tell_news_profit,
    "scaling": tell_scaling,
    "account_merge": tell_merge,
    "max_position": tell_positions,
    "position_units": tell_positions,
    "max_lots": tell_positions,
    "contract_scaling": tell_tiers,
    "scaling_eod": tell_tiers_by_day,
    "pos_pct": tell_share,
    "exposure": tell_exposure,
    "notional_cap": tell_cap,
    "per_trade_risk": tell_trade_risk,
    "per_trade_risk_widest_stop": tell_widest_risk,
    "open_risk": tell_open_risk,
    "rr": tell_brackets,
    "per_trade_loss": tell_floating,
    "trade_loss_group": tell_floating,
    "symbol_loss": tell_floating,
    "mae": tell_floating,
    "trade_chain": tell_chains,
    "mandatory_sl": tell_mandatory_sl,
    "news": tell_news,
    "hold_time": tell_holding,
    "scalp_share": tell_holding,
    "martingale": tell_martingale,
}

RULES = {
    "position_units": "max_position",
    "scaling_eod": "contract_scaling",
    "per_trade_risk_widest_stop": "per_trade_risk",
}
"""Families of cases that are another word for a family of the catalogue."""


class Verdict(NamedTuple):
    """What came of a case; ``why`` is empty when it passed."""

    id: str
    family: str
    result: Result
    why: str


def judge(case: Case, engine: EngineKind) -> Verdict:
    """Run one case and compare."""
    if case.misshapen:
        return Verdict(case.id, case.family, "fail", case.misshapen)
    tell = FAMILIES.get(case.family)
    if tell is None or not case.checks:
        why = f"family `{case.family}`" if tell is None else "nothing is expected"
        return Verdict(case.id, case.family, "not supported", why)
    try:
        told = tell(case, engine)
        wrong = [failure for check in case.checks for failure in failures(told, check)]
    except NotSupported as reason:
        return Verdict(case.id, case.family, "not supported", str(reason))
    result: Result = "fail" if wrong else "pass"
    return Verdict(case.id, case.family, result, "; ".join(wrong))


def judge_all(cases: Sequence[Case], engine: EngineKind) -> list[Verdict]:
    """Run every case."""
    return [judge(case, engine) for case in cases]
