"""Whether the process lives, whether it does its work, and figures for who watches it."""

import psycopg
from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import Response

from api.answers import answer
from api.problems import MEDIA_TYPE, Problem, unavailable
from api.routes.accounts import Shared
from api.shapes import Health

router = APIRouter(tags=["service"])


@router.get("/healthz", response_model=Health)
async def live() -> Response:
    """Say that the process answers."""
    return answer({"status": "ok"})


@router.get("/readyz", response_model=Health, responses={503: {"content": {MEDIA_TYPE: {}}}})
async def ready(service: Shared) -> Response:
    """Say whether both the log and the database are there."""
    if service.failure is not None:
        raise Problem(503, f"the log: {service.failure}")
    try:
        await service.database.read_own("SELECT 1 AS one")
    except psycopg.Error:
        raise unavailable("the database") from None
    return answer({"status": "ok"})


@router.get("/metrics", response_class=Response, responses={200: {"content": {"text/plain": {}}}})
async def metrics() -> Response:
    """Return figures in the format of Prometheus."""
    return Response(generate_latest(), media_type=CONTENT_TYPE_LATEST)
