"""What the firm itself does to accounts: opens them, checks identities, pays out, corrects."""

from decimal import Decimal

from connectors.synthetic import fees
from connectors.synthetic.account import Account
from connectors.synthetic.agenda import Agenda
from connectors.synthetic.desk import Desk
from connectors.synthetic.draws import Draws
from connectors.synthetic.population import Member
from connectors.synthetic.quotes import CENT
from schemas.money import text

# reason -> (share of accounts that get one, lowest and highest part of the initial balance)
ADJUSTMENTS: tuple[tuple[str, float, float, float], ...] = (
    ("fee", 0.02, 0.0004, 0.0015),
    ("deposit", 0.01, 0.005, 0.02),
    ("bonus", 0.01, 0.002, 0.01),
    ("withdrawal", 0.005, 0.001, 0.004),
    ("correction", 0.01, -0.001, 0.001),
)


class BackOffice:
    """Plans and writes the firm's own events.

    Args:
        desk: for quotes and the outbox.
        agenda: where later acts are planned.
        draws: chance.
    """

    def __init__(self, desk: Desk, agenda: Agenda, draws: Draws) -> None:
        self._desk = desk
        self._outbox = desk.outbox
        self._agenda = agenda
        self._draws = draws

    def open(self, member: Member) -> None:
        """Open a member's account and plan what will happen to it later."""
        account = member.account
        self._outbox.emit(
            "account.opened",
            account,
            ruleset=account.plan.ruleset,
            initial_balance=text(account.plan.initial),
            **member.extras,
        )
        if account.funded:
            self._identify(account)
        for reason, share, low, high in ADJUSTMENTS:
            if self._draws.chance(share):
                part = Decimal(str(round(self._draws.between(low, high), 6)))
                self._later(15.0, 75.0, account, reason, part)

    def charge_funding(self, account: Account) -> None:
        """Book the funding of an account's open perpetual positions."""
        for held in account.positions.values():
            signed = held.side * held.qty
            amount = fees.funding(account.plan, self._desk.quotes, held.symbol, signed)
            if amount:
                self._adjust(account, "funding", amount)

    # A funded account is looked at soon; a few are refused, a few never hear anything.
    def _identify(self, account: Account) -> None:
        self._outbox.emit("kyc.updated", account, status="pending", tier="standard")
        fate = self._draws.unit()
        if fate > 0.95:
            return
        status = "approved" if fate < 0.90 else "rejected"

        def decide() -> None:
            self._outbox.emit("kyc.updated", account, status=status, tier="standard")

        now_ns = self._outbox.now_ns
        self._agenda.after(now_ns, self._draws.between(0.5, 6.0), decide)
        if status == "approved":
            self._agenda.after(now_ns, self._draws.between(30.0, 80.0), lambda: self._pay(account))

    # Half of the profit, of which the trader gets four fifths.
    def _pay(self, account: Account) -> float | None:
        profit = account.cash - account.plan.initial
        if profit * 200 < account.plan.initial:
            return 20.0
        amount = (profit / 2).quantize(CENT)
        share = (amount * 4 / 5).quantize(CENT)
        self._adjust(account, "payout", amount, trader_share=text(share))
        return None

    def _later(self, low: float, high: float, account: Account, reason: str, part: Decimal) -> None:
        amount = (account.plan.initial * part).quantize(CENT)
        if amount:
            wait_s = self._draws.between(low, high)
            now_ns = self._outbox.now_ns
            self._agenda.after(now_ns, wait_s, lambda: self._adjust(account, reason, amount))

    def _adjust(self, account: Account, reason: str, amount: Decimal, **more: object) -> None:
        account.cash += -amount if reason in ("payout", "withdrawal", "fee") else amount
        body = {"amount": text(amount), "reason": reason} | more
        self._outbox.emit("balance.adjusted", account, **body)
