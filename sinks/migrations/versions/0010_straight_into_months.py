"""The flow may add rows to a month's partition itself: `COPY` does not go through the parent.

Row-level security lies on the parents, and `COPY` refuses a table that has it. Nobody else may
touch a partition.
"""

from alembic import op

revision = "0010"
down_revision = "0009"

# Attaching a table that was made beside the others locks nobody out, making it in place does.
ENSURE_MONTH = """
CREATE OR REPLACE FUNCTION highwater.ensure_month(day date) RETURNS void
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
        {grant}
    END LOOP;
END $$"""
GRANT = "EXECUTE format('GRANT INSERT ON highwater.%I TO hw_flow', part);"
_EVERY_MONTH = """
DO $$
DECLARE part regclass;
BEGIN
    FOR part IN SELECT inhrelid::regclass FROM pg_inherits
                JOIN pg_class parent ON parent.oid = inhparent
                WHERE parent.relnamespace = 'highwater'::regnamespace AND parent.relkind = 'p'
    LOOP
        EXECUTE format('{change}', part);
    END LOOP;
END $$"""


def upgrade() -> None:
    """Grant it on the months there are, and on those to come."""
    op.execute(ENSURE_MONTH.format(grant=GRANT))
    op.execute(_EVERY_MONTH.format(change="GRANT INSERT ON %s TO hw_flow"))


def downgrade() -> None:
    """Take it back."""
    op.execute(ENSURE_MONTH.format(grant=""))
    op.execute(_EVERY_MONTH.format(change="REVOKE INSERT ON %s FROM hw_flow"))
