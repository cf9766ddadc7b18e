"""What may happen in a random journal besides ticks; each deed returns the fields of an event."""

from decimal import Decimal
from random import Random
from typing import TYPE_CHECKING, Any

from rules.reference.account import Account
from schemas.instants import SECOND
from schemas.instruments import Instrument
from schemas.money import text
from tests.rules import plans
from tests.rules.plans import Raw

if TYPE_CHECKING:
    from tests.rules.journals import Writer

HOUR = 3600 * SECOND
NAMES = ["a0", "a1", "b-2", "ä3", "z4", *(f"n{number}" for number in range(20))]


def scaled(price: str, digits: int) -> int:
    """A price in 10^-digits."""
    return int(Decimal(price).scaleb(digits))


def unscaled(price: int, digits: int) -> str:
    """A price as text."""
    return text(Decimal(price).scaleb(-digits))


def some_account(writer: "Writer") -> Account:
    """Any account, a living one more often."""
    accounts = list(writer.engine.accounts.values())
    living = [account for account in accounts if account.live]
    return writer.rng.choice(living if living and writer.rng.random() < 0.9 else accounts)


def of(account: Account, kind: str, **fields: Any) -> Raw:
    """An event of an account."""
    return {"type": kind, "account_id": account.identity.account_id, **fields}


def opening(writer: "Writer") -> Raw:
    """An account opens, perhaps one that is there already."""
    rng = writer.rng
    document = rng.choice(writer.documents)
    fresh = [name for name in NAMES if name not in writer.engine.accounts]
    balance = rng.choice(["10000", "10000", "10000.0000001", "9999.99999999", "100000", "0"])
    if document["currency"] == "BTC":
        balance = rng.choice(["200", "3.00000001"])
    elif rng.random() < 0.04:
        balance = "9999999999.99999999"  # beyond what fits 64 bits in units, once it is geared
    event = {
        "type": "account.opened",
        "account_id": rng.choice(fresh if fresh and rng.random() < 0.9 else NAMES),
        "ruleset": f"{document['ruleset']}@{document['version']}",
        "initial_balance": balance,
    }
    if rng.random() < 0.5:
        event["position_mode"] = rng.choice(["netting", "hedging"])
    if rng.random() < 0.12:
        event["phase"] = "funded"
    if rng.random() < 0.15:
        event["overrides"] = _overrides(rng)
    if rng.random() < 0.2:
        event |= {"trader_id": "t", "firm_id": "f", "currency": document["currency"]}
    return event


def _overrides(rng: Random) -> Raw:
    changes: list[Raw] = [
        {"pct": rng.choice(plans.PCTS)},
        {"amount": "333.33"},
        {"comparator": "lte"},
        {"breach_kind": "flag"},
        {"reset_time": "17:00"},
        {"warn_at": ["0.5"]},
    ]
    return {f"r{rng.choice([0, 0, 1])}": rng.choice(changes)}


def fill(writer: "Writer") -> Raw:
    """A fill that opens, adds, closes or reverses."""
    rng, account = writer.rng, some_account(writer)
    held = list(account.ledger.positions.values())
    close = rng.choice(held) if held and rng.random() < 0.5 else None
    if close is not None:
        item, side = close.instrument, "sell" if close.side > 0 else "buy"
        qty = _closing_qty(rng, close.qty, item)
        position_id = close.id
    else:
        symbol = "UNIT" if rng.random() < 0.25 else rng.choice(sorted(writer.prices))
        item = writer.table[symbol]
        side, qty = rng.choice(["buy", "sell"]), _opening_qty(rng, account, item)
        position_id = rng.choice(["p1", "p2", "p3", None])
    price = max(1, writer.prices[item.symbol] + rng.choice([0, 0, 1, -1, 40, -40]))
    event = of(account, "fill", symbol=item.symbol, side=side, qty=text(qty))
    event |= {"fill_id": f"f{len(writer.entries)}", "price": unscaled(price, item.price_digits)}
    hedges = account.ledger.mode == "hedging" or (
        account.ledger.mode is None and rng.random() < 0.5
    )
    if position_id is not None and (hedges or rng.random() < 0.1):
        event["position_id"] = position_id
    return event | _extras(writer, account)


def _closing_qty(rng: Random, held: Decimal, item: Instrument) -> Decimal:
    step = Decimal(1).scaleb(-item.qty_digits)
    part = (held * rng.choice([1, 3, 5]) / 7).quantize(step)
    return rng.choice([held, held, held, max(step, part), held * 2, held + step])


