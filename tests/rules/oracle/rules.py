"""Floors as the contract words them, in whole units of 10^-8."""

from dataclasses import dataclass, field
from fractions import Fraction

from tests.rules.oracle.money import UNIT, Raw, shown, units

ALL_ACTIONS = ["disable_trading", "cancel_orders", "close_positions", "notify"]


def used(room: int, allowance: int) -> str:
    """1 − room / allowance to eight decimals."""
    if allowance == 0:
        return "1"
    return shown(UNIT - round(Fraction(room * UNIT, allowance)))


@dataclass
class Rule:
    """One loss rule of one account."""

    raw: Raw
    initial: int
    session: tuple[str, str, int | None]
    reference: int = 0  # daily loss: the reference or peak; drawdown: the high-water mark
    base: int = 0
    floor_now: int = 0
    reduction: int = 0
    shift: int = 0
    stepped: int = 0
    locked: bool = False
    latched: bool = False
    fired: set[Fraction] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.reference = self.base = self.initial
        self.stepped = self.steps_at(self.initial)
        if not self.daily:
            self.floor_now = self.candidate()

    @property
    def daily(self) -> bool:
        return self.raw["family"] in {"daily_loss", "weekly_loss"}

    def steps_at(self, balance: int) -> int:
        return sum(units(step["balance"]) <= balance for step in self.raw.get("step_up", []))

    @property
    def kind(self) -> str:
        return self.raw.get("breach_kind", "hard")

    @property
    def mode(self) -> str:
        return self.raw["mode"]

    @property
    def trails(self) -> bool:
        return self.mode.startswith("trail")

    @property
    def peak(self) -> bool:
        return self.raw.get("reference") == "intraday_peak_equity"

    def actions(self) -> list[str]:
        return self.raw.get("action") or (["notify"] if self.kind == "flag" else ALL_ACTIONS)

    def allowance(self) -> int:
        if self.stepped:
            whole = units(self.raw["step_up"][self.stepped - 1]["amount"])
        elif "amount" in self.raw:
            whole = units(self.raw["amount"])
        else:
            base = self.initial
            if self.raw.get("pct_base", "initial") != "initial":
                base = self.base if self.daily and not self.peak else self.reference
            whole = round(Fraction(self.raw["pct"]) * base)
        return max(0, whole - self.reduction) if not self.daily else whole

    def cap(self) -> int | None:
        offset = self.raw.get("lock_offset")
        return None if offset is None else self.initial + units(offset)

    def candidate(self) -> int:
        if not self.trails:
            return self.initial - self.allowance()
        found, cap = self.reference - self.allowance(), self.cap()
        return found if cap is None or "lock_trigger" in self.raw else min(found, cap)

    def floor(self) -> int:
        return self.reference - self.allowance() if self.daily else self.floor_now - self.shift

    def metric(self, balance: int, equity: int) -> int:
        name = self.raw.get("metric", "equity")
        return {"equity": equity, "balance": balance}.get(name, min(balance, equity))

    def crosses(self, balance: int, equity: int) -> bool:
        if self.latched:
            return False
        metric = self.metric(balance, equity)
        touches = self.raw.get("comparator", "lt") == "lte"
        return metric <= self.floor() if touches else metric < self.floor()

    def lock(self) -> None:
        self.floor_now = max(self.floor_now, self.initial if self.cap() is None else self.cap())
        self.locked = True

    def mark(self, source: int) -> None:
        self.reference = max(self.reference, source)
        if not self.locked:
            self.floor_now = max(self.floor_now, self.candidate())

    def step(self, balance: int, equity: int) -> None:
        """Raise what this instant raises."""
        if self.daily:
            if self.peak:
                self.reference = max(self.reference, equity)
            return
        trigger = self.raw.get("lock_trigger_profit") or self.raw.get("lock_trigger")
        if trigger and balance - self.initial >= units(trigger) and not self.locked:
            self.lock()
        if self.mode == "trail_closed_balance":
            self.mark(balance)
        elif self.mode == "trail_equity":
            self.mark(equity)

    def rebase(self, balance: int, equity: int) -> None:
        """A boundary of the rule's session."""
        if self.daily:
            kind = self.raw.get("reference", "balance")
            both = max(balance, equity)
            self.reference = {"balance": balance, "max_balance_equity": both}.get(kind, equity)
            self.base = self.reference
            reached = self.steps_at(balance)
            self.stepped = reached if self.raw.get("step_down") else max(self.stepped, reached)
        elif self.mode == "trail_eod_balance":
            self.mark(balance)
        elif self.mode == "trail_eod_max":
            self.mark(max(balance, equity))

    def adjust(self, reason: str, amount: int, share: int | None) -> None:
        if self.daily:
            if reason in {"payout", "withdrawal"}:
                self.reference -= amount
            elif reason in {"deposit", "bonus"}:
                self.reference += amount
        elif reason == "payout":
            self._payout(amount, amount if share is None else share)

    def _payout(self, amount: int, share: int) -> None:
        match self.raw.get("payout_effect", "none"):
            case "lower_hwm":
                self.reference -= amount
                self.floor_now = self.candidate()
            case "lock":
                self.lock()
            case "reduce_allowance":
                self.reduction += share
                if not self.locked:
                    self.floor_now = max(self.floor_now, self.candidate())
            case "lower_floor":
                self.shift += amount
            case "reset":
                self.reference, self.reduction, self.shift = self.initial, 0, 0
                self.locked = False
                self.floor_now = self.candidate()

    def due_levels(self, balance: int, equity: int) -> list[str]:
        room = self.metric(balance, equity) - self.floor()
        found = []
        for level in sorted(self.raw.get("warn_at", []), key=Fraction):
            reached = room <= (1 - Fraction(level)) * self.allowance()
            if reached and Fraction(level) not in self.fired:
                self.fired.add(Fraction(level))
                found.append(shown(Fraction(level)))
        return found

    def migrated(self, raw: Raw, session: tuple[str, str]) -> "Rule":
        """The rule of the same id under another version."""
        new = Rule(raw, self.initial, session)
        new.latched = self.latched
        if new.raw["family"] == self.raw["family"]:
            if raw.get("step_up") == self.raw.get("step_up"):
                new.stepped = self.stepped
            else:
                new.stepped = max(new.stepped, new.steps_at(self.reference))
            new.reference, new.base, new.fired = self.reference, self.base, set(self.fired)
            new.reduction, new.shift = self.reduction, self.shift
            if not new.daily:
                new.floor_now = new.candidate()
                if self.locked:
                    new.lock()
        return new
