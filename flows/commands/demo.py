"""``highwater demo``: the whole chain on this machine."""

import signal
from pathlib import Path
from typing import Annotated, NoReturn

import typer


def command(  # noqa: PLR0917 - options, not parameters
    accounts: Annotated[int, typer.Option(min=1, help="Traders who take part.")] = 2_000,
    seed: Annotated[int, typer.Option(min=0, help="The same seed plays the same.")] = 7,
    minutes: Annotated[float, typer.Option(min=0.05, help="Length of the show.")] = 0.75,
    speed: Annotated[float, typer.Option(min=0.1, help="Play it so many times faster.")] = 1.0,
    ticks: Annotated[
        Path | None, typer.Option(help="A recording to trade on, instead of the synthetic market.")
    ] = None,
    data_dir: Annotated[
        Path | None, typer.Option(help="Where everything goes; a temporary directory otherwise.")
    ] = None,
    engine: Annotated[str | None, typer.Option(help="fast or reference.")] = None,
) -> None:
    """Play a market with traders through the whole chain, and balance its books."""
    from rich.console import Console  # noqa: PLC0415 - a command loads what it needs

    from flows.demo.show import Options, run_demo  # noqa: PLC0415
    from flows.options import load_settings  # noqa: PLC0415

    signal.signal(signal.SIGTERM, _end)
    chosen = load_settings(engine=engine).engine
    options = Options(accounts, seed, minutes, speed, ticks, data_dir, chosen)
    raise typer.Exit(run_demo(options, Console()))


# As Ctrl-C does: unwinding ends the database, too, which outlives a process that just dies.
def _end(number: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + number)
