"""Event tables by month, so that old months can go at once; how far each partition is, by seq.

A key of a partitioned table must hold what it is partitioned by. `ts` is a pure function of a
decision, as its id and its place are, so the longer keys forbid what the shorter ones did.
"""

from alembic import op

revision = "0002"
down_revision = "0001"

EVENTS = ("breaches", "phases_passed", "state_changes", "warnings", "interventions")

# Attaching a table that was made beside the others locks nobody out, making it in place does.
ENSURE_MONTH = """
CREATE FUNCTION highwater.ensure_month(day date) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    first date := date_trunc('month', day)::date;
    last date := (first + interval '1 month')::date;
    parent text;
    part text;
BEGIN
    PERFORM pg_advisory_xact_lock(1213680977);
    FOREACH parent IN ARRAY ARRAY['breaches', 'phases_passed', 'state_changes', 'warnings',
                                  'interventions']
    LOOP
        part := parent || to_char(first, '_YYYY_MM');
        CONTINUE WHEN to_regclass('highwater.' || part) IS NOT NULL;
        EXECUTE format('CREATE TABLE highwater.%I (LIKE highwater.%I INCLUDING ALL)', part, parent);
        EXECUTE format('ALTER TABLE highwater.%I ATTACH PARTITION highwater.%I'
                       ' FOR VALUES FROM (%L) TO (%L)', parent, part,
                       first::text || ' 00:00:00+00', last::text || ' 00:00:00+00');
    END LOOP;
END $$"""

DROP_MONTHS = """
CREATE FUNCTION highwater.drop_months(before date) RETURNS SETOF text
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT parent.relname AS parent, child.relname AS child
        FROM pg_inherits
        JOIN pg_class parent ON parent.oid = inhparent
        JOIN pg_class child ON child.oid = inhrelid
        WHERE parent.relnamespace = 'highwater'::regnamespace AND parent.relkind = 'p'
          AND child.relname ~ '_[0-9]{4}_[0-9]{2}$'
          AND to_date(right(child.relname, 7), 'YYYY_MM') + interval '1 month' <= before
        ORDER BY child.relname
    LOOP
        EXECUTE format('ALTER TABLE highwater.%I DETACH PARTITION highwater.%I',
                       found.parent, found.child);
        EXECUTE format('DROP TABLE highwater.%I', found.child);
        RETURN NEXT found.child;
    END LOOP;
END $$"""


def upgrade() -> None:
    """Move the rows into partitions."""
    op.execute("ALTER TABLE highwater.stream_progress ADD COLUMN seq bigint NOT NULL DEFAULT 0")
    for name in EVENTS:
        op.execute(f"ALTER TABLE highwater.{name} RENAME TO {name}_whole")
        op.execute(f"DROP INDEX highwater.{name}_account")
        op.execute(f"""
CREATE TABLE highwater.{name} (LIKE highwater.{name}_whole INCLUDING DEFAULTS,
    CONSTRAINT {name}_place PRIMARY KEY (log_partition, log_offset, ts),
    CONSTRAINT {name}_decision UNIQUE (decision_id, ts)
) PARTITION BY RANGE (ts)""")
        op.execute(f"CREATE INDEX {name}_account ON highwater.{name} (account_id, seq)")
        op.execute(f"CREATE INDEX {name}_seq ON highwater.{name} (seq, decision_id)")
    op.execute("DROP INDEX highwater.interventions_id")
    op.execute(
        "CREATE UNIQUE INDEX interventions_id ON highwater.interventions (intervention_id, ts)"
    )
    op.execute(ENSURE_MONTH)
    op.execute(DROP_MONTHS)
    for name in EVENTS:
        op.execute(f"""
DO $$
DECLARE month date;
BEGIN
    FOR month IN SELECT DISTINCT date_trunc('month', ts AT TIME ZONE 'UTC')::date
                 FROM highwater.{name}_whole
    LOOP
        PERFORM highwater.ensure_month(month);
    END LOOP;
END $$""")
        op.execute(f"INSERT INTO highwater.{name} SELECT * FROM highwater.{name}_whole")
        op.execute(f"DROP TABLE highwater.{name}_whole")


def downgrade() -> None:
    """Move the rows back into whole tables."""
    for name in EVENTS:
        op.execute(f"ALTER TABLE highwater.{name} RENAME TO {name}_parts")
        op.execute(f"DROP INDEX highwater.{name}_account")
        op.execute(f"""
CREATE TABLE highwater.{name} (LIKE highwater.{name}_parts INCLUDING DEFAULTS,
    PRIMARY KEY (log_partition, log_offset), UNIQUE (decision_id))""")
        op.execute(f"INSERT INTO highwater.{name} SELECT * FROM highwater.{name}_parts")
        op.execute(f"DROP TABLE highwater.{name}_parts")
        op.execute(f"CREATE INDEX {name}_account ON highwater.{name} (account_id, seq)")
    op.execute("CREATE UNIQUE INDEX interventions_id ON highwater.interventions (intervention_id)")
    op.execute("DROP FUNCTION highwater.drop_months(date)")
    op.execute("DROP FUNCTION highwater.ensure_month(date)")
    op.execute("ALTER TABLE highwater.stream_progress DROP COLUMN seq")
