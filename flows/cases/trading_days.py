"""Cases about trading days."""

from flows.cases.checks import Told
from flows.cases.clock import clock_of
from flows.cases.days import NEVER_MET, told_by_days
from flows.cases.document import Case
from flows.cases.ruleset import case_ruleset, rule_entry
from flows.engines import EngineKind

_TRADING_DAYS = ("min_days", "counts", "min_notional_pct", "min_result_pct", "min_change_pct")


def tell_trading_days(case: Case, engine: EngineKind) -> Told:
    """Tell a case about trading days."""
    clock = clock_of(case.params)
    params = {"min_days": "1", **case.params}
    if "pct" in params:
        params["min_change_pct"] = params.pop("pct")  # only a day's change has one share alone
    entry = rule_entry(case.family, params, _TRADING_DAYS)
    return told_by_days(case, clock, case_ruleset(clock, [], [entry, NEVER_MET]), engine)
