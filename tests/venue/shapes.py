"""The test venue's answers in the words of Binance USD-M futures."""

import time
from decimal import Decimal

from tests.venue.matching import Account, Order

_PRICES = {"minPrice": "0.01", "maxPrice": "1000000", "tickSize": "0.01"}
_LOTS = {"minQty": "0.001", "maxQty": "1000", "stepSize": "0.001"}


def exchange_info(symbols: list[str]) -> dict:
    return {
        "timezone": "UTC",
        "serverTime": 1700000000000,
        "rateLimits": [],
        "exchangeFilters": [],
        "assets": [{"asset": "USDT", "marginAvailable": True}],
        "symbols": [_symbol(name) for name in symbols],
    }


def _symbol(name: str) -> dict:
    return {
        "symbol": name,
        "pair": name,
        "contractType": "PERPETUAL",
        "deliveryDate": 4133404800000,
        "onboardDate": 1569398400000,
        "status": "TRADING",
        "baseAsset": name.removesuffix("USDT"),
        "quoteAsset": "USDT",
        "marginAsset": "USDT",
        "pricePrecision": 2,
        "quantityPrecision": 3,
        "baseAssetPrecision": 8,
        "quotePrecision": 8,
        "underlyingType": "COIN",
        "triggerProtect": "0.05",
        "filters": [
            {"filterType": "PRICE_FILTER", **_PRICES},
            {"filterType": "LOT_SIZE", **_LOTS},
            {"filterType": "MARKET_LOT_SIZE", **_LOTS},
        ],
        "orderTypes": ["LIMIT", "MARKET", "STOP", "STOP_MARKET"],
        "timeInForce": ["GTC", "IOC", "FOK", "GTX"],
    }


def order_json(order: Order) -> dict:
    return {
        "orderId": order.order_id,
        "symbol": order.symbol,
        "status": order.status,
        "clientOrderId": order.client_id,
        "price": str(order.price),
        "avgPrice": str(order.paid / order.filled) if order.filled else "0",
        "origQty": str(order.qty),
        "executedQty": str(order.filled),
        "cumQuote": str(order.paid),
        "timeInForce": "GTC",
        "type": order.kind,
        "origType": order.kind,
        "reduceOnly": order.reduce_only,
        "closePosition": False,
        "side": order.side,
        "positionSide": "BOTH",
        "stopPrice": "0",
        "updateTime": 1700000000000,
        "time": 1700000000000,
    }


def algo_json(order: Order) -> dict:
    return {
        "algoId": order.order_id,
        "clientAlgoId": order.client_id,
        "algoType": "CONDITIONAL",
        "orderType": order.kind,
        "symbol": order.symbol,
        "side": order.side,
        "positionSide": "BOTH",
        "timeInForce": "GTC",
        "quantity": str(order.qty),
        "algoStatus": order.status,
        "triggerPrice": str(order.stop),
        "price": "0",
        "reduceOnly": order.reduce_only,
        "createTime": 1700000000000,
        "updateTime": 1700000000000,
    }


def position_json(symbol: str, account: Account, price: Decimal) -> dict:
    qty = account.positions[symbol]
    return {
        "symbol": symbol,
        "positionSide": "BOTH",
        "positionAmt": str(qty),
        "entryPrice": str(account.entry[symbol]),
        "breakEvenPrice": str(account.entry[symbol]),
        "markPrice": str(price),
        "unRealizedProfit": str(qty * (price - account.entry[symbol])),
        "liquidationPrice": "0",
        "isolatedMargin": "0",
        "notional": str(qty * price),
        "marginAsset": "USDT",
        "isolatedWallet": "0",
        "initialMargin": "0",
        "maintMargin": "0",
        "positionInitialMargin": "0",
        "openOrderInitialMargin": "0",
        "adl": 0,
        "bidNotional": "0",
        "askNotional": "0",
        "updateTime": 1700000000000,
    }


def account_json(account: Account) -> dict:
    wallet = str(account.wallet)
    return {
        "totalWalletBalance": wallet,
        "assets": [
            {
                "asset": "USDT",
                "walletBalance": wallet,
                "marginBalance": wallet,
                "availableBalance": wallet,
                "initialMargin": "0",
                "maintMargin": "0",
                "unrealizedProfit": "0",
                "updateTime": 1700000000000,
            }
        ],
        "positions": [],
    }


def premium_index(symbol: str, price: Decimal) -> dict:
    more = {"indexPrice": str(price), "estimatedSettlePrice": "0", "lastFundingRate": "0.0001"}
    return {"symbol": symbol, "markPrice": str(price), "time": round(time.time() * 1000), **more}
