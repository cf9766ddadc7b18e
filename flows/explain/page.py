"""A breach as one page of HTML: no script, nothing fetched, fit to be sent and printed."""

from collections.abc import Iterable
from html import escape
from importlib.resources import files
from typing import Any

from flows.explain.figures import amount, day, moment, time_of
from flows.explain.svg import svg
from flows.explain.terminal import charts, converted, rule_lines, verdict_lines
from flows.explain.words import KINDS, entry_in_words, fact_in_words

_NUMBERS = {"seq", "time", "equity", "floor", "room", "cost", "marked at", "P/L"}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(story: dict[str, Any]) -> str:
    """Write a story as a page."""
    breach = story["breach"]
    title = f"{breach['account_id']}: {breach['rule']} of {breach['ruleset']}"
    style = files("flows.explain").joinpath("page.css").read_text(encoding="utf-8")
    sections = [_verdict(story), _figures(story), _charts(story), _timeline(story)]
    sections += [_positions(story), _rule(story), _proof(story)]
    return "\n".join(
        [
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
            f"<title>{escape(title)}</title>",
            f"<style>\n{style}</style></head><body><main>",
            _head(story),
            *(section for section in sections if section),
            "</main></body></html>\n",
        ]
    )


def _head(story: dict[str, Any]) -> str:
    breach = story["breach"]
    trader = f" · trader {breach['trader_id']}" if breach["trader_id"] else ""
    who = f"{breach['firm_id']} · account {breach['account_id']}{trader} · {breach['phase']}"
    what = KINDS[breach["breach_kind"]]
    return (
        f"<header><p class=who>{escape(who)}</p>"
        f"<h1><code>{escape(breach['rule'])}</code> was broken: {escape(what)}</h1>"
        f"<p class=when>{escape(moment(breach['ts']))} · journal seq {breach['seq']} · "
        f"{escape(breach['ruleset'])}</p></header>"
    )


def _verdict(story: dict[str, Any]) -> str:
    lines, sound = verdict_lines(story)
    kind = "sound" if sound else "unsound"
    shown = "".join(f"<p>{escape(line)}</p>" for line in lines)
    return f'<section class="verdict {kind}">{shown}</section>'


def _figures(story: dict[str, Any]) -> str:
    breach = story["breach"]
    shown = [("equity", breach["equity"]), ("balance", breach["balance"])]
    if breach["floor"] is not None:
        floor = "floor" if breach["evidence"].get("floor") else "limit"
        shown += [(floor, breach["floor"]), ("beyond it by", breach["overshoot"])]
        if floor == "limit":
            shown.insert(0, (breach["metric"].replace("_", " "), breach["observed"]))
    cells = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{amount(value)}</dd></div>" for name, value in shown
    )
    entry = entry_in_words(breach["evidence"]["entry"])
    return f"<section><dl class=figures>{cells}</dl><p>Decided by {escape(entry)}.</p></section>"


def _charts(story: dict[str, Any]) -> str:
    drawn = []
    for title, chart in charts(story):
        caption = f"<figcaption>{escape(title)}. Times are UTC.</figcaption>"
        drawn.append(f"<figure>{caption}{svg(chart, title)}</figure>")
    return f"<section>{''.join(drawn)}</section>"


def _timeline(story: dict[str, Any]) -> str:
    rows = []
    for row in story["timeline"]:
        made = "".join(_made(one) for one in row["decisions"])
        reason = row["refused"]
        refused = f"<div class=refused>refused, {escape(reason)}</div>" if reason else ""
        cells = [
            _cell(row["seq"], "number"),
            _cell(time_of(row["ts"], story["breach"]["ts"]), "number"),
            f"<td>{escape(row['what'])}{refused}{made}</td>",
            *(_cell(amount(row[name]), "number") for name in ("equity", "floor", "room")),
        ]
        kind = " class=decided" if row["decided"] else ""
        rows.append(f"<tr{kind}>{''.join(cells)}</tr>")
    heads = ("seq", "time", "what", "equity", "floor", "room")
    title = f"What happened on {day(story['breach']['ts'])}"
    return _table(title, heads, rows)


def _made(decision: dict[str, Any]) -> str:
    kind = decision["type"].partition(".")[0]
    return f'<div class="made {escape(kind)}">{escape(decision["words"])}</div>'


def _positions(story: dict[str, Any]) -> str:
    evidence = story["breach"]["evidence"]
    rates = {rate["symbol"]: rate for rate in evidence["rates"]}
    rows = []
    for one in evidence["positions"]:
        act = "long" if one["side"] == "buy" else "short"
        mark = "none" if one["mark"] is None else f"{one['mark']} (seq {one['mark_seq']})"
        cells = [
            _cell(f"{act} {one['qty']} {one['symbol']}", ""),
            _cell(amount(one["cost"]), "number"),
            _cell(mark, "number"),
            _cell(amount(one["pnl"]), "number"),
            _cell(converted(one, rates), ""),
        ]
        rows.append(f"<tr>{''.join(cells)}</tr>")
    if not rows:
        return ""
    heads = ("position", "cost", "marked at", "P/L", "converted")
    return _table("Held when it happened", heads, rows)


def _rule(story: dict[str, Any]) -> str:
    lines = "".join(f"<p>{escape(line)}</p>" for line in rule_lines(story))
    rule = story["rule"]["text"]
    source = ""
    if rule is not None:
        written = "\n".join(f"{name}: {fact_in_words(one)}" for name, one in rule.items())
        source = f"<pre>{escape(written)}</pre>"
    return f"<section><h2>The rule</h2>{source}{lines}</section>"


def _proof(story: dict[str, Any]) -> str:
    breach = story["breach"]
    return (
        "<section class=proof><h2>The proof</h2>"
        f"<p>decision <code>{escape(breach['decision_id'])}</code></p>"
        f"<p>follows <code>{escape(breach['evidence']['previous_hash'])}</code> "
        "in the account's audit chain</p>"
        f"<p>ruleset <code>{escape(breach['ruleset_hash'])}</code></p></section>"
    )


def _table(title: str, heads: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(
        f"<th{' class=number' if name in _NUMBERS else ''}>{escape(name)}</th>" for name in heads
    )
    return (
        f"<section><h2>{escape(title)}</h2><div class=wide><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{''.join(rows)}</tbody></table></div></section>"
    )


def _cell(value: object, kind: str) -> str:
    named = f" class={kind}" if kind else ""
    return f"<td{named}>{escape(str(value))}</td>"
