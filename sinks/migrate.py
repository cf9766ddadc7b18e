"""Brings a database to the newest version: alembic, with revisions in plain SQL."""

from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url
from sqlalchemy.pool import NullPool

_SCRIPTS = Path(__file__).resolve().parent / "migrations"
_SCHEMA = "highwater"
_LOCK = 0x48_57_4D_49  # any number, the same for all: one migration at a time


def upgrade(dsn: str) -> list[str]:
    """Apply what is missing, alone; return the versions applied, oldest first.

    Raises:
        sqlalchemy.exc.OperationalError: the server does not answer.
    """
    config = _config()
    engine = _engine(dsn)
    with engine.connect() as connection:
        connection.execute(sqlalchemy.text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
        connection.execute(sqlalchemy.text(f"CREATE SCHEMA IF NOT EXISTS {_SCHEMA}"))
        connection.commit()
        before = _version(connection)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        connection.commit()
    scripts = ScriptDirectory.from_config(config)
    applied = scripts.iterate_revisions("head", before or "base")
    return [script.revision for script in applied if script.revision != before][::-1]


def upgrade_sql() -> None:
    """Print the SQL of all versions to stdout, for whoever runs it by hand."""
    command.upgrade(_config(), "head", sql=True)


def newest() -> str:
    """Return the version `upgrade` brings a database to."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    assert head is not None, "there is a first migration"
    return head


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _engine(dsn: str) -> sqlalchemy.Engine:
    url = make_url(dsn).set(drivername="postgresql+psycopg")
    return sqlalchemy.create_engine(url, poolclass=NullPool)


def _version(connection: sqlalchemy.Connection) -> str | None:
    context = MigrationContext.configure(connection, opts={"version_table_schema": _SCHEMA})
    return context.get_current_revision()
