"""What may happen in a random journal to no account, and what must be refused."""

from typing import TYPE_CHECKING

from schemas.instants import SECOND, instant_text
from tests.rules import deeds, plans
from tests.rules.deeds import HOUR, of, some_account
from tests.rules.plans import Raw

if TYPE_CHECKING:
    from tests.rules.journals import Writer


def market_event(writer: "Writer") -> Raw:
    """A clock, a listing, a calendar, a new ruleset or an old one again."""
    rng = writer.rng
    if rng.random() < 0.3:
        return _calendar(writer)
    if writer.late_symbol is not None and rng.random() < 0.5:
        listed = plans.MARKET[writer.late_symbol][0]
        return {"type": "instrument.listed", "instrument": listed}
    if writer.withheld is not None and rng.random() < 0.5:
        document, writer.withheld = writer.withheld, None
        writer.documents = [*writer.documents, document]
        return {"type": "ruleset.published", "document": document}
    if rng.random() < 0.2:
        return {"type": "ruleset.published", "document": rng.choice(writer.documents)}
    return {"type": "clock"}


def _calendar(writer: "Writer") -> Raw:
    """A few releases around now, and a holiday."""
    rng = writer.rng
    about: list[Raw] = [{}, {"currency": "USD"}, {"symbols": ["UNIT"]}, {"impact": "high"}]
    hours = (rng.choice([-1, 0, 1, 5, 48]) for _ in range(rng.randint(1, 4)))
    releases = [
        {
            "id": f"n{number}",
            "ts": str(writer.now + ahead * HOUR + rng.choice([0, 1, 60 * SECOND])),
            "title": "CPI",
            **rng.choice(about),
        }
        for number, ahead in enumerate(hours)
    ]
    day = instant_text(writer.now + rng.choice([0, 24, 48]) * HOUR)[:10]
    holidays = [
        {"date": day, "title": "closed", **rng.choice([{"symbols": ["UNIT"]}, {"market": "x"}])}
    ]
    version = f"v{len(writer.entries)}"
    return {
        "type": "calendar.published",
        "version": version,
        "events": releases,
        "holidays": holidays,
    }


def nonsense(writer: "Writer") -> Raw:
    """Something that must be refused and change nothing."""
    rng, account = writer.rng, some_account(writer)
    document = {**rng.choice(writer.documents), "currency": "CHF"}
    filled = {"fill_id": "x", "side": "buy", "qty": "1", "price": "1"}
    nobody = {"account_id": "nobody", "reason": "fee", "amount": "1"}
    again = {"ruleset": "p@1", "initial_balance": "5"}
    unlisted = {**plans.MARKET["UNIT"][0], "mark": "last"}
    unconverted = {**unlisted, "symbol": "NEW", "conversion": {"symbol": "NONE", "op": "divide"}}
    wrong = {**document, "version": "99", "phases": [{"name": "x", "rules": [{"id": "r"}]}]}
    wrong["phases"][0]["rules"][0]["family"] = "none"
    held = rng.choice([*account.ledger.positions, "x"])
    return rng.choice(
        [
            {"type": "balance.adjusted", **nobody},
            of(account, "fill", symbol="NONE", **filled),
            of(account, "account.opened", **again),
            {"type": "account.opened", "account_id": "new", **again, "ruleset": "none@1"},
            {"type": "account.opened", "account_id": "new", **again, "phase": "none"},
            {"type": "account.opened", "account_id": "new", **again, "currency": "CHF"},
            {"type": "account.opened", "account_id": "new", **again, "overrides": {"x": {}}},
            {"type": "ruleset.published", "document": document},
            {"type": "ruleset.published", "document": wrong},
            {"type": "instrument.listed", "instrument": unlisted},
            {"type": "instrument.listed", "instrument": unconverted},
            of(account, "fill", symbol="UNIT", **filled | {"fill_id": held}),
            of(account, "position.protected", position_id=held, symbol="NONE"),
            of(account, "order.cancelled", order_id="none"),
            of(account, "position.protected", position_id="none", stop_loss="1"),
        ]
    )


DEEDS = [
    deeds.fill,
    deeds.adjustment,
    deeds.operator_act,
    deeds.kyc,
    deeds.order,
    deeds.protection,
    market_event,
    deeds.migration,
]
WEIGHTS = [46, 17, 8, 7, 3, 2, 7, 3]