def _opening_qty(rng: Random, account: Account, item: Instrument) -> Decimal:
    """About as much as the balance, or many times of it, or very little."""
    step = Decimal(1).scaleb(-item.qty_digits)
    if item.symbol == "UNIT" and rng.random() < 0.5:
        return Decimal(rng.choice(["1", "1", "2", "0.5"]))
    price = Decimal(plans.MARKET[item.symbol][1]) if item.kind == "linear" else Decimal(1)
    if item.quote == "JPY":
        price /= 150
    worth = (abs(account.ledger.initial) or Decimal(100)) * rng.choice([1, 5, 20]) / 4
    return max(step, min(Decimal(10) ** 9, worth / (price * item.contract_size)).quantize(step))


def _extras(writer: "Writer", account: Account) -> Raw:
    rng = writer.rng
    extras: Raw = {}
    if rng.random() < 0.25:
        extras["commission"] = rng.choice(
            ["0.00000001", "1.5", "-0.25", writer.random_amount(account)]
        )
    if rng.random() < 0.15:
        extras["swap"] = rng.choice(["-0.00000003", "2", "-3.33"])
    if rng.random() < 0.1:
        extras["realized_pnl"] = rng.choice(["0", "-12.5", writer.amount_to(account)])
    if rng.random() < 0.1:
        extras["order_id"] = rng.choice(["o1", "o2"])
    if rng.random() < 0.1:
        extras["stop_loss"] = rng.choice(["1", None])
    if rng.random() < 0.1:
        extras["reason"] = rng.choice(["stop_loss", "take_profit"])
    return extras


def adjustment(writer: "Writer") -> Raw:
    """Money moves: by a round amount, or to where something happens."""
    rng, account = writer.rng, some_account(writer)
    reason = rng.choice(
        ["payout", "payout", "withdrawal", "fee", "deposit", "bonus", "funding", "correction"]
    )
    amount = writer.random_amount(account)
    if rng.random() < 0.6:
        missing = Decimal(writer.amount_to(account))
        out = reason in {"payout", "withdrawal", "fee"}
        if reason in {"funding", "correction"} or (missing < 0) == out:
            amount = text(missing if reason in {"funding", "correction"} else abs(missing))
    event = of(account, "balance.adjusted", reason=reason, amount=amount if amount != "0" else "1")
    if reason == "payout" and rng.random() < 0.5:
        event["trader_share"] = text((Decimal(event["amount"]) * 4 / 5).quantize(Decimal("1E-8")))
    return event


def operator_act(writer: "Writer") -> Raw:
    """An operator acts, often without sense."""
    rng, account = writer.rng, some_account(writer)
    if account.state == "awaiting_kyc":
        return of(account, "kyc.updated", status="approved")
    action = {"active": ["suspend", "pause"], "paused": ["unpause"], "suspended": ["reinstate"]}
    known = action.get(account.state, ["unpause"])
    others = ["suspend", "reinstate", "pause", "unpause"]
    chosen = rng.choice(known if rng.random() < 0.8 else others)
    if rng.random() < 0.06:
        chosen = "close"
    return of(account, "account.overridden", action=chosen, operator="op", reason="why")


def migration(writer: "Writer") -> Raw:
    """An operator moves an account to another version."""
    rng, account = writer.rng, some_account(writer)
    document = rng.choice(writer.documents)
    target = f"{document['ruleset']}@{document['version']}"
    act = {"action": "migrate", "operator": "op", "reason": "why", "ruleset": target}
    return of(account, "account.overridden", **act)


def kyc(writer: "Writer") -> Raw:
    """An answer about who somebody is."""
    account = some_account(writer)
    answers = ["approved"] * 4 + ["pending", "rejected"]
    return of(account, "kyc.updated", status=writer.rng.choice(answers))


def order(writer: "Writer") -> Raw:
    """An order is placed, modified or cancelled."""
    rng, account = writer.rng, some_account(writer)
    fields = {"order_id": rng.choice(["o1", "o2"])}
    kind = rng.choice(["placed", "modified", "cancelled"])
    if kind == "placed":
        fields |= {"symbol": "UNIT", "side": "buy", "qty": "3"}
    elif kind == "modified":
        fields |= rng.choice([{"qty": "2"}, {"qty": None}, {"stop_loss": None}])
    return of(account, f"order.{kind}", **fields)


def protection(writer: "Writer") -> Raw:
    """A stop is set or removed."""
    rng, account = writer.rng, some_account(writer)
    held = account.ledger.positions
    named = {"position_id": rng.choice(sorted(held) or ["p1"])}
    if rng.random() < 0.4:
        named = {"symbol": "UNIT"}
    position = held.get(named.get("position_id", ""))
    item = writer.table["UNIT"] if position is None else position.instrument
    moved = writer.prices.get(item.symbol, 100) * rng.choice([97, 99, 101, 104]) // 100
    near = unscaled(max(1, moved), item.price_digits)
    return of(account, "position.protected", stop_loss=rng.choice(["1", None, near]), **named)
