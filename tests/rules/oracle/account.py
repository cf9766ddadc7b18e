"""One account of the oracle: states, sessions, and the one-step order."""

from datetime import UTC, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.rules.oracle.goals import Goal
from tests.rules.oracle.money import Books, Market, Raw, Refused, shown, units
from tests.rules.oracle.rules import Rule, used

NS = 10**9
ENDED = {"breached", "passed", "closed"}
EITHER = {"pct": ["amount", "step_up", "step_down"], "amount": ["pct", "pct_base"]}


WEEK = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Session = tuple[str, str, int | None]


def next_boundary(session: Session, ts: int) -> int:
    """The first time after `ts` at which the wall clock of the zone shows the reset.

    A week's session ends on its weekday only.
    """
    zone, clock = ZoneInfo(session[0]), time.fromisoformat(session[1])
    day = datetime.fromtimestamp(ts // NS, zone).date() - timedelta(days=2)
    while True:
        local = datetime.combine(day, clock, tzinfo=zone)
        instant = int(local.astimezone(UTC).timestamp()) * NS
        if instant > ts and session[2] in {None, day.weekday()}:
            return instant
        day += timedelta(days=1)


def overridden(entries: list[Raw], overrides: Raw) -> list[Raw]:
    """Rules or goals with an account's own parameters."""
    made = []
    for entry in entries:
        changes = overrides.get(entry["id"], {})
        gone = {other for name in changes for other in EITHER.get(name, [])} - changes.keys()
        kept = {name: value for name, value in entry.items() if name not in gone}
        made.append({**kept, **changes})
    return made


class Account:
    """One account; `out` collects what it decides as rows."""

    def __init__(self, event: Raw, document: Raw, ts: int) -> None:
        self.name, self.overrides = event["account_id"], event.get("overrides", {})
        self.phase_name = event.get("phase", document["phases"][0]["name"])
        self.initial = units(event["initial_balance"])
        self.books = Books(document["currency"], self.initial, event.get("position_mode"))
        self.state, self.by_operator, self.flagged = "created", False, False
        self.rules: list[Rule] = []
        self.goals: list[Goal] = []
        self.out: list[tuple[Any, ...]] = []
        self.bind(document, ts)

    def bind(self, document: Raw, ts: int) -> None:
        """Take the parameters of a version, keeping what rules and goals have seen."""
        self.document = document
        found = [phase for phase in document["phases"] if phase["name"] == self.phase_name]
        if not found:
            raise Refused("unknown_phase")
        self.phase = found[0]
        known = {entry["id"] for entry in self.phase["rules"] + self.phase.get("goals", [])}
        if self.overrides.keys() - known:
            raise Refused("bad_value")
        session = document["session"]
        self.session: Session = (session["timezone"], session["reset"], None)
        rules, goals = self.rules, self.goals
        self.rules, self.goals = [], []
        for raw in overridden(self.phase["rules"], self.overrides):
            own: Session = (
                raw.get("reset_tz", self.session[0]),
                raw.get("reset_time", self.session[1]),
                WEEK.index(raw.get("reset_day", "monday"))
                if raw["family"] == "weekly_loss"
                else None,
            )
            before = [rule for rule in rules if rule.raw["id"] == raw["id"]]
            fresh = Rule(raw, self.initial, own)
            self.rules.append(before[0].migrated(raw, own) if before else fresh)
        for raw in overridden(self.phase.get("goals", []), self.overrides):
            goal = Goal(raw, self.initial)
            for old in goals:
                same = old.raw["id"] == raw["id"] and old.raw["family"] == raw["family"]
                if same:
                    goal.adopt(old)
            self.goals.append(goal)
        sessions = {self.session, *(rule.session for rule in self.rules)}
        self.due = {session: next_boundary(session, ts) for session in sessions}

    @property
    def ended(self) -> bool:
        return self.state in ENDED

    @property
    def next_due(self) -> int:
        return min(self.due.values())

    def tell(self, *row: Any) -> None:
        self.out.append(row)

    def move(self, to: str, reason: str) -> None:
        self.tell("state", self.state, to, reason)
        self.state = to

    def pausing(self) -> bool:
        return any(rule.latched and rule.kind == "pause" for rule in self.rules)

    def open(self, market: Market) -> None:
        self.move("awaiting_kyc" if self.phase.get("funded") else "active", "opened")
        self.settle(market)
        self.report(market)

    def boundary(self, ts: int, market: Market) -> None:
        """End what ends at this instant: re-base, lift pauses, then compare."""
        ended = {session for session, due in self.due.items() if due == ts}
        balance, (equity, _) = self.books.balance, self.books.equity(market)
        lifted = False
        for rule in self.rules:
            if rule.session in ended:
                rule.rebase(balance, equity)
                lifted |= rule.latched and rule.kind == "pause"
                rule.latched = False
                rule.fired.clear()
        for session in ended:
            self.due[session] = next_boundary(session, ts)
        day_ended = self.session in ended
        if day_ended:
            self.flagged = False
            floats = self.books.floats(market)
            for goal in self.goals:
                goal.end_day(self.books, floats)
            self.books.floated = sum(floats)
            self.books.day += 1
            self.books.new_day()
        if lifted and self.state == "paused" and not self.by_operator and not self.pausing():
            self.move("active", "pause_ended")
        self.settle(market, day_ended=day_ended)
        self.report(market)

    def settle(self, market: Market, *, day_ended: bool = False) -> None:
        """Raise marks, compare, latch, emit."""
        if self.ended:
            return
        balance, (equity, _) = self.books.balance, self.books.equity(market)
        for rule in self.rules:
            rule.step(balance, equity)
        if self.state == "awaiting_kyc":
            return
        crossing = [rule for rule in self.rules if rule.crosses(balance, equity)]
        hard = [rule for rule in crossing if rule.kind == "hard"]
        if hard:
            top = max(rule.floor() for rule in hard)
            worst = next(rule for rule in hard if rule.floor() == top)
            also = [r.raw["id"] for r in crossing if r is not worst and r.kind != "flag"]
            for rule in crossing:
                if rule is worst or rule.kind == "flag":
                    self.breach(rule, balance, equity, also if rule is worst else [])
            self.move("breached", "breach")
            return
        for rule in crossing:
            self.breach(rule, balance, equity, [])
        if self.state == "active" and any(rule.kind == "pause" for rule in crossing):
            self.move("paused", "breach")
        self.warn(balance, equity)
        self.judge_goals(day_ended=day_ended)

    def breach(self, rule: Rule, balance: int, equity: int, also: list[str]) -> None:
        rule.latched = True
        observed, floor = rule.metric(balance, equity), rule.floor()
        sums = [shown(value) for value in (observed, floor, floor - observed, equity, balance)]
        self.tell("breach", rule.raw["id"], rule.kind, *sums, tuple(also))
        self.tell("intervention", tuple(rule.actions()))

    def warn(self, balance: int, equity: int) -> None:
        for rule in self.rules:
            if not rule.latched:
                room = rule.metric(balance, equity) - rule.floor()
                part = used(room, rule.allowance())
                for level in rule.due_levels(balance, equity):
                    self.tell(
                        "warning", rule.raw["id"], level, part, shown(rule.floor()), shown(room)
                    )

    def judge_goals(self, *, day_ended: bool) -> None:
        if self.state not in {"active", "paused"} or not self.goals:
            return
        if self.phase.get("require_flat", True) and self.books.positions:
            return
        if not day_ended and any(goal.gates for goal in self.goals):
            return
        found = [goal.progress(self.profit()) for goal in self.goals]
        if all(met for _, _, met in found):
            self.tell("phase.passed", tuple(item[0] for item in found), self.phase.get("on_pass"))
            self.move("passed", "passed")

    def profit(self) -> int:
        return self.books.balance - self.initial - self.books.paid_in

    def report(self, market: Market) -> None:
        balance, (equity, unpriced) = self.books.balance, self.books.equity(market)
        goals = tuple(goal.progress(self.profit()) for goal in self.goals)
        rules = []
        for rule in self.rules:
            room = rule.metric(balance, equity) - rule.floor()
            part = used(room, rule.allowance())
            rules.append((shown(rule.floor()), shown(room), part, rule.latched))
        sums = shown(equity), shown(balance), unpriced
        self.tell("progress", self.state, *sums, goals, tuple(rules))
