"""Goals as the contract and the catalogue word them, in whole units of 10^-8."""

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from tests.rules.oracle.money import UNIT, Raw, shown, units


@dataclass
class Goal:
    """One goal of one account."""

    raw: Raw
    initial: int
    days: int = 0
    best: int = 0
    total: int = 0
    won: int = 0
    counted: int = 0
    results: dict[int, int] = field(default_factory=dict)

    def adopt(self, old: "Goal") -> None:
        """Keep what the goal of the same id and family has seen under another version."""
        self.days = old.days
        if self.raw.get("attribution") == old.raw.get("attribution") and self.remembers:
            self.results = dict(old.results)
        if self.raw.get("scope", "day") == old.raw.get("scope", "day"):
            self.best, self.total, self.won = old.best, old.total, old.won
            self.counted = old.counted

    def threshold(self) -> int:
        if "amount" in self.raw:
            return units(self.raw["amount"])
        return round(Fraction(self.raw["pct"]) * self.initial)

    @property
    def gates(self) -> bool:
        shares = {"consistency", "consistency_target_lift", "profit_distribution"}
        return self.raw["family"] in shares and self.raw.get("scope", "day") == "day"

    @property
    def remembers(self) -> bool:
        return self.raw.get("attribution") == "open_day" or "min_best_share" in self.raw

    def trade(self, result: int) -> None:
        if self.raw.get("scope") == "trade":
            self.add(result)

    def add(self, result: int) -> None:
        """A day's or a trade's result, whichever is shared out."""
        self.best, self.total = max(self.best, result), self.total + result
        self.won += max(result, 0)
        if self.raw["family"] == "profit_distribution":
            cap = round(Fraction(self.raw["max_share"]) * self.threshold())
            lost = 0 if self.raw.get("denominator") == "positive" else result
            self.counted += min(result, cap) if result >= 0 else min(lost, cap)

    def end_day(self, books: Any, floats: list[int]) -> None:
        family = self.raw["family"]
        if self.gates:
            self.add(books.result)
        elif family == "profitable_days":
            self._profitable(books, floats)
        elif family == "trading_days":
            self.days += self._counts(books)

    def _profitable(self, books: Any, floats: list[int]) -> None:
        kind = self.raw.get("attribution", "close_day")
        result = books.result
        if kind == "close_day_minus_floating":
            result += sum(floating for floating in floats if floating < 0)
        elif kind == "equity_delta":
            result += sum(floats) - books.floated
        credited = [(books.day, result)]
        if kind == "open_day":
            credited = [(opened, won) for opened, _, _, won in books.closed]
        if not self.remembers:
            self.days += self._enough(result)
            return
        before = self._all_enough()
        for day, won in credited:
            self.results[day] = self.results.get(day, 0) + won
        self.days += self._all_enough() - before

    def _enough(self, result: int) -> bool:
        return result > self.threshold() - (0 if self.raw.get("comparator") == "gt" else 1)

    def _all_enough(self) -> int:
        share = Fraction(self.raw.get("min_best_share", 0))
        best = max(self.results.values(), default=0)
        least = share * best if "min_best_share" in self.raw else 0
        return sum(self._enough(won) and won >= least for won in self.results.values())

    def _counts(self, books: Any) -> bool:
        match self.raw.get("counts", "opened"):
            case "opened":
                return books.opened
            case "held":
                return books.held or books.opened
            case "opened_and_closed":
                return bool(books.closed)
            case "day_change":
                return abs(books.result) >= Fraction(self.raw["min_change_pct"]) * self.initial
        size = Fraction(self.raw["min_notional_pct"]) * self.initial
        share = Fraction(self.raw["min_result_pct"])
        return any(
            opened == closed and notional >= size and abs(result) >= share * notional
            for opened, closed, notional, result in books.closed
        )

    def progress(self, profit: int) -> tuple[str | None, str, bool]:
        family = self.raw["family"]
        if family == "profit_target":
            return shown(profit), shown(self.threshold()), profit >= self.threshold()
        if family == "consistency_target_lift":
            lifted = -(-self.best // Fraction(self.raw["max_share"]))
            needed = max(self.threshold(), int(lifted))
            return shown(profit), shown(needed), profit >= needed
        if family == "profit_distribution":
            enough = self.counted >= self.threshold()
            return shown(self.counted), shown(self.threshold()), enough
        if family != "consistency":
            needed = int(self.raw["min_days"])
            return str(self.days), str(needed), self.days >= needed
        share, whole = Fraction(self.raw["max_share"]), self.total
        if self.raw.get("denominator") == "positive":
            whole = self.won
        elif self.raw.get("denominator") == "target":
            pct = Fraction(self.raw.get("target_pct", 0))
            whole = units(self.raw["target"]) if "target" in self.raw else round(pct * self.initial)
        if whole <= 0:
            return None, shown(share), False
        limit = share * whole
        met = self.best < limit if self.raw.get("comparator") == "lt" else self.best <= limit
        return shown(round(Fraction(self.best * UNIT, whole))), shown(share), met
