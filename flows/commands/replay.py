"""``highwater replay``: recorded ticks and account events in, decisions as JSON Lines out."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from flows.commands.choices import EngineChoice, ProgressChoice
from flows.failures import Failure

_STDOUT = Path("-")


def command(  # noqa: PLR0917 - the options of the contract
    instruments: Annotated[Path, typer.Option(help="Instruments, a YAML list.")],
    rulesets: Annotated[Path, typer.Option(help="Directory of rulesets, YAML or JSON.")],
    ticks: Annotated[
        list[Path] | None, typer.Option(help="Ticks: CSV, CSV.gz, CSV.zst, Parquet; repeatable.")
    ] = None,
    events: Annotated[
        list[Path] | None, typer.Option(help="Account events: JSON Lines; repeatable.")
    ] = None,
    engine: Annotated[EngineChoice | None, typer.Option(help="Which engine decides.")] = None,
    workers: Annotated[int, typer.Option(min=1, max=64, help="Processes to use.")] = 1,
    out: Annotated[Path, typer.Option(help="Where decisions go; - is stdout.")] = _STDOUT,
    dead_letters: Annotated[
        Path | None, typer.Option(help="Where refused inputs go; - is stdout.")
    ] = None,
    progress: Annotated[
        ProgressChoice, typer.Option(help="When accounts report how far they are.")
    ] = ProgressChoice.boundary,
    shadow: Annotated[
        list[Path] | None,
        typer.Option(help="Another ruleset version to decide under as well; repeatable."),
    ] = None,
    shadow_out: Annotated[
        Path | None, typer.Option(help="Where decisions under it go; - is stdout.")
    ] = None,
    frame_rows: Annotated[int, typer.Option(min=1, max=1 << 24, hidden=True)] = 65_536,
) -> None:
    """Decide over recorded ticks and account events."""
    from flows.commands.output import JsonLines, progress_bar, say  # noqa: PLC0415
    from flows.crew import Setup  # noqa: PLC0415
    from flows.engines import DEFAULT_ENGINE  # noqa: PLC0415
    from flows.inputs import load_rulebook, open_journal  # noqa: PLC0415
    from flows.replay import Replay  # noqa: PLC0415
    from flows.shadowing import make_shadow  # noqa: PLC0415

    inputs = [*(ticks or []), *(events or [])]
    if not inputs:
        raise Failure("nothing to replay: give --ticks, --events or both")
    rulebook = load_rulebook(instruments, rulesets)
    if not rulebook.rulesets:
        say(f"{rulesets}: holds no ruleset, only those the events publish will be known")
    kind = engine.value if engine else DEFAULT_ENGINE
    beside = make_shadow(kind, rulebook, progress.value, shadow or [], shadow_out)
    _refuse_same(shadow_out, out, dead_letters)
    journal = open_journal(rulebook.instruments, ticks or [], events or [])
    setup = Setup(kind, rulebook, progress.value)
    run = Replay(setup, journal, workers=workers, frame_rows=frame_rows, shadow=beside)
    with ExitStack() as stack:
        protected = [instruments, *inputs, *(shadow or [])]
        decisions = stack.enter_context(JsonLines(out, protected))
        letters = None
        if dead_letters is not None:
            same = dead_letters == out
            letters = decisions if same else stack.enter_context(JsonLines(dead_letters, protected))
        shadows = None
        if shadow_out is not None:
            shadows = stack.enter_context(JsonLines(shadow_out, protected))
        advance = stack.enter_context(progress_bar("replay", journal.size))
        for piece in run.pieces():
            decisions.write(done.line for done in piece.decisions)
            if letters is not None:
                letters.write(letter.to_json() for letter in piece.dead_letters)
            if shadows is not None:
                shadows.write(done.line for done in piece.shadow)
            advance(journal.done)
    say(run.summary.line())


# What is decided for good and what is only tried out must never stand in one file.
def _refuse_same(shadow_out: Path | None, *others: Path | None) -> None:
    taken = {other.resolve() for other in others if other is not None}
    if shadow_out is not None and shadow_out.resolve() in taken:
        raise Failure(f"{shadow_out}: is where decisions or dead letters go")
