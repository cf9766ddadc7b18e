"""A breach in the terminal."""

from typing import Any

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from flows.explain.figures import amount, close_up, day, moment, span, time_of
from flows.explain.plot import axis, plot
from flows.explain.words import KINDS, entry_in_words, fact_in_words

_STYLES = {
    "equity": "bold cyan",
    "floor": "red",
    "metric": "magenta",
    "other": "bright_black",
    "breach": "bold red",
    "": "bright_black",
}
_ROWS = 14
_LABEL = 24


def show(story: dict[str, Any], console: Console) -> None:
    """Print a story."""
    console.print(_head(story))
    for title, chart in charts(story):
        console.print(_chart(title, chart, console.width))
    console.print(_timeline(story))
    if story["breach"]["evidence"]["positions"]:
        console.print(_positions(story))
    console.print(_rule(story))
    console.print(_verdict(story))


def charts(story: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the charts to draw: the session, and the last moments if they are few of many."""
    chart, around = story["chart"], 6
    found = [("Equity and floors, until shortly after the breach", chart)]
    if len(chart["equity"]) > 4 * around:
        found.append(("The last ticks", close_up(chart, around)))
    return found


def _head(story: dict[str, Any]) -> Panel:
    breach = story["breach"]
    trader = f", trader {breach['trader_id']}" if breach["trader_id"] else ""
    lines = [
        f"{breach['account_id']}{trader} · {breach['firm_id']} · {breach['phase']}",
        f"broke {breach['rule']} of {breach['ruleset']}: {KINDS[breach['breach_kind']]}",
        f"{moment(breach['ts'])} · seq {breach['seq']}",
        f"decided by {entry_in_words(breach['evidence']['entry'])}",
    ]
    return Panel(
        Text("\n".join(lines)),
        title=f"breach {breach['decision_id']}",
        title_align="left",
        style="red",
    )


def _chart(title: str, chart: dict[str, Any], width: int) -> Panel:
    columns = max(20, width - _LABEL - 4)
    lines = []
    for row in plot(chart, columns, _ROWS):
        line = Text(no_wrap=True, overflow="crop")
        for cell in row:
            line.append(cell.character, _STYLES[cell.kind])
        lines.append(line)
    lines.append(Text(axis(chart, columns), _STYLES[""]))
    floors = {name for name, points in chart["floors"].items() if points}
    legend = Text.assemble(
        ("⠒ equity  ", _STYLES["equity"]),
        (f"⠒ {chart['metric'].replace('_', ' ')}  " if chart["metric"] else "", _STYLES["metric"]),
        (f"─ floor of {chart['rule']}  " if chart["rule"] in floors else "", _STYLES["floor"]),
        ("╌ other floors  " if floors - {chart["rule"]} else "", _STYLES["other"]),
        ("✖ breach", _STYLES["breach"]),
    )
    return Panel(
        Group(*lines, legend), title=title, title_align="left", border_style="bright_black"
    )


def _timeline(story: dict[str, Any]) -> Table:
    table = Table(title=f"What happened ({day(story['breach']['ts'])}, UTC)", title_justify="left")
    for name in ("seq", "time"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("what", overflow="fold")
    for name in ("equity", "floor", "room"):
        table.add_column(name, justify="right", no_wrap=True)
    for row in story["timeline"]:
        what = Text(row["what"])
        if row["refused"]:
            what.append(f"\nrefused, {row['refused']}", "bright_black")
        for made in row["decisions"]:
            what.append(f"\n→ {made['words']}", "red" if made["type"] == "breach" else "yellow")
        figures = [amount(row[name]) for name in ("equity", "floor", "room")]
        style = "bold red" if row["decided"] else None
        table.add_row(
            str(row["seq"]), time_of(row["ts"], story["breach"]["ts"]), what, *figures, style=style
        )
    return table


def _positions(story: dict[str, Any]) -> Table:
    evidence = story["breach"]["evidence"]
    table = Table(title="Held when it happened", title_justify="left")
    table.add_column("position")
    for name in ("cost", "mark", "P/L"):
        table.add_column(name, justify="right")
    table.add_column("converted at")
    rates = {rate["symbol"]: rate for rate in evidence["rates"]}
    for one in evidence["positions"]:
        act = "long" if one["side"] == "buy" else "short"
        mark = "none" if one["mark"] is None else f"{one['mark']} (seq {one['mark_seq']})"
        table.add_row(
            Text(f"{act} {one['qty']} {one['symbol']}"),
            amount(one["cost"]),
            mark,
            amount(one["pnl"]),
            Text(converted(one, rates)),
        )
    return table


def converted(position: dict[str, Any], rates: dict[str, Any]) -> str:
    """Say how a position's P/L became account currency."""
    if not position["priced"]:
        return "no rate known: counts as 0"
    rate = rates.get(position["rate"])
    if rate is None:
        return "account currency"
    sign = "×" if rate["op"] == "multiply" else "÷"
    return (
        f"{sign} {rate['mid']} ({rate['symbol']} {rate['bid']} / {rate['ask']}, seq {rate['seq']})"
    )


def _rule(story: dict[str, Any]) -> Panel:
    written = story["rule"]["text"] or {}
    given = ", ".join(f"{name}: {fact_in_words(one)}" for name, one in written.items())
    lines = [*([given] if given else []), *rule_lines(story)]
    return Panel(Text("\n".join(lines)), title="The rule", title_align="left")


def rule_lines(story: dict[str, Any]) -> list[str]:
    """Say what the rule is, and where its floor stood and why."""
    rule, floor = story["rule"], story["floor"]
    lines = [rule["sentence"] or f"A rule of the family {rule['family']}."]
    if rule["overrides"]:
        lines.append(f"this account has of its own {fact_in_words(rule['overrides'])}")
    lines.append(f"{rule['ruleset']}, phase {rule['phase']}, SHA-256 {rule['hash']}")
    if rule["session"] is not None:
        session = rule["session"]
        lines.append(f"its sessions end at {session['reset']} {session['timezone']}")
    for name, fact in (story["breach"]["evidence"].get("facts") or {}).items():
        lines.append(f"{name.replace('_', ' ')}: {fact_in_words(fact)}")
    if floor is not None:
        lines.append(f"floor = {floor['words']}")
        set_by = floor["set_by"]
        if set_by is not None:
            ago = span(set_by["ts"], story["breach"]["ts"])
            lines.append(f"set at {moment(set_by['ts'])}, {ago}, by: {set_by['words']}")
    return lines


def _verdict(story: dict[str, Any]) -> Panel:
    lines, sound = verdict_lines(story)
    style = "green" if sound else "bold red"
    return Panel(
        Text("\n".join(lines)), title="The verdict, again", title_align="left", style=style
    )


def verdict_lines(story: dict[str, Any]) -> tuple[list[str], bool]:
    """Say what came of judging again, and whether it holds."""
    verdict = story["verdict"]
    lines = [] if verdict["words"] is None else [verdict["words"]]
    if verdict["same"]:
        lines.append("Judged again by the reference engine, from these entries alone: the same.")
    else:
        lines.append(f"Judged again by the reference engine: DIFFERENT. {verdict['difference']}")
    lines += [f"The bundle is not sound. {problem}" for problem in story["problems"]]
    return lines, verdict["same"] and not story["problems"]
