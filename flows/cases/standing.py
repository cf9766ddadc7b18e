"""An account of a case, made to stand at any balance and equity a case tells.

Equity alone moves by a tick. Balance moves by a fill that books the difference as realised P/L and
turns the position around: the other side opens at the price that leaves exactly the wanted
floating P/L. So no standing between the old and the new one is ever seen, which might raise a
high-water mark or breach.
"""

from decimal import Decimal

from flows.cases.story import PRICE, SYMBOL, Story

ACCOUNT = "case"


class Standing:
    """One account and its only position, of size 1.

    Args:
        story: where its entries go.
        initial: initial balance.
        opened: when it is opened, ns.
        flat_when_even: close the position whenever nothing is to float.
    """

    def __init__(
        self, story: Story, initial: Decimal, opened: int, *, flat_when_even: bool = False
    ) -> None:
        self._story = story
        self._flat_when_even = flat_when_even
        self._mark = self._entry = PRICE
        self._side = 0
        self._fills = 0
        self.balance = initial
        fields = {"ruleset": "case@1", "initial_balance": initial, "position_mode": "netting"}
        story.event(opened, "account.opened", {"account_id": ACCOUNT, **fields})
        story.tick(opened, PRICE)

    @property
    def equity(self) -> Decimal:
        """Balance and floating P/L."""
        return self.balance + self._side * (self._mark - self._entry)

    def move(self, ts: int, balance: Decimal, equity: Decimal) -> None:
        """Stand at this balance and equity from ``ts`` on."""
        floating, booked = equity - balance, balance - self.balance
        if not self._side:
            self._side, self._entry = 1, self._mark
            self._fill(ts, 1, self._entry)
        if self._flat_when_even and not floating:
            self._side = -self._side
            self._fill(ts, 1, self._mark, booked)
            self._side = 0
        elif booked:
            self._side = -self._side
            self._entry = self._mark - self._side * floating
            self._fill(ts, 2, self._entry, booked)
        else:
            self._mark = self._entry + self._side * floating
            self._story.tick(ts, self._mark)
            self._report(ts)
        self.balance = balance

    def adjust(self, ts: int, reason: str, amount: Decimal, share: Decimal | None = None) -> None:
        """Pay money out or in."""
        fields = {"account_id": ACCOUNT, "reason": reason, "amount": amount}
        shared = {} if share is None else {"trader_share": share}
        self._story.event(ts, "balance.adjusted", {**fields, **shared})
        self.balance += amount if reason in {"deposit", "bonus"} else -amount

    def cross(self, boundary: int) -> None:
        """Let a session boundary pass."""
        self._story.event(boundary, "clock", {})

    def _fill(self, ts: int, qty: int, price: Decimal, booked: Decimal | None = None) -> None:
        self._fills += 1
        side = "buy" if self._side > 0 else "sell"
        fields = {"fill_id": f"f{self._fills}", "symbol": SYMBOL, "side": side, "qty": str(qty)}
        result = {} if booked is None else {"realized_pnl": booked}
        self._story.event(ts, "fill", {"account_id": ACCOUNT, **fields, "price": price, **result})

    # An event that changes nothing: after its own events, not after ticks, an account reports.
    def _report(self, ts: int) -> None:
        self._story.event(ts, "kyc.updated", {"account_id": ACCOUNT, "status": "pending"})
