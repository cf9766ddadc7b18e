"""A real server on a real database, filled by the real flows, and callers of every kind."""

import asyncio
import json
import logging
import socket
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from jwt.algorithms import ECAlgorithm
from pydantic import SecretStr

from api.serve import _config, _listen, _serve
from api.service import Service, make_service
from connectors.log.local import LocalLog
from flows.persist import persist_flow
from schemas.instants import parse_instant
from schemas.settings import Settings
from sinks.migrate import upgrade
from tests.flows import kit

ISSUER = "https://issuer.test/"
AUDIENCE = "highwater"
KID = "key-1"


class Issuer:
    """An identity provider with one key."""

    def __init__(self, folder: Path) -> None:
        self.key = generate_private_key(SECP256R1())
        public = json.loads(ECAlgorithm.to_jwk(self.key.public_key()))
        self.jwks = folder / "jwks.json"
        self.jwks.write_text(json.dumps({"keys": [{**public, "kid": KID, "alg": "ES256"}]}))

    def token(self, key=None, algorithm="ES256", kid=KID, **claims):
        """A token with these claims; None leaves one out."""
        usual = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": "somebody",
            "exp": int(time.time()) + 600,
            "firm_id": "*",
            "roles": ["risk"],
        }
        given = {name: value for name, value in {**usual, **claims}.items() if value is not None}
        return jwt.encode(given, key or self.key, algorithm, headers={"kid": kid})


@dataclass
class Stand:
    """What a test needs of the server.

    Attributes:
        made: where the flows left everything, for those who let more happen.
    """

    url: str
    issuer: Issuer
    service: Service
    log: LocalLog
    dsn: str
    settings: object = None
    clients: list = field(default_factory=list)

    def client(self, **claims) -> httpx.Client:
        """A caller with a token."""
        return self.bearer(self.issuer.token(**claims))

    def bearer(self, token: str | None) -> httpx.Client:
        """A caller with these credentials, or none."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        made = httpx.Client(base_url=self.url, headers=headers, timeout=30, verify=False)
        self.clients.append(made)
        return made

    def trader(self, trader_id: str, firm_id: str) -> httpx.Client:
        """A trader of a firm."""
        return self.client(roles=["trader"], trader_id=trader_id, firm_id=firm_id, sub=trader_id)

    def accounts(self) -> list:
        """All accounts the server knows."""
        return list(self.service.live.in_order)


class _Unforeseen(logging.Handler):
    """What no test expects: an error that only the server's own log tells of."""

    def __init__(self):
        super().__init__(logging.ERROR)
        self.said = []

    def emit(self, record):
        self.said.append(self.format(record))


def api_settings(issuer: Issuer, **given) -> Settings:
    usual = {
        "oidc_issuer": ISSUER,
        "oidc_audience": AUDIENCE,
        "oidc_jwks": str(issuer.jwks),
        "api_port": 0,
        "api_requests_s": 100_000,
        "api_push_ms": 50,
    }
    return Settings(**usual | given)


def fill(folder: Path, dsn: str) -> tuple[LocalLog, object]:
    """Play a small world through the flows, into a log and a database."""
    upgrade(dsn)
    log = LocalLog(folder / "log")
    given = kit.settings(
        kit.feed(log, folder, accounts=150), progress="every", database_url=SecretStr(dsn)
    )
    kit.sequence(log, given)
    kit.decide(log, given)
    kit.run(persist_flow, log, given)
    return log, given


@contextmanager
def serving(log, dsn: str, issuer: Issuer, export=None, **given):
    """Run a server on a thread until the context ends."""
    settings = api_settings(issuer, **given)
    service = make_service(settings, dsn, log, export or ())
    # The day it plays on is long over: orders of today would end all its sessions first.
    service.clock_ns = lambda: parse_instant(service.live.ts)
    listener: socket.socket = _listen(settings)
    config = _config(service)
    ready = threading.Event()
    ended: list[BaseException] = []

    def run() -> None:
        try:
            with asyncio.Runner(loop_factory=config.get_loop_factory()) as runner:
                runner.run(_serve(service, config, listener, lambda _: ready.set()))
        except BaseException as error:  # noqa: BLE001 - told below
            ended.append(error)
            ready.set()

    unforeseen = _Unforeseen()
    logging.getLogger("uvicorn.error").addHandler(unforeseen)
    thread = threading.Thread(target=run)
    thread.start()
    ready.wait(30)
    if ended:
        listener.close()
        raise ended[0]
    host, port = listener.getsockname()
    stand = Stand(f"http://{host}:{port}", issuer, service, log, dsn, settings)
    try:
        httpx.get(f"{stand.url}/healthz", timeout=30)
        yield stand
    finally:
        for client in stand.clients:
            client.close()
        service.ends()
        thread.join(30)
        listener.close()
        logging.getLogger("uvicorn.error").removeHandler(unforeseen)
    assert not unforeseen.said, unforeseen.said
