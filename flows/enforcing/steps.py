"""The steps of one intervention: disable, cancel, close, protect again, tell.

Each may be taken a second time after a crash: a close and a stop are orders with names that follow
from the intervention, so that the venue itself knows whether they were ever sent.
"""

import asyncio
from collections.abc import Awaitable, Callable
from decimal import Decimal
from functools import partial
from typing import NamedTuple

from connectors.venues.abstract import (
    Definite,
    NotOffered,
    OrderState,
    Position,
    VenueAccount,
    VenueError,
)
from connectors.venues.budget import Rank, urgent
from connectors.venues.client_ids import client_order_id
from flows.enforcing.retrying import Patience
from sinks.enforcements import EnforcementWork, Job

ROUNDS = 20
"""So often positions are read and closed; a market order that fills in part takes several."""
_REFUSALS = 3


class Outcome(NamedTuple):
    """What came of an intervention, and why.

    Attributes:
        state: `confirmed`; `failed` when the venue said no, and will say so again;
            `needs_operator` when something is left, or nobody knows whether it is.
    """

    state: str
    reason: str = ""


class Unfinished(Exception):  # noqa: N818 - says what is left
    """The steps were taken, and something is left that an operator must see to."""


class Steps:
    """Carries out one intervention at the venue of its account.

    Args:
        job: what is to be done.
        work: its row, and the fence before everything that is sent.
        account: where.
        patience: with the venue.
        notify: tells people.
    """

    def __init__(
        self,
        job: Job,
        work: EnforcementWork,
        account: VenueAccount,
        patience: Patience,
        notify: Callable[[Job], None],
    ) -> None:
        self._job = job
        self._work = work
        self._account = account
        self._patience = patience
        self._notify = notify
        self._orders = list(job.orders)
        self._done: dict[str, int] = {}

    @property
    def orders(self) -> list[tuple[str, str]]:
        """Symbol and client id of every order that may have been sent."""
        return [(symbol, name) for symbol, _, name in (o.rpartition(" ") for o in self._orders)]

    async def run(self) -> Outcome:
        """Take the steps in their order; people are told whatever came of the others."""
        steps: dict[str, Callable[[], Awaitable[None]]] = {
            "disable_trading": self._disable,
            "cancel_orders": self._cancel,
            "close_positions": self._close,
            "reapply_stop": self._protect,
        }
        outcome = Outcome("confirmed")
        with urgent(Rank.LIQUIDATION, self._job.at_risk):
            await self._settle()
            for action in self._job.actions:
                if action == "notify":
                    self._notify(self._job)
                elif outcome.state == "confirmed":
                    outcome = await self._take(action, steps[action])
        return outcome

    async def _take(self, action: str, step: Callable[[], Awaitable[None]]) -> Outcome:
        try:
            await step()
        except Definite as error:
            return Outcome("failed", f"{action}: refused: {error}")
        except VenueError as error:
            return Outcome("needs_operator", f"{action}: the venue did not answer: {error}")
        except Unfinished as error:
            return Outcome("needs_operator", f"{action}: {error}")
        return Outcome("confirmed")

    # What a process that died has sent may still be on its way.
    async def _settle(self) -> None:
        if self._job.sent_s is not None:
            await asyncio.sleep(max(0.0, self._patience.settle_s - self._job.sent_s))

    async def _disable(self) -> None:
        await self._work.sending(self._job, "disable_trading")
        try:
            await self._patience.ask(self._account.disable)
        except NotOffered as error:
            await self._work.note(self._job, f"disable_trading: {error}")

    async def _cancel(self) -> None:
        await self._work.sending(self._job, "cancel_orders")
        await self._patience.ask(self._account.cancel_all)

    async def _close(self) -> None:
        refused: dict[str, int] = {}
        for number in range(ROUNDS):
            # Others are still to be closed while this one is only looked at again.
            with urgent(Rank.CHECK if number else Rank.LIQUIDATION, self._job.at_risk):
                positions = await self._patience.ask(self._account.positions)
            if not positions:
                return
            for position in positions:
                name = _name(position)
                try:
                    await self._close_one(position, name)
                except Definite:
                    # Perhaps it was closed meanwhile: positions tell.
                    refused[name] = refused.get(name, 0) + 1
                    if refused[name] == _REFUSALS:
                        raise
        raise Unfinished(f"positions are left after {ROUNDS} rounds")

    async def _close_one(self, position: Position, name: str) -> None:
        close = partial(self._account.close, position)
        number = self._done.get(name, 0)
        await self._order("close_positions", (position.symbol, name), close, self._account.find)
        self._done[name] = number + 1

    async def _protect(self) -> None:
        if not self._job.stops:
            raise Unfinished("the breach names no stop")
        held = await self._patience.ask(self._account.positions)
        for stop in self._job.stops:
            wanted = [p for p in held if (p.symbol, p.side) == (stop["symbol"], stop["side"])]
            if not wanted:
                await self._work.note(self._job, f"reapply_stop: no {stop['symbol']} is held")
                continue
            position = wanted[0]
            qty = min(position.qty, Decimal(stop["qty"]))
            level = Decimal(stop["stop_loss"])
            protect = partial(self._set_stop, position._replace(qty=qty), level)
            place = (position.symbol, f"{_name(position)}/{stop['position_id']}")
            await self._order("reapply_stop", place, protect, self._account.find_stop, ends=False)

    async def _set_stop(self, position: Position, stop: Decimal, client_id: str) -> OrderState:
        made = await self._account.set_stop(position, stop, client_id)
        return made._replace(status="filled") if made.status == "open" else made

    async def _order(
        self,
        step: str,
        position: tuple[str, str],
        send: Callable[[str], Awaitable[OrderState]],
        find: Callable[[str, str], Awaitable[OrderState | None]],
        *,
        ends: bool = True,
    ) -> None:
        symbol, name = position
        number = self._done.get(name, 0)
        client_id = client_order_id(self._job.intervention_id, step, name, number)

        async def fenced() -> OrderState:
            await self._work.sending(self._job, step, f"{symbol} {client_id}")
            return await send(client_id)

        async def found() -> OrderState | None:
            state = await find(symbol, client_id)
            # A stop that works is what was wanted; a market order is to end.
            return state if ends or state is None else state._replace(status="filled")

        noted = f"{symbol} {client_id}"
        if noted not in self._orders:
            self._orders.append(noted)
        await self._patience.order(fenced, found, perhaps_sent=noted in self._job.orders)


def _name(position: Position) -> str:
    return f"{position.symbol}/{position.side}/{position.position_id}"
