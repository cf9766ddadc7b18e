"""``highwater run``: the live flows."""

from pathlib import Path
from typing import Annotated, Any

import typer

from flows.cli import plain_typer

app = plain_typer("Run a live flow until it is asked to end (SIGTERM), or to drain (SIGUSR1).")

Log = Annotated[str | None, typer.Option(help="dir:PATH or kafka:HOST:PORT; HIGHWATER_LOG.")]
Prefix = Annotated[str | None, typer.Option(help="Put before every topic name.")]

Recovery = Annotated[Path | None, typer.Option(help="Folder of base files.")]
BaseS = Annotated[float | None, typer.Option(help="So often a base is written.")]
Standby = Annotated[
    bool, typer.Option("--standby", help="Follow; write when the one that does is gone.")
]


@app.command()
def sequence(  # noqa: PLR0917 - options, not parameters
    log: Log = None,
    topic_prefix: Prefix = None,
    instruments: Annotated[Path | None, typer.Option(help="Instruments to list.")] = None,
    rulesets: Annotated[Path | None, typer.Option(help="Rulesets to publish.")] = None,
    frame_ms: Annotated[int | None, typer.Option(help="A frame closes after so long.")] = None,
    frame_rows: Annotated[int | None, typer.Option(help="Or after so many entries.")] = None,
    clock_ms: Annotated[
        int | None, typer.Option(help="A clock entry after so long a silence; 0 for never.")
    ] = None,
    recovery: Recovery = None,
    base_s: BaseS = None,
    standby: Standby = False,
) -> None:
    """Put ticks and events into one journal."""
    from flows.sequence import FLOW, sequence_flow  # noqa: PLC0415 - Bytewax loads with it

    _run(
        FLOW,
        sequence_flow,
        log=log,
        topic_prefix=topic_prefix,
        instruments=instruments,
        rulesets=rulesets,
        frame_ms=frame_ms,
        frame_rows=frame_rows,
        clock_ms=clock_ms,
        recovery=recovery,
        base_s=base_s,
        standby=standby or None,
    )


@app.command()
def risk(  # noqa: PLR0917 - options, not parameters
    log: Log = None,
    topic_prefix: Prefix = None,
    key_groups: Annotated[
        str | None, typer.Option(help="How many, or which: 64, 0-31 or 0-31/64.")
    ] = None,
    recovery: Recovery = None,
    base_s: BaseS = None,
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Replay the journal where a base cannot be used.")
    ] = False,
    standby: Standby = False,
    engine: Annotated[str | None, typer.Option(help="fast or reference.")] = None,
    progress: Annotated[str | None, typer.Option(help="boundary or every.")] = None,
    sample_share: Annotated[
        float | None, typer.Option(help="Share of accounts the reference engine judges as well.")
    ] = None,
) -> None:
    """Decide about every entry of the journal."""
    from flows.risk import FLOW, risk_flow  # noqa: PLC0415 - Bytewax loads with it
    from flows.shards import split_option  # noqa: PLC0415

    count, wanted = split_option(key_groups)
    _run(
        FLOW,
        risk_flow,
        log=log,
        topic_prefix=topic_prefix,
        key_groups=count,
        key_group_range=wanted,
        recovery=recovery,
        base_s=base_s,
        rebuild=rebuild or None,
        standby=standby or None,
        engine=engine,
        progress=progress,
        sample_share=sample_share,
    )


@app.command()
def persist(
    log: Log = None,
    topic_prefix: Prefix = None,
    retry_s: Annotated[
        int | None, typer.Option(help="So long to wait for a database that went away.")
    ] = None,
    replay: Annotated[
        bool, typer.Option("--replay", help="From the start of the log; compare what is there.")
    ] = False,
) -> None:
    """Write decisions into Postgres (HIGHWATER_DATABASE_URL)."""
    from functools import partial  # noqa: PLC0415

    from flows.persist import FLOW, persist_flow  # noqa: PLC0415 - Bytewax loads with it

    wire = partial(persist_flow, replay=replay)
    _run(FLOW, wire, log=log, topic_prefix=topic_prefix, retry_s=retry_s)


@app.command()
def audit(
    log: Log = None,
    topic_prefix: Prefix = None,
    key: Annotated[Path | None, typer.Option(help="File of the key that signs.")] = None,
) -> None:
    """Keep the audit log of all accounts, and publish its signed checkpoints."""
    from flows.audit.live import FLOW, audit_flow  # noqa: PLC0415 - Bytewax loads with it

    _run(FLOW, audit_flow, log=log, topic_prefix=topic_prefix, audit_key_file=key)


