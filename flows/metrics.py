"""What an operator watches, under the names of `schemas.telemetry`, and where it is served."""

from importlib.metadata import PackageNotFoundError, version

from prometheus_client import Counter, Gauge, Histogram

from flows.failures import Failure
from flows.health import HEALTH, Served, serve
from flows.options import FlowSettings

_FAST = (0.0005, 0.001, 0.002, 0.004, 0.006, 0.01, 0.02, 0.03, 0.06, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0)
_SIZES = (1, 4, 16, 64, 256, 1024, 4096)

BUILD = Gauge("highwater_build_info", "1; what runs", ["version", "engine", "tzdata"])
TICKS = Counter("highwater_ticks_total", "ticks accepted into the journal")
EVENTS = Counter("highwater_events_total", "account events accepted", ["type"])
REPEATED = Counter("highwater_events_repeated_total", "events whose id was seen before")
DEAD_LETTERS = Counter("highwater_dead_letters_total", "refused inputs", ["code"])
FRAMES = Counter("highwater_frames_total", "frames written to the journal, or read from it")
FRAME_ENTRIES = Histogram("highwater_frame_entries", "entries in a frame", buckets=_SIZES)
LAG = Gauge("highwater_source_lag_records", "records not read yet", ["topic"])
FRAME_SECONDS = Histogram(
    "highwater_frame_seconds", "time all shards took for what was read together", buckets=_FAST
)
TO_DECISION = Histogram(
    "highwater_tick_to_decision_seconds",
    "from the arrival of the first input of a frame to its decisions in the log",
    buckets=_FAST,
)
DECISIONS = Counter("highwater_decisions_total", "decisions written", ["topic"])
SUPPRESSED = Counter("highwater_suppressed_total", "decisions left out: their topic held them")
ACCOUNTS = Gauge("highwater_accounts", "accounts", ["shard", "state"])
SNAPSHOT_SECONDS = Histogram(
    "highwater_snapshot_seconds",
    "time to write a base file, beside the flow",
    buckets=(0.1, 0.3, 1, 3, 10, 30, 100),
)
FORK_SECONDS = Histogram(
    "highwater_snapshot_stall_seconds", "time the flow stood still for a base", buckets=_FAST
)
EPOCH_STALL = Histogram(
    "highwater_epoch_stall_seconds", "time to make an epoch's records durable", buckets=_FAST
)
REPLAY = Gauge("highwater_replay_remaining_records", "journal records until the flow is live")
WAITING = Gauge("highwater_frames_waiting", "frames that wait for another process's refusals")
FENCED = Gauge("highwater_fenced_records", "journal records of a replaced sequencer, left out")
LEADER = Gauge("highwater_lease_held", "1 while this process may write, 0 on standby")
DIVERGENCES = Counter(
    "highwater_divergences_total", "sampled accounts the engines disagree about: must stay 0"
)
DRIFTS = Gauge("highwater_drift_records", "disagreements with venues", ["venue", "kind", "state"])
RECONCILED = Gauge(
    "highwater_reconciled_seconds",
    "time since every account of a venue was last compared",
    ["venue"],
)
RECOVERED = Counter(
    "highwater_fills_recovered_total", "trades of a venue that the journal never got", ["venue"]
)
REPORTED = Counter(
    "highwater_reported_events_total", "account events a venue was asked for", ["venue", "type"]
)
REPORTED_AGE = Gauge(
    "highwater_reported_seconds", "since every account of a venue was last asked", ["venue"]
)
FEED_QUOTES = Counter("highwater_feed_quotes_total", "quotes that became ticks", ["venue"])
FEED_QUARANTINED = Counter(
    "highwater_feed_quarantined_total", "quotes that became no ticks", ["venue", "code"]
)
FEED_AGE = Histogram(
    "highwater_feed_age_seconds", "age of quotes when they came", ["venue"], buckets=_FAST
)
FEED_GAP = Histogram(
    "highwater_feed_gap_seconds",
    "time between two quotes of an instrument",
    ["venue"],
    buckets=(0.01, 0.1, 0.5, 1, 2, 5, 10, 30, 60, 300),
)
FEED_RECONNECTS = Counter("highwater_feed_reconnects_total", "connections lost", ["venue"])
RECOVERY_FREE = Gauge("highwater_recovery_free_bytes", "room left where the recovery folder is")


def serve_metrics(settings: FlowSettings) -> Served | None:
    """Serve them, and whether the flow is alive and ready, where the settings say so.

    Raises:
        Failure: the address cannot be used.
    """
    BUILD.labels(_version("highwater"), settings.engine, _version("tzdata")).set(1)
    if not settings.metrics_port:
        return None
    host, port = settings.metrics_host, settings.metrics_port
    try:
        return serve(host, port, HEALTH)
    except OSError as error:
        reason = (error.strerror or "cannot be used").lower()
        raise Failure(f"cannot serve metrics on {host}:{port}: {reason}") from None


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"
