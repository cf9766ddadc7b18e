"""What an engine takes and gives: the seam between the pure rules and everything around them.

An engine reads journal frames and answers with decisions and rejections. It counts journal
*positions*; a decision's public ``seq`` counts accepted inputs over all key groups, which one
engine alone cannot know. So bodies hold :class:`At` and :class:`DecisionRef` placeholders, and
``rules.finish`` puts the numbers in once every group has reported a frame.
"""

from typing import Any, NamedTuple, Protocol

from schemas.frames import Frame

NEVER = 2**63 - 1
"""An instant after every other (int64 nanoseconds)."""


class At(int):
    """A journal position inside a decision's body, to be replaced by its ``seq``."""

    __slots__ = ()


class DecisionRef(NamedTuple):
    """Names a decision of the same account before its id can be known."""

    ts: int
    position: int
    derived: bool
    ordinal: int
    type: str


class Decision(NamedTuple):
    """One decision as an engine makes it: where it stands in the order, and its body."""

    ts: int
    position: int
    derived: bool
    account_id: str
    ordinal: int
    body: dict[str, Any]


class Rejection(NamedTuple):
    """An entry that its account refused: it changes nothing and is no accepted input."""

    position: int
    code: str
    path: str
    message: str


class Outcome(NamedTuple):
    """What one key group has to say about one frame.

    ``next_due`` is the earliest session boundary the group has not yet processed: no later
    outcome of this group can hold a decision before it.
    """

    decisions: list[Decision]
    rejections: list[Rejection]
    next_due: int


class Engine(Protocol):
    """A key group's engine: the slow and the fast one are interchangeable."""

    def process(self, frame: Frame) -> Outcome:
        """Apply one frame. Frames must arrive in journal order, without a gap."""

    def finish(self, through: int, position: int, final_progress: bool) -> Outcome:
        """Run the boundaries due through the last accepted input, then report progress.

        Args:
            through: instant of the last accepted input, ns.
            position: its journal position.
            final_progress: emit the progress of every account, as a replay does at its end.
        """
