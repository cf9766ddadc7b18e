"""The catalogue: every rule and goal family there is, in one explicit list.

Adding a rule is one file under ``rules/`` and one line here.
"""

from decimal import Decimal
from typing import NamedTuple

from rules.api import At
from rules.conduct.common import Conduct, ConductParams
from rules.conduct.contract_scaling import ContractScaling, ContractScalingParams
from rules.conduct.exposure import Exposure, ExposureParams
from rules.conduct.flat_time import FlatTime, FlatTimeParams
from rules.conduct.hedging import Hedging, HedgingParams
from rules.conduct.hold_time import HoldTime, HoldTimeParams
from rules.conduct.inactivity import Inactivity, InactivityParams
from rules.conduct.instruments import Instruments, InstrumentsParams
from rules.conduct.leverage import Leverage, LeverageParams
from rules.conduct.mae import Mae, MaeParams
from rules.conduct.mandatory_sl import MandatorySl, MandatorySlParams
from rules.conduct.margin_use import MarginUse, MarginUseParams
from rules.conduct.martingale import Martingale, MartingaleParams
from rules.conduct.max_lots import MaxLots, MaxLotsParams
from rules.conduct.max_position import MaxPosition, MaxPositionParams
from rules.conduct.news import News, NewsParams
from rules.conduct.notional_cap import NotionalCap, NotionalCapParams
from rules.conduct.open_risk import OpenRisk, OpenRiskParams
from rules.conduct.order_rate import OrderRate, OrderRateParams
from rules.conduct.overnight_holding import OvernightHolding, OvernightHoldingParams
from rules.conduct.per_trade_loss import PerTradeLoss, PerTradeLossParams
from rules.conduct.per_trade_risk import PerTradeRisk, PerTradeRiskParams
from rules.conduct.pos_pct import PosPct, PosPctParams
from rules.conduct.rr import Rr, RrParams
from rules.conduct.scalp_share import ScalpShare, ScalpShareParams
from rules.conduct.stop_removal import StopRemoval, StopRemovalParams
from rules.conduct.symbol_loss import SymbolLoss, SymbolLossParams
from rules.conduct.time_limit import TimeLimit, TimeLimitParams
from rules.conduct.trade_chain import TradeChain, TradeChainParams
from rules.conduct.trade_loss_group import TradeLossGroup, TradeLossGroupParams
from rules.conduct.trading_hours import TradingHours, TradingHoursParams
from rules.conduct.weekend_holding import WeekendHolding, WeekendHoldingParams
from rules.floors.common import FloorParams
from rules.floors.daily_loss import DailyLossFloor, DailyLossParams
from rules.floors.max_drawdown import MaxDrawdownFloor, MaxDrawdownParams
from rules.floors.weekly_loss import WeeklyLossFloor, WeeklyLossParams
from rules.goals.consistency import Consistency, ConsistencyParams
from rules.goals.consistency_target_lift import ConsistencyTargetLift, ConsistencyTargetLiftParams
from rules.goals.holding_share import HoldingShare, HoldingShareParams
from rules.goals.profit_distribution import ProfitDistribution, ProfitDistributionParams
from rules.goals.profit_target import ProfitTarget, ProfitTargetParams
from rules.goals.profitable_days import ProfitableDays, ProfitableDaysParams
from rules.goals.trading_days import TradingDays, TradingDaysParams
from rules.params import Params

Floor = DailyLossFloor | WeeklyLossFloor | MaxDrawdownFloor
AnyGoal = (
    ProfitTarget
    | TradingDays
    | ProfitableDays
    | Consistency
    | ConsistencyTargetLift
    | ProfitDistribution
    | HoldingShare
)


class FloorFamily(NamedTuple):
    """A family of loss rules: its parameters and the floor they make."""

    params: type[FloorParams]
    floor: type[Floor]


class ConductFamily(NamedTuple):
    """A family of conduct rules: its parameters and the rule they make."""

    params: type[ConductParams]
    rule: type[Conduct]


class GoalFamily(NamedTuple):
    """A family of goals: its parameters and the goal they make."""

    params: type[Params]
    goal: type[AnyGoal]


