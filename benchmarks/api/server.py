"""The server under measurement: a process that stamps messages with when they were due."""

import sys
import time
from pathlib import Path

from api import hub
from api.access import limits
from api.routes import sockets
from api.serve import serve
from connectors.log.local import LocalLog
from schemas.settings import Settings


def stamp():
    """Have every state message carry the moment its slot came, and every event none."""
    wake, text = hub._wake, sockets._state_text

    def woken(slot):
        now = time.time_ns()
        for listener in slot:
            if listener.untold:
                listener.due_at = now
        wake(slot)

    def stamped(service, listener):
        due_at = getattr(listener, "due_at", time.time_ns())
        return f'{{"due":{due_at},{text(service, listener)[1:]}'

    hub._wake = woken
    sockets._state_text = stamped


def main():
    log, dsn, jwks = sys.argv[1:]
    hub.Listener.due_at = 0
    limits.TICKETS_MINUTE = 1_000_000
    stamp()
    settings = Settings(
        api_port=0,
        api_requests_s=1_000_000,
        api_push_ms=250,
        oidc_issuer="https://issuer.test/",
        oidc_jwks=jwks,
    )
    with Path(f"{log}.port").open("w") as port:
        serve(settings, dsn, LocalLog(Path(log)), lambda at: (port.write(str(at)), port.flush()))


if __name__ == "__main__":
    main()
