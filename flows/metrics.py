"""What an operator watches: counters and gauges under the names of `schemas.telemetry`."""

from prometheus_client import Counter, start_http_server

from flows.failures import Failure
from flows.options import FlowSettings

DIVERGENCES = Counter(
    "highwater_divergences_total", "sampled accounts the engines disagree about: must stay 0"
)


def serve_metrics(settings: FlowSettings) -> None:
    """Serve them over HTTP where the settings say so, from a thread of its own.

    Raises:
        Failure: the address cannot be used.
    """
    if not settings.metrics_port:
        return
    host, port = settings.metrics_host, settings.metrics_port
    try:
        start_http_server(port, host)
    except OSError as error:
        reason = (error.strerror or "cannot be used").lower()
        raise Failure(f"cannot serve metrics on {host}:{port}: {reason}") from None