@app.command()
def feed(  # noqa: PLR0917 - options, not parameters
    log: Log = None,
    topic_prefix: Prefix = None,
    venues: Annotated[Path | None, typer.Option(help="File of the venues to follow.")] = None,
    venue: Annotated[str, typer.Option(help="Or one exchange of ccxt, such as binanceusdm.")] = "",
    symbols: Annotated[
        list[str] | None,
        typer.Option(help="Its instruments, each OURS=THEIRS: BTCUSDT-PERP=BTC/USDT:USDT."),
    ] = None,
    price: Annotated[str, typer.Option(help="Of --venue: bid_ask, mark or last.")] = "bid_ask",
) -> None:
    """Write the live prices of venues as ticks."""
    from flows.feed import FLOW, FeedWire  # noqa: PLC0415 - Bytewax loads with it
    from flows.feeding.named import named_venue  # noqa: PLC0415

    named = [named_venue(venue, symbols or [], price)] if venue else []
    _run(FLOW, FeedWire(named), log=log, topic_prefix=topic_prefix, venues=venues)


@app.command()
def enforce(
    log: Log = None,
    topic_prefix: Prefix = None,
    venues: Annotated[Path | None, typer.Option(help="File of the venues accounts are at.")] = None,
    patience_s: Annotated[
        float | None, typer.Option(help="So long a venue may fail before an operator is asked.")
    ] = None,
    lease_s: Annotated[
        float | None, typer.Option(help="So long a venue is kept for a flow that went silent.")
    ] = None,
) -> None:
    """Carry interventions out at the venues (HIGHWATER_DATABASE_URL)."""
    from flows.enforce import FLOW, enforce_flow  # noqa: PLC0415 - Bytewax loads with it

    _run(
        FLOW,
        enforce_flow,
        log=log,
        topic_prefix=topic_prefix,
        venues=venues,
        enforce_patience_s=patience_s,
        enforce_lease_s=lease_s,
    )


@app.command()
def reconcile(
    log: Log = None,
    topic_prefix: Prefix = None,
    venues: Annotated[Path | None, typer.Option(help="File of the venues accounts are at.")] = None,
    engine: Annotated[str | None, typer.Option(help="fast or reference.")] = None,
) -> None:
    """Compare venues with the journal (HIGHWATER_DATABASE_URL)."""
    from flows.reconcile import FLOW, reconcile_flow  # noqa: PLC0415 - Bytewax loads with it

    _run(FLOW, reconcile_flow, log=log, topic_prefix=topic_prefix, venues=venues, engine=engine)


@app.command()
def accounts(
    log: Log = None,
    topic_prefix: Prefix = None,
    venues: Annotated[Path | None, typer.Option(help="File of the venues accounts are at.")] = None,
) -> None:
    """Write what accounts did at their venues as account events (HIGHWATER_DATABASE_URL)."""
    from flows.accounts import FLOW, accounts_flow  # noqa: PLC0415 - Bytewax loads with it

    _run(FLOW, accounts_flow, log=log, topic_prefix=topic_prefix, venues=venues)


@app.command()
def inbound(
    log: Log = None,
    topic_prefix: Prefix = None,
    venues: Annotated[
        Path | None, typer.Option(help="File of the venues bridges speak for.")
    ] = None,
    host: Annotated[str | None, typer.Option(help="HIGHWATER_INBOUND_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="HIGHWATER_INBOUND_PORT.")] = None,
) -> None:
    """Take signed account events from bridges over HTTP."""
    from flows.inbound import run_inbound  # noqa: PLC0415 - a command loads what it needs
    from flows.options import load_settings  # noqa: PLC0415

    given = {"log": log, "topic_prefix": topic_prefix, "venues": venues}
    run_inbound(load_settings(**given, inbound_host=host, inbound_port=port))


@app.command()
def shadow(
    ruleset: Annotated[
        list[Path], typer.Option(help="Another version; its accounts are judged under it.")
    ],
    shadow_topic: Annotated[
        str, typer.Option(help="Where decisions go: one topic for one set of versions.")
    ] = "shadow-decisions",
    log: Log = None,
    topic_prefix: Prefix = None,
    engine: Annotated[str | None, typer.Option(help="fast or reference.")] = None,
) -> None:
    """Decide under other ruleset versions, apart from the live decisions."""
    from flows.shadow import FLOW, shadow_flow  # noqa: PLC0415 - Bytewax loads with it

    wire = shadow_flow(ruleset, shadow_topic)
    _run(FLOW, wire, log=log, topic_prefix=topic_prefix, engine=engine)


def _run(name: str, wire: Any, **options: object) -> None:
    from flows.metrics import serve_metrics  # noqa: PLC0415
    from flows.options import load_settings  # noqa: PLC0415 - a command loads what it needs
    from flows.run import run_flow  # noqa: PLC0415

    settings = load_settings(**options)
    served = serve_metrics(settings)
    try:
        run_flow(name, wire, settings)
    finally:
        if served is not None:
            served.close()
