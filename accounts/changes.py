"""How changes of the configuration are recorded: by triggers, so that none is missed, whoever made it and in what way.

What a library for Django's models would see are calls of `save`; a key is revoked, an account distrusted and a row
mended by hand without one.
"""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, connection
from django.db.migrations import RunSQL

ACTOR = "smsgateway.actor"

FUNCTION = """
CREATE FUNCTION record_configuration_change() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    ignored text[] := string_to_array(TG_ARGV[0], ',');
    secrets text[] := string_to_array(TG_ARGV[1], ',');
    told jsonb := '{}';
    hidden jsonb := '{}';
    old_row jsonb;
    new_row jsonb;
    secret text;
BEGIN
    IF TG_OP <> 'INSERT' THEN old_row := to_jsonb(OLD) - ignored; END IF;
    IF TG_OP <> 'DELETE' THEN new_row := to_jsonb(NEW) - ignored; END IF;
    IF old_row = new_row THEN RETURN NULL; END IF;
    FOREACH secret IN ARRAY secrets LOOP
        hidden := hidden || jsonb_build_object(secret, '•••');
        told := told || jsonb_build_object(
            secret, CASE WHEN old_row -> secret IS DISTINCT FROM new_row -> secret THEN '••• (new)' ELSE '•••' END);
    END LOOP;
    INSERT INTO accounts_configurationchange (at, actor, kind, table_name, row_id, before, after)
    VALUES (
        now(),
        coalesce(
            nullif(current_setting('smsgateway.actor', true), ''),
            CASE current_setting('application_name')
                WHEN 'smsgateway' THEN 'command' ELSE current_setting('application_name') END),
        lower(TG_OP), TG_TABLE_NAME, (coalesce(new_row, old_row) ->> 'id')::bigint,
        old_row || hidden, new_row || told);
    RETURN NULL;
END $$;
"""
WITHOUT_FUNCTION = "DROP FUNCTION record_configuration_change()"


def record_changes(table: str, *, ignored: tuple[str, ...] = (), secret: tuple[str, ...] = ()) -> RunSQL:
    """Return the migration's step that has a table's changes recorded.

    Columns that are ignored change by themselves and stand in no record; of a secret one only that it was changed.
    """
    trigger = f"{table}_changes"
    arguments = f"'{','.join(ignored)}', '{','.join(secret)}'"
    return RunSQL(
        f"CREATE TRIGGER {trigger} AFTER INSERT OR UPDATE OR DELETE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION record_configuration_change({arguments})",
        f"DROP TRIGGER {trigger} ON {table}",
    )


KEEPING = """
CREATE OR REPLACE FUNCTION refuse_to_forget() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    has_rows boolean := true;
BEGIN
    IF TG_OP = 'TRUNCATE' THEN
        EXECUTE format('SELECT EXISTS (SELECT FROM %I.%I)', TG_TABLE_SCHEMA, TG_TABLE_NAME) INTO has_rows;
    END IF;
    IF has_rows THEN
        RAISE EXCEPTION 'what % holds is neither changed nor deleted', TG_TABLE_NAME
            USING ERRCODE = 'restrict_violation', TABLE = TG_TABLE_NAME;
    END IF;
    RETURN NULL;
END $$;
"""
WITHOUT_KEEPING = "DROP FUNCTION refuse_to_forget()"


def keep_for_ever(table: str) -> RunSQL:
    """Return the migration's step after which a table only grows: to change or delete a row is an `IntegrityError`."""
    trigger = f"{table}_keeps"
    return RunSQL(
        f"CREATE TRIGGER {trigger} BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_forget()",
        f"DROP TRIGGER {trigger} ON {table}",
    )


@contextmanager
def acting_as(name: str) -> Iterator[None]:
    """Have every change that this connection makes meanwhile recorded as this person's."""
    _set_actor(name)
    try:
        yield
    finally:
        try:
            _set_actor("")
        except DatabaseError:  # a broken connection: its session, and the name in it, end with it
            connection.close()


def _set_actor(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, false)", [ACTOR, name])
