"""A venue over HTTP that speaks enough of Binance USD-M futures for unmodified ccxt.

Requests are signed, aged and weighed as on the real one; weights are Binance's own.
"""

import asyncio
import hashlib
import hmac
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from urllib.parse import parse_qsl

import uvicorn
from fastapi import FastAPI
from fastapi import Request as HttpRequest
from fastapi.responses import JSONResponse, Response

from tests.venue.faults import Fault, Request, never
from tests.venue.matching import FINAL, Account, Matching, Order, Refused
from tests.venue.shapes import (
    account_json,
    algo_json,
    exchange_info,
    order_json,
    position_json,
    premium_index,
)
from tests.venue.streams import Streams
from tests.venue.user_streams import UserStreams

HOST = "https://fapi.binance.com"
"""What the addresses of the real one begin with."""

WEIGHTS = {
    ("GET", "v1/exchangeInfo"): 1,
    ("GET", "v3/positionRisk"): 5,
    ("GET", "v3/account"): 5,
    ("GET", "v1/userTrades"): 5,
    ("GET", "v1/openOrders"): 1,
    ("GET", "v1/openAlgoOrders"): 1,
    ("GET", "v1/income"): 30,
    ("POST", "v1/order"): 1,
}
_WINDOW_S = 60.0


class Venue:
    """The venue, and what tests ask of it."""

    def __init__(self, prices: dict[str, str] | None = None, limit: int = 100_000):
        wanted = prices or {"BTCUSDT": "60000", "ETHUSDT": "3000"}
        self.matching = Matching({name: Decimal(price) for name, price in wanted.items()})
        self.limit = limit
        self.fault: Fault = never
        self.streams = Streams()
        self.user_streams = UserStreams(self.streams, self.matching)
        self.hang_s = 1.0
        self.page = 500
        """So many trades are in one answer."""
        self.changed_ms: int | None = None
        """When prices changed last, where the venue is to say so."""
        self.requests: list[Request] = []
        self.accepted: list[tuple[float, str, str]] = []
        """Time, account and client id of every order taken."""
        self.on_request: Callable[[Request, str], None] = lambda _request, _when: None
        self.refused_for_weight = 0
        self._spent: deque[tuple[float, int]] = deque()
        self.clock = time.monotonic
        self.url = ""

    def account(self, key: str) -> Account:
        return self.matching.accounts.setdefault(key, Account())

    async def answer(self, http: HttpRequest, path: str) -> Response:
        request = Request(len(self.requests), http.method, path)
        self.requests.append(request)
        too_many = self._weigh(request)
        if too_many is not None:
            return too_many
        kind = self.fault(request)
        if kind in ("timeout_before", "error_before", "busy", "maintenance"):
            return await self._fail(kind)
        self.on_request(request, "before")
        try:
            found = self._do(http, request, (await http.body()).decode())
        except Refused as refusal:
            body = {"code": refusal.code, "msg": refusal.message}
            return JSONResponse(body, status_code=refusal.status)
        self.on_request(request, "after")
        if kind is not None:
            return await self._fail(kind)
        used = sum(weight for _, weight in self._spent)
        return JSONResponse(found, headers={"X-MBX-USED-WEIGHT-1M": str(used)})

    def _weigh(self, request: Request) -> Response | None:
        now = self.clock()
        while self._spent and self._spent[0][0] <= now - _WINDOW_S:
            self._spent.popleft()
        weight = WEIGHTS.get((request.method, request.path), 1)
        if sum(item for _, item in self._spent) + weight > self.limit:
            self.refused_for_weight += 1
            return self._busy(1)
        self._spent.append((now, weight))
        return None

    def _busy(self, after_s: int) -> Response:
        body = {"code": -1003, "msg": "Too many requests."}
        return JSONResponse(body, status_code=429, headers={"Retry-After": str(after_s)})

    async def _fail(self, kind: str) -> Response:
        if kind.startswith("timeout"):
            await asyncio.sleep(self.hang_s)
            return Response(status_code=504)
        if kind.startswith("error"):
            unknown = {"code": -1000, "msg": "An unknown error occured while processing."}
            return JSONResponse(unknown, status_code=503)
        if kind == "maintenance":
            return JSONResponse({"code": -1001, "msg": "Internal error."}, status_code=503)
        if kind == "busy":
            return self._busy(0)
        # More bytes are promised than come: the connection breaks in the middle of the answer.
        return Response(b"{", headers={"Content-Length": "1000"})

    def _do(self, http: HttpRequest, request: Request, body: str) -> object:
        query = http.url.query or body
        given = dict(parse_qsl(query))
        if request.path == "v1/exchangeInfo":
            return exchange_info(list(self.matching.prices))
        if request.path == "v1/ticker/bookTicker":
            return self._books()
        if request.path == "v1/premiumIndex":
            return [premium_index(name, price) for name, price in self.matching.prices.items()]
        key = http.headers.get("x-mbx-apikey", "")
        if request.path == "v1/listenKey":
            self._known(key)
            return self.user_streams.key(request.method, key)
        self._check(key, query, given)
        return self._private(key, request, given)

    def _known(self, key: str) -> None:
        if key not in self.matching.accounts:
            raise Refused(-2015, "Invalid API-key, IP, or permissions for action.", 401)

    def _check(self, key: str, query: str, given: dict[str, str]) -> None:
        self._known(key)
        signed, _, signature = query.rpartition("&signature=")
        wanted = hmac.new(f"secret-{key}".encode(), signed.encode(), hashlib.sha256).hexdigest()
        if signature != wanted:
            raise Refused(-1022, "Signature for this request is not valid.")
        age = time.time() * 1000 - int(given["timestamp"])
        if age > int(given.get("recvWindow", "5000")):
            raise Refused(-1021, "Timestamp for this request is outside of the recvWindow.")

    def _private(self, key: str, request: Request, given: dict[str, str]) -> object:
        account, prices = self.account(key), self.matching.prices
        match request.method, request.path:
            case "GET", "v3/positionRisk":
                held = [name for name, qty in account.positions.items() if qty]
                return [position_json(name, account, prices[name]) for name in held]
            case "GET", "v3/account":
                return account_json(account)
            case "GET", "v1/order":
                return order_json(_asked(account.orders, given))
            case "GET", "v1/openOrders":
                working = _working(account.orders, given["symbol"])
                return [order_json(order) for order in working]
            case "GET", "v1/openAlgoOrders":
                return [algo_json(order) for order in _working(account.stops, given["symbol"])]
            case "GET", "v1/income":
                since = int(given.get("startTime", "0"))
                return [item for item in account.income if item["time"] >= since]
            case "GET", "v1/algoOrder":
                return algo_json(_named(account.stops, given["clientAlgoId"]))
            case "GET", "v1/userTrades":
                since = int(given.get("startTime", "0"))
                wanted = given["symbol"]
                until = int(given.get("endTime", str(1 << 62)))
                trades = [t for t in account.trades if t["symbol"] == wanted]
                found = [t for t in trades if since <= t["time"] <= until]
                return found[: min(int(given.get("limit", "500")), self.page)]
        return self._changed(key, account, request, given)

    def _changed(self, key: str, account: Account, request: Request, given: dict) -> object:
        match request.method, request.path:
            case "POST", "v1/order":
                return self._order(key, account, given)
            case "POST", "v1/algoOrder":
                return algo_json(self.matching.stop(account, given))
            case "DELETE", "v1/allOpenOrders":
                return self._cancelled(account, account.orders, given["symbol"])
            case "DELETE", "v1/algoOpenOrders":
                return self._cancelled(account, account.stops, given["symbol"])
        raise Refused(-1, f"the test venue has no {request.method} {request.path}", 404)

    def _order(self, key: str, account: Account, given: dict[str, str]) -> object:
        made = self.matching.order(account, given, round(time.time() * 1000))
        self.accepted.append((time.monotonic(), key, made.client_id))
        if account.flat:
            account.flat_at = time.monotonic()
        return order_json(made)

    def _cancelled(self, account: Account, orders: list[Order], symbol: str) -> dict:
        for order in _working(orders, symbol):
            self.matching.cancel(account, order)
        return {"code": 200, "msg": "The operation of cancel all open order is done."}

    def _books(self) -> list[dict]:
        at = {} if self.changed_ms is None else {"time": self.changed_ms}
        return [
            {"symbol": name, "bidPrice": str(bid), "bidQty": "1", "askPrice": str(ask)} | at
            for name in self.matching.prices
            for bid, ask in [self.matching.book(name)]
        ]


def _working(orders, symbol):
    return [o for o in orders if o.symbol == symbol and o.status not in FINAL]


def _asked(orders, given):
    if "orderId" not in given:
        return _named(orders, given["origClientOrderId"])
    found = [order for order in orders if str(order.order_id) == given["orderId"]]
    if not found:
        raise Refused(-2013, "Order does not exist.")
    return found[0]


def _named(orders, client_id):
    found = [order for order in orders if order.client_id == client_id]
    if not found:
        raise Refused(-2013, "Order does not exist.")
    return found[-1]


@contextmanager
def serving(venue: Venue) -> Iterator[Venue]:
    """The venue on a free port of this machine, from a thread of its own."""
    app = FastAPI()

    @app.api_route("/fapi/{path:path}", methods=["GET", "POST", "DELETE", "PUT"])
    async def any_path(http: HttpRequest, path: str) -> Response:
        return await venue.answer(http, path)

    venue.streams.mount(app)
    config = uvicorn.Config(app, port=0, log_level="critical", lifespan="off")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.005)
    venue.url = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    try:
        yield venue
    finally:
        server.should_exit = True
        server.force_exit = True
        thread.join()
