"""The book of the kernel: what it must know of every account, in columns."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rules.engine import linking
from rules.engine.band_pool import BandPool
from rules.engine.columns import (
    ACCOUNT,
    CONVERTED,
    LEG,
    MID,
    QUEUED,
    REAL,
    ROW,
    BookColumns,
    aligned,
)
from rules.engine.legs import Leg, fit_leg, record, unrecord
from rules.engine.pool import Pool, slots_for
from rules.engine.rows import Row, records
from rules.engine.tape import Tape


class Book:
    """Accounts with their legs and rules.

    Args:
        accounts: how many accounts there is room for; they are named by index.
        tape: the tape they are judged on.
    """

    def __init__(self, accounts: int, tape: Tape) -> None:
        self.tape = tape
        self.columns = BookColumns(
            accounts=aligned(accounts, ACCOUNT),
            legs=aligned(64, LEG),
            bands=np.full(128, -1, dtype=np.int32),
            rows=aligned(64, ROW),
        )
        self.bands = BandPool(tape)
        self.queue = np.zeros(accounts, dtype=np.int32)
        self.queued = 0
        self.most_legs = 1
        self.refused: list[int] = []
        self._legs, self._rows = Pool(), Pool()

    @property
    def accounts(self) -> NDArray[Any]:
        """The account records: ACCOUNT[accounts]."""
        return self.columns.accounts

    def put(
        self,
        account: int,
        at: int,
        balance: int,
        constant: int,
        legs: Sequence[Leg],
        rows: list[Row],
    ) -> bool:
        """Replace everything the kernel knows of an account, as it is after ticks [0, at).

        Args:
            account: its index.
            at: tick index on the tape.
            balance: units.
            constant: units, P/L that no price moves.
            legs: its positions, from `prepare_leg`.
            rows: its rules.

        Returns:
            False when a number is out of range: the kernel does not know the account then.
        """
        self._set_legs(account, legs)
        return self.adjust(account, at, balance, constant, rows)

    def adjust(self, account: int, at: int, balance: int, constant: int, rows: list[Row]) -> bool:
        """Replace an account's money and rules and keep its legs; see `put`."""
        rules = records(rows)
        if rules is None or abs(balance) >= REAL or abs(constant) >= REAL:
            self.drop(account)
            return False
        held = self.columns.accounts[account]
        start, count = int(held["row_start"]), int(held["row_count"])
        if not count or not rows or slots_for(count) != slots_for(len(rows)):
            self._rows.give(start, count)
            start = self._rows.take(len(rows))
            self._grow("rows", self._rows.end)
        self.columns.rows[start : start + len(rows)] = rules
        held["row_start"], held["row_count"] = start, len(rows)
        held["balance"], held["base"] = balance, balance + constant
        return self.arm(np.array([account], dtype=np.int32), at) == 0

    def adjust_all(
        self,
        accounts: NDArray[np.int32],
        at: NDArray[np.int64],
        balances: list[int],
        rows: list[Any],
    ) -> None:
        """Replace money and rules of many accounts, as many rows of each as before.

        Args:
            accounts: int32[k].
            at: int64[k], tick index on the tape.
            balances: units, one each.
            rows: fields of ROW, those of the first account first.
        """
        if not len(accounts):
            return
        held = self.columns.accounts
        counts = held["row_count"][accounts]
        first = held["row_start"][accounts] - np.cumsum(counts) + counts
        places = np.repeat(first, counts) + np.arange(len(rows))
        self.columns.rows[places] = np.array(rows, dtype=ROW)
        held["balance"][accounts] = held["base"][accounts] = balances
        self.arm(accounts, at)

    def arm(self, accounts: NDArray[np.int32], at: int | NDArray[np.int64]) -> int:
        """Make accounts ready whose columns were written in bulk; return how many were refused."""
        places = at if isinstance(at, np.ndarray) else np.full(len(accounts), at, np.int64)
        self.queued, refused = linking.arm(self.columns, self.queue, self.queued, accounts, places)
        return int(refused)

    def drop(self, account: int) -> None:
        """Forget an account until it is put again."""
        self._set_legs(account, ())
        self.columns.accounts[account]["flags"] &= QUEUED

    def drop_all(self, accounts: NDArray[np.int32]) -> None:
        """Forget many accounts, as ``drop`` does one."""
        held = self.columns.accounts
        linking.unlink(self.columns, self.bands.columns, accounts)
        starts, counts = held["leg_start"][accounts].tolist(), held["leg_count"][accounts].tolist()
        for start, count in zip(starts, counts, strict=True):
            self._legs.give(start, count)
        held["leg_start"][accounts] = held["leg_count"][accounts] = 0
        held["flags"][accounts] &= QUEUED

    def high(self, account: int) -> tuple[int, int]:
        """Return the maximum of equity since `put`, and the tick (all tapes) that set it or -1."""
        held = self.columns.accounts[account]
        return int(held["high"]), int(held["high_tick"])

    def load(
        self,
        accounts: NDArray[np.int32],
        at: int,
        money: NDArray[np.int64],
        legs: tuple[NDArray[Any], NDArray[np.int32]],
        rows: tuple[NDArray[Any], NDArray[np.int32]],
    ) -> int:
        """Put many accounts at once that the book does not know yet; return how many were refused.

        Args:
            accounts: int32[k].
            at: tick index on the tape.
            money: int64[k, 2], balance and constant.
            legs: (LEG[sum], int32[k] how many each account has).
            rows: (ROW[sum], int32[k]).
        """
        held = self.columns.accounts
        leg_start = self._legs.take_block(len(legs[0]))
        row_start = self._rows.take_block(len(rows[0]))
        self._grow("legs", self._legs.end)
        self._grow("rows", self._rows.end)
        self.columns.legs[leg_start : self._legs.end] = legs[0]
        self.columns.rows[row_start : self._rows.end] = rows[0]
        held["leg_count"][accounts] = legs[1]
        held["leg_start"][accounts] = leg_start + np.cumsum(legs[1]) - legs[1]
        held["row_count"][accounts] = rows[1]
        held["row_start"][accounts] = row_start + np.cumsum(rows[1]) - rows[1]
        held["balance"][accounts] = money[:, 0]
        held["base"][accounts] = money.sum(axis=1)
        self.most_legs = max(self.most_legs, int(legs[1].max(initial=0)))
        self._use_series(legs[0])
        self.bands.rebuild(self.columns)
        return self.arm(accounts, at)

    def rebound(self) -> None:
        """Prepare the legs again whose symbols passed their price limits.

        Accounts that do not fit any more are dropped and named in `refused`.
        """
        moved = np.flatnonzero(self.tape.widened)
        self.tape.widened[:] = 0
        used = self.columns.legs[: self._legs.end]
        touched = np.isin(used["symbol"], moved) | np.isin(used["rate"], moved)
        touched &= self.columns.bands[: 2 * self._legs.end : 2] >= 0
        unfit = set()
        for slot in np.flatnonzero(touched).tolist():
            leg = unrecord(used[slot])
            rate = self.tape.bounds(leg.rate) if leg.kind & CONVERTED else None
            fitted = fit_leg(leg, self.tape.bounds(leg.symbol), rate)
            if fitted is None:
                unfit.add(int(self.bands.columns.account[self.columns.bands[2 * slot]]))
            else:
                used[slot] = record(fitted)
        holders = self.bands.holders(self.columns, np.flatnonzero(touched))
        refit = np.setdiff1d(holders, np.fromiter(unfit, np.int32, len(unfit)))
        refused = np.zeros(len(refit), dtype=np.uint8)
        linking.measure(self.columns, refit.astype(np.int32), refused)
        for account in sorted(unfit) + refit[refused != 0].tolist():
            self.drop(account)
            self.refused.append(account)

    def _set_legs(self, account: int, legs: Sequence[Leg]) -> None:
        held = self.columns.accounts[account]
        start, count = int(held["leg_start"]), int(held["leg_count"])
        if count:
            linking.unlink(self.columns, self.bands.columns, np.array([account], np.int32))
        if not count or not legs or slots_for(count) != slots_for(len(legs)):
            self._legs.give(start, count)
            start = self._legs.take(len(legs))
            self._grow("legs", self._legs.end)
        held["leg_start"], held["leg_count"] = start, len(legs)
        if not legs:
            return
        fields = np.array([record(leg) for leg in legs], dtype=LEG)
        self.columns.legs[start : start + len(legs)] = fields
        self.most_legs = max(self.most_legs, len(legs))
        self._use_series(fields)
        if linking.link(self.columns, self.bands.columns, account) >= 0:
            self.bands.rebuild(self.columns)  # links every account, this one too

    def _use_series(self, legs: NDArray[Any]) -> None:
        marks = legs["symbol"].astype(np.int64) * 4 + legs["series"]
        rates = legs["rate"][legs["kind"] & CONVERTED != 0].astype(np.int64) * 4 + MID
        for series in np.unique(np.concatenate([marks, rates])).tolist():
            self.tape.use(series)

    def _grow(self, name: str, slots: int) -> None:
        old = getattr(self.columns, name)
        if slots <= len(old):
            return
        room = max(slots, 2 * len(old))
        new = aligned(room, old.dtype)
        new[: len(old)] = old
        self.columns = self.columns._replace(**{name: new})
        if name == "legs":
            bands = np.full(2 * room, -1, dtype=np.int32)
            bands[: 2 * len(old)] = self.columns.bands
            self.columns = self.columns._replace(bands=bands)