FLOORS: dict[str, FloorFamily] = {
    "daily_loss": FloorFamily(DailyLossParams, DailyLossFloor),
    "max_drawdown": FloorFamily(MaxDrawdownParams, MaxDrawdownFloor),
    "weekly_loss": FloorFamily(WeeklyLossParams, WeeklyLossFloor),
}
CONDUCT: dict[str, ConductFamily] = {
    "max_position": ConductFamily(MaxPositionParams, MaxPosition),
    "max_lots": ConductFamily(MaxLotsParams, MaxLots),
    "contract_scaling": ConductFamily(ContractScalingParams, ContractScaling),
    "leverage": ConductFamily(LeverageParams, Leverage),
    "notional_cap": ConductFamily(NotionalCapParams, NotionalCap),
    "exposure": ConductFamily(ExposureParams, Exposure),
    "pos_pct": ConductFamily(PosPctParams, PosPct),
    "margin_use": ConductFamily(MarginUseParams, MarginUse),
    "open_risk": ConductFamily(OpenRiskParams, OpenRisk),
    "per_trade_risk": ConductFamily(PerTradeRiskParams, PerTradeRisk),
    "rr": ConductFamily(RrParams, Rr),
    "per_trade_loss": ConductFamily(PerTradeLossParams, PerTradeLoss),
    "trade_loss_group": ConductFamily(TradeLossGroupParams, TradeLossGroup),
    "symbol_loss": ConductFamily(SymbolLossParams, SymbolLoss),
    "trade_chain": ConductFamily(TradeChainParams, TradeChain),
    "mae": ConductFamily(MaeParams, Mae),
    "mandatory_sl": ConductFamily(MandatorySlParams, MandatorySl),
    "stop_removal": ConductFamily(StopRemovalParams, StopRemoval),
    "instruments": ConductFamily(InstrumentsParams, Instruments),
    "trading_hours": ConductFamily(TradingHoursParams, TradingHours),
    "flat_time": ConductFamily(FlatTimeParams, FlatTime),
    "weekend_holding": ConductFamily(WeekendHoldingParams, WeekendHolding),
    "overnight_holding": ConductFamily(OvernightHoldingParams, OvernightHolding),
    "news": ConductFamily(NewsParams, News),
    "hold_time": ConductFamily(HoldTimeParams, HoldTime),
    "scalp_share": ConductFamily(ScalpShareParams, ScalpShare),
    "hedging": ConductFamily(HedgingParams, Hedging),
    "martingale": ConductFamily(MartingaleParams, Martingale),
    "inactivity": ConductFamily(InactivityParams, Inactivity),
    "time_limit": ConductFamily(TimeLimitParams, TimeLimit),
    "order_rate": ConductFamily(OrderRateParams, OrderRate),
}
RULES: dict[str, FloorFamily | ConductFamily] = {**FLOORS, **CONDUCT}
"""What may stand under a phase's ``rules``."""
GOALS: dict[str, GoalFamily] = {
    "profit_target": GoalFamily(ProfitTargetParams, ProfitTarget),
    "trading_days": GoalFamily(TradingDaysParams, TradingDays),
    "profitable_days": GoalFamily(ProfitableDaysParams, ProfitableDays),
    "consistency": GoalFamily(ConsistencyParams, Consistency),
    "consistency_target_lift": GoalFamily(ConsistencyTargetLiftParams, ConsistencyTargetLift),
    "profit_distribution": GoalFamily(ProfitDistributionParams, ProfitDistribution),
    "holding_share": GoalFamily(HoldingShareParams, HoldingShare),
}


def open_floor(params: FloorParams, initial: Decimal, at: At) -> Floor:
    """Make the floor of an account that opens with ``initial`` in account currency."""
    return FLOORS[params.family].floor(params, initial, at)  # type: ignore[arg-type]


def open_conduct(params: ConductParams) -> Conduct:
    """Make the conduct rule of an account that opens."""
    return CONDUCT[params.family].rule(params)


def open_goal(params: Params, initial: Decimal) -> AnyGoal:
    """Make the goal of an account that opens with ``initial`` in account currency."""
    return GOALS[params.family].goal(params, initial)  # type: ignore[arg-type]
