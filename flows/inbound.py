"""Account events from bridges over HTTP: signed, checked, appended; nothing else is served.

    POST /v1/venues/{id}/events    one event, or an array of them

A bridge signs with the secret of its entry in the file of venues, and may only speak for the
accounts of that entry. All events of a message are taken or none; one that comes again is known by
its `event_id` to the sequencer and has no effect.
"""

import socket
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from http import HTTPStatus
from typing import Any

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from connectors.log.abstract import Log, LogError
from connectors.venues.settings import VenueSettings, load_venues
from connectors.venues.signing import BadSignature, verify
from flows.attached.report import append_events
from flows.attached.spoken import account_spoken_for
from flows.failures import Failure
from flows.logging import configure_logging, get_logger
from flows.options import FlowSettings
from flows.run import exit_code
from flows.topics import ensure_topics
from schemas import json_text
from schemas.errors import InputError

BODY_MAX = 1 << 20
EVENTS_MAX = 1_000
FLOW = "inbound"


class Answer(Exception):  # noqa: N818 - an answer, though not the one that was hoped for
    """Anything but "taken".

    Args:
        status: of HTTP.
        detail: what is wrong, in words.
        errors: the fields that are, each with `path` and `message`.
    """

    def __init__(self, status: int, detail: str, *errors: dict[str, str]) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, errors

    def response(self) -> Response:
        """Write it as problem+json (RFC 9457)."""
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": HTTPStatus(self.status).phrase,
            "status": self.status,
            "detail": self.detail,
        }
        if self.errors:
            body["errors"] = list(self.errors)
        return Response(orjson.dumps(body), self.status, media_type="application/problem+json")


class Inbound:
    """Takes events for the venues that have a secret.

    Args:
        venues: by id.
        log: takes the events.
        clock: seconds since the epoch.
    """

    def __init__(
        self, venues: Mapping[str, VenueSettings], log: Log, clock: Callable[[], float] = time.time
    ) -> None:
        self._venues = {name: venue for name, venue in venues.items() if venue.secret}
        self._keys = {name: venue.signing_key() for name, venue in self._venues.items()}
        self._log = log
        self._clock = clock
        self._logger = get_logger(flow=FLOW)

    def app(self) -> Starlette:
        """Return the application."""
        path = "/v1/venues/{venue_id}/events"
        return Starlette(routes=[Route(path, self._events, methods=["POST"])])

    async def _events(self, request: Request) -> Response:
        try:
            taken = await self._take(request)
        except Answer as answer:
            return answer.response()
        return Response(orjson.dumps({"taken": taken}), 202, media_type="application/json")

    async def _take(self, request: Request) -> int:
        body = await _body(request)
        venue = self._signed_by(request, body)
        events = _events(body, venue)
        by_account: dict[str, list[bytes]] = {}
        for account_id, event in events:
            by_account.setdefault(account_id, []).append(event)
        try:
            for account_id, values in by_account.items():
                await run_in_threadpool(append_events, self._log, account_id, values)
        except LogError:
            raise Answer(503, "the log of account events does not answer: send it again") from None
        return len(events)

    # Whoever cannot sign learns nothing, not even which venues there are.
    def _signed_by(self, request: Request, body: bytes) -> VenueSettings:
        name = request.path_params["venue_id"]
        try:
            key = self._keys[name]
            verify(key, request.headers, body, int(self._clock()))
        except KeyError:
            raise Answer(401, "the signature does not fit") from None
        except BadSignature as error:
            self._logger.warning("message.rejected", venue=name, code="signature", said=str(error))
            raise Answer(401, "the signature does not fit") from None
        return self._venues[name]


async def _body(request: Request) -> bytes:
    found = bytearray()
    async for part in request.stream():
        found += part
        if len(found) > BODY_MAX:
            raise Answer(413, f"more than {BODY_MAX} bytes")
    return bytes(found)


def _events(body: bytes, venue: VenueSettings) -> list[tuple[str, bytes]]:
    try:
        value = json_text.loads(body)
    except (ValueError, InputError) as error:
        raise Answer(400, f"the body is not JSON: {error}"[:300]) from None
    many = isinstance(value, list)
    given = value if isinstance(value, list) else [value]
    if not 0 < len(given) <= EVENTS_MAX:
        raise Answer(422, f"from 1 to {EVENTS_MAX} events, not {len(given)}")
    found, errors = [], []
    for number, item in enumerate(given):
        try:
            found.append((account_spoken_for(item, venue), json_text.dumps(item)))
        except InputError as error:
            place = [str(number)] if many else []
            path = ".".join(["body", *place, *([error.path] if error.path else [])])
            errors.append({"path": path, "message": error.message})
    if errors:
        raise Answer(422, "nothing was taken", *errors)
    return found


def run_inbound(settings: FlowSettings) -> None:
    """Serve until asked to end.

    Raises:
        Failure: no venues are named, the log does not answer, or the address cannot be used.
        BadFile: the file of venues is wrong.
    """
    if settings.venues is None:
        raise Failure("no venues: give --venues FILE or set HIGHWATER_VENUES")
    configure_logging(settings.log_level)
    venues = {venue.id: venue for venue in load_venues(settings.venues)}
    host, port = settings.inbound_host, settings.inbound_port
    with closing(settings.open_log()) as log:
        try:
            ensure_topics(log, settings.output_partitions)
            listener = socket.create_server((host, port))
        except LogError as error:
            raise Failure(str(error), exit_code(error)) from None
        except OSError as error:
            raise Failure(f"cannot serve on {host}:{port}: {error.strerror}") from None
        app = Inbound(venues, log).app()
        config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="off")
        get_logger(flow=FLOW).info("flow.started", venues=sorted(venues), port=port)
        uvicorn.Server(config).run([listener])
