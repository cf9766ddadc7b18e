"""Moves of an account chain: where one is missing, the next begins where none has ended.

Those of one batch are held against each other here; where the first of each account begins is for
the database to say, which knows where the account stood.
"""

from collections.abc import Iterator

from sinks.received import Move
from sinks.tables import Record, Row

STAGE_MOVES = (
    "CREATE TEMP TABLE stage_moves (account_id text, seq bigint, log_offset bigint,"
    " from_state text) ON COMMIT DELETE ROWS"
)
COPY_MOVES = "COPY stage_moves (account_id, seq, log_offset, from_state) FROM STDIN"
# What the database has from later on says nothing about an earlier move.
FIND_BROKEN_MOVE = """
SELECT move.account_id, move.seq, move.from_state, coalesce(held.state, 'created')
FROM stage_moves move LEFT JOIN highwater.account_states held USING (account_id)
WHERE move.from_state <> CASE WHEN held.account_id IS NULL THEN 'created'
    WHEN (held.seq, held.log_offset) < (move.seq, move.log_offset) THEN held.state
    ELSE move.from_state END LIMIT 1"""


class OutOfStep(Exception):  # noqa: N818 - named after what it is
    """The database holds something else than what comes before this batch."""


class BrokenMove(OutOfStep):
    """An account moves from a state it is not in.

    Args:
        account_id, seq, began: of the move.
        ended: where the account is.
    """

    def __init__(self, account_id: str, seq: int, began: str, ended: str) -> None:
        super().__init__(
            f"account {account_id!r} moves from {began} at seq {seq}, but is {ended} here: "
            "moves are missing"
        )


class Moves:
    """The first move of each account, and the state the last one led to."""

    def __init__(self) -> None:
        self._first: dict[str, Row] = {}
        self._state: dict[str, str] = {}

    def __bool__(self) -> bool:
        """Tell whether there are any."""
        return bool(self._first)

    def add(self, record: Record) -> None:
        """Take in a move; they come in the order of the log.

        Raises:
            BrokenMove: the one before led to another state.
        """
        move: Move = record.value
        before = self._state.get(move.account_id)
        if before is None:
            first = move.account_id, move.seq, record.offset, move.from_state
            self._first[move.account_id] = first
        elif before != move.from_state:
            raise BrokenMove(move.account_id, move.seq, move.from_state, before)
        self._state[move.account_id] = move.to_state

    def rows(self) -> Iterator[Row]:
        """Yield what `COPY_MOVES` takes."""
        return iter(self._first.values())
