"""What people see of a running demo: a live table on a terminal, a quiet line elsewhere."""

import time
from typing import NamedTuple, Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from flows.demo.watch import Latency, Near, Watch

REFRESH_S = 0.25
QUIET_S = 5.0
_ROWS = 8


class Moment(NamedTuple):
    """Where the show is.

    Attributes:
        part: what is happening, in a word or two.
        seconds: since the feed began.
        ticks, events: fed so far.
        ticks_per_second: lately.
        market_ts: time in the market.
    """

    part: str
    seconds: float
    ticks: int
    events: int
    ticks_per_second: float
    market_ts: str


class View(Protocol):
    """Shows moments as they pass."""

    def show(self, moment: Moment, watch: Watch) -> None:
        """Show this one, if it is time."""

    def close(self) -> None:
        """Leave the last one standing."""


def make_view(console: Console) -> View:
    """Return the view that fits the output."""
    return LiveView(console) if console.is_terminal else QuietView(console)


class QuietView:
    """A line every few seconds, for pipes and logs."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._due = 0.0
        self._part = ""

    def show(self, moment: Moment, watch: Watch) -> None:
        """Print a line if it is time, or something new begins."""
        now = time.monotonic()
        if now < self._due and moment.part == self._part:
            return
        self._due, self._part = now + QUIET_S, moment.part
        watch.look()
        self._console.print(f"{_summary(moment, watch)}", highlight=False, soft_wrap=True)

    def close(self) -> None:
        """Nothing stands."""


class LiveView:
    """A table that is drawn again a few times a second."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, auto_refresh=False)
        self._live.start()
        self._due = 0.0

    def show(self, moment: Moment, watch: Watch) -> None:
        """Draw the table if it is time."""
        now = time.monotonic()
        if now < self._due:
            return
        watch.look()
        self._live.update(_page(moment, watch), refresh=True)
        self._due = time.monotonic() + REFRESH_S

    def close(self) -> None:
        """Stop drawing."""
        self._live.stop()


def _page(moment: Moment, watch: Watch) -> Group:
    title = Text(f"Highwater  {moment.market_ts}", style="bold")
    return Group(title, Text(_summary(moment, watch)), _nearest(watch), _latest(watch))


def _summary(moment: Moment, watch: Watch) -> str:
    counts = watch.counts
    return (
        f"{moment.seconds:5.1f} s  {moment.part:<9} {moment.ticks:>7,} ticks "
        f"({moment.ticks_per_second:,.0f}/s)  {moment.events:,} events  {watch.accounts:,} accounts"
        f"  {counts['breach']:,} breaches  {counts['warning']:,} warnings"
        f"  {counts['dead_letter']:,} dead letters  decided in {_latency(watch.latency)}"
    )


def _latency(latency: Latency | None) -> str:
    return "–" if latency is None else f"p50 {latency.p50} ms, p99 {latency.p99} ms"


def _nearest(watch: Watch) -> Table:
    table = Table(title="Nearest to their floor", title_justify="left", expand=True)
    for name in ("account", "firm", "phase", "rule"):
        table.add_column(name)
    for name in ("used", "room", "equity"):
        table.add_column(name, justify="right")
    for near in watch.nearest(_ROWS):
        table.add_row(
            near.account_id,
            near.firm_id,
            near.phase,
            near.rule,
            _used(near),
            _money(near.room),
            _money(near.equity),
        )
    return table


def _used(near: Near) -> Text:
    style = "red" if near.used >= 0.8 else "yellow" if near.used >= 0.5 else ""
    return Text(f"{near.used:.0%}", style=style)


def _latest(watch: Watch) -> Table:
    table = Table(title="Latest breaches", title_justify="left", expand=True)
    for name in ("time", "account", "ruleset", "rule", "kind"):
        table.add_column(name)
    for name in ("observed", "floor", "beyond by"):
        table.add_column(name, justify="right")
    for breach in watch.breaches:
        table.add_row(
            breach["ts"][5:19].replace("T", " "),
            breach["account_id"],
            breach["ruleset"],
            breach["rule"],
            breach["breach_kind"],
            _money(breach["observed"]),
            _money(breach["floor"]),
            _money(breach["overshoot"]),
        )
    return table


# For the eye only: the exact amount is in the decision.
def _money(amount: str | None) -> str:
    return "–" if amount is None else f"{float(amount):,.2f}"
