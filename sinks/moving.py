"""SQL that takes rows from the client into a table: staged, compared, and moved in order."""

from collections.abc import Iterable, Mapping

from psycopg import sql

from sinks.staging import Lines
from sinks.tables import TABLES, Table

SCHEMA = "highwater"


def _names(names: Iterable[str]) -> sql.Composed:
    return sql.SQL(", ").join(map(sql.Identifier, names))


def _stage(table: Table) -> sql.Composed:
    return sql.SQL("CREATE TEMP TABLE {} (LIKE {}) ON COMMIT DELETE ROWS").format(
        sql.Identifier(f"stage_{table.name}"), sql.Identifier(SCHEMA, table.name)
    )


def _copy(table: Table) -> sql.Composed:
    return sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(f"stage_{table.name}"), _names(table.columns)
    )


# Rows were staged in the order of their key and are moved so (a temporary table is always read from
# its beginning), so that two writers could not deadlock. A row that is there already is left alone;
# the same decision at another place is an error, never left out.
def _move(table: Table) -> sql.Composed:
    parts: Mapping[str, sql.Composable] = {
        "table": sql.Identifier(SCHEMA, table.name),
        "stage": sql.Identifier(f"stage_{table.name}"),
        "columns": _names(table.columns),
        "key": _names(table.key),
        "values": sql.SQL(", ").join(sql.Identifier("excluded", name) for name in table.columns),
    }
    if not table.current:
        return sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {columns} FROM {stage}"
            " ON CONFLICT ({key}) DO NOTHING"
        ).format(**parts)
    return sql.SQL(
        "INSERT INTO {table} AS held ({columns})"
        " SELECT {columns} FROM {stage}"
        " ON CONFLICT (account_id) DO UPDATE SET ({columns}) = ROW ({values})"
        " WHERE (held.seq, held.log_offset) < (excluded.seq, excluded.log_offset)"
    ).format(**parts)


# What is staged and not the same in the table. JSON is compared by what it says.
def _different(table: Table) -> sql.Composed:
    return sql.SQL(
        "SELECT {place} FROM (SELECT {columns} FROM {stage} EXCEPT SELECT {columns} FROM {table}"
        " WHERE log_offset BETWEEN (SELECT min(log_offset) FROM {stage})"
        " AND (SELECT max(log_offset) FROM {stage})) missing LIMIT 1"
    ).format(
        place=_names(("log_partition", "log_offset")),
        columns=sql.SQL(", ").join(
            sql.SQL("{}::jsonb" if name in table.documents else "{}").format(sql.Identifier(name))
            for name in table.columns
        ),
        stage=sql.Identifier(f"stage_{table.name}"),
        table=sql.Identifier(SCHEMA, table.name),
    )


STAGE = {table.name: _stage(table) for table in TABLES}
COPY = {table.name: _copy(table) for table in TABLES}
MOVE = {table.name: _move(table) for table in TABLES}
DIFFERENT = {table.name: _different(table) for table in TABLES}


def copy_month(rows: Lines) -> sql.Composed:
    """Return what copies straight into a month's partition.

    Row-level security is the parent's and refuses `COPY`; a row that is there already ends it.
    """
    return sql.SQL("COPY {} ({}) FROM STDIN").format(
        sql.Identifier(SCHEMA, rows.partition), _names(rows.table.columns)
    )
