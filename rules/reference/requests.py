"""What an account event asks for: checked first, carried out after, so a refusal changes nothing.

Session boundaries due before an event may change what is possible (a pause ends, an account
breaches). An operator's act and a KYC answer depend on the state, so they are tried on a copy that
has seen those boundaries; nothing else an account may refuse depends on them.
"""

from collections.abc import Callable
from copy import deepcopy

from rules.reference import acts, booking
from rules.reference.account import Account
from rules.reference.market import Market
from rules.reference.shelf import Shelf
from rules.reference.step import Step
from schemas.errors import InputError
from schemas.events import (
    AccountEvent,
    AccountOpened,
    AccountOverridden,
    BalanceAdjusted,
    Fill,
    KycUpdated,
    OrderCancelled,
    OrderModified,
    OrderPlaced,
    PositionProtected,
)

Act = Callable[[Step], Account]
_Change = Callable[[Account, Step], None]


def opening(event: AccountOpened, shelf: Shelf) -> Act:
    """Return how to open the account.

    Raises:
        InputError: ``unknown_ruleset``, ``unknown_phase``, ``currency_mismatch`` or, for its
            overrides, ``bad_value``.
    """
    ruleset = shelf.get(event.ruleset)
    phase = ruleset.phase(event.phase)
    if event.currency not in (None, ruleset.currency):
        message = f"{ruleset.ref} is in {ruleset.currency}, not {event.currency}"
        raise InputError("currency_mismatch", message, "currency")
    phase = ruleset.customised(phase, event.overrides or {})
    return lambda step: Account(event, ruleset, phase, step)


def request(event: AccountEvent, account: Account, shelf: Shelf, market: Market, ts: int) -> Act:
    """Return how to carry out an event on an open account at the effective time ``ts``.

    Raises:
        InputError: the account refuses it; nothing has changed.
    """
    if isinstance(event, KycUpdated | AccountOverridden):
        act = _state_act(event, shelf)
        _try(act, account, market, ts)
    else:
        act = _booking(event, account, market)

    def carry_out(step: Step) -> Account:
        act(account, step)
        return account

    return carry_out


def _booking(event: AccountEvent, account: Account, market: Market) -> _Change:
    if isinstance(event, Fill):
        if event.symbol not in market.instruments:
            raise InputError("unknown_symbol", f"`{event.symbol}` is not listed", "symbol")
        plan = account.ledger.plan(event, market)
        return lambda account, step: booking.fill(account, plan, event, step)
    if isinstance(event, BalanceAdjusted):
        return lambda account, step: booking.adjust(account, event, step)
    if isinstance(event, PositionProtected):
        held = account.ledger.find(event.position_id, event.symbol)
        held.instrument.check_decimals(event)
        return lambda account, step: booking.protect(account, event, step)
    assert isinstance(event, OrderPlaced | OrderModified | OrderCancelled)
    account.orders.check(event)
    if isinstance(event, OrderModified):
        market.instruments[account.orders.orders[event.order_id].symbol].check_decimals(event)
    return lambda account, step: booking.order(account, event, step)


def _state_act(event: KycUpdated | AccountOverridden, shelf: Shelf) -> _Change:
    if isinstance(event, KycUpdated):
        return lambda account, step: acts.kyc(account, event, step)
    target = None if event.ruleset is None else shelf.get(event.ruleset)
    return lambda account, step: acts.override(account, event, step, target)


def _try(act: _Change, account: Account, market: Market, ts: int) -> None:
    trial = deepcopy(account)
    while trial.next_due <= ts:
        trial.boundary(Step(trial.next_due, 0, market, dict, derived=True))
    act(trial, Step(ts, 0, market, dict))
