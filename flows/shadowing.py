"""Shadows: decisions under another ruleset version, beside the live ones and apart from them."""

from collections.abc import Sequence
from pathlib import Path

from flows.engines import EngineKind, ProgressKind, make_engine
from flows.failures import Failure
from flows.inputs import Rulebook, load_one_ruleset
from rules.api import Engine
from rules.finish import Finished, Finisher
from rules.shadow import Recast
from schemas.errors import InputError
from schemas.frames import Frame


def load_recast(files: Sequence[Path], rulebook: Rulebook, *, everyone: bool = False) -> Recast:
    """Load the versions that accounts are bound to instead.

    Raises:
        BadFile: naming the file, the line and the field that is wrong.
        Failure: two of them are for the same accounts.
    """
    try:
        targets = [load_one_ruleset(file) for file in files]
        return Recast(targets, rulebook.rulesets, everyone=everyone)
    except InputError as error:
        names = ", ".join(str(file) for file in files)
        raise Failure(f"{names}: {error.message}") from None


def make_shadow(
    kind: EngineKind,
    rulebook: Rulebook,
    progress: ProgressKind,
    files: Sequence[Path],
    out: Path | None,
) -> "Shadow | None":
    """Make the shadow a command asks for; None when it asks for none.

    Raises:
        BadFile: a version cannot be loaded.
        Failure: it says what to decide under and not where decisions go, or the other way round.
    """
    if bool(files) != (out is not None):
        raise Failure("--shadow and --shadow-out go together")
    return Shadow(kind, rulebook, load_recast(files, rulebook), progress) if files else None


class Shadow:
    """Judges a journal's accounts under other versions, frame by frame.

    Args:
        kind: which engine decides.
        rulebook: what holds before the journal starts.
        recast: who is bound to what instead.
        progress: when accounts report how far they are.
        live: the journal has no end, so nothing waits for it.
    """

    def __init__(
        self,
        kind: EngineKind,
        rulebook: Rulebook,
        recast: Recast,
        progress: ProgressKind,
        *,
        live: bool = False,
    ) -> None:
        self._recast = recast
        self._engine: Engine = make_engine(
            kind, rulebook.instruments, recast.shelf(), recast.owns, progress
        )
        self._finisher = Finisher(hold_last=not live)

    def take(self, frame: Frame) -> list[Finished]:
        """Judge a frame; return the decisions that became final."""
        outcome = self._engine.process(self._recast.frame(frame))
        finished, _ = self._finisher.add([outcome], frame.end)
        return finished

    def finish(self, through: int, position: int) -> list[Finished]:
        """Run what is due through the last accepted input, and report every account."""
        outcome = self._engine.finish(through, position, final_progress=True)
        return self._finisher.flush([outcome])
