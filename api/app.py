"""The application: routes, errors, limits of size, and what every answer carries."""

from pathlib import Path

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles

from api import problems
from api.edge import Edge
from api.routes import (
    accounts,
    breach_feed,
    bundles,
    commands,
    decisions,
    firms,
    health,
    rulesets,
    sockets,
    tickets,
    traders,
)
from api.service import Service

_STATIC = Path(__file__).resolve().parent / "static"
_ABOUT = """
What Highwater decided, and where every account stands. All amounts are decimal text. Every answer
says up to which input of the journal it is complete (`as_of`). Errors are problem+json (RFC 9457).
"""


def make_app(service: Service) -> FastAPI:
    """Put the application together; it answers while the service runs."""
    app = FastAPI(
        title="Highwater",
        version="1",
        description=_ABOUT.strip(),
        docs_url=None,  # it would load its scripts from elsewhere
        redoc_url=None,
        openapi_url="/v1/openapi.json",
        redirect_slashes=False,
        strict_content_type=False,
    )
    app.state.service = service
    problems.install(app)
    described = (
        accounts,
        decisions,
        rulesets,
        traders,
        firms,
        commands,
        tickets,
        breach_feed,
        bundles,
    )
    for module in described:
        app.include_router(module.router, responses=problems.RESPONSES)
    app.include_router(health.router)
    app.include_router(sockets.router)
    app.mount("/", StaticFiles(directory=_STATIC, html=True), name="dashboard")
    app.add_middleware(Edge)
    return app
