"""Runs migrations on the connection `sinks.migrate` gives, or prints their SQL."""

from alembic import context

SCHEMA = "highwater"


def _run() -> None:
    connection = context.config.attributes.get("connection")
    if connection is None:  # --sql: for a DBA to read and run
        context.configure(
            dialect_name="postgresql", version_table_schema=SCHEMA, literal_binds=True
        )
    else:
        context.configure(connection=connection, version_table_schema=SCHEMA)
    with context.begin_transaction():
        context.run_migrations()


_run()
