from django.db import migrations

# The last word on the moves: whatever code, console or repair script writes a state, only a move of
# `messaging.states.MOVES` is stored. The list is written out, for a migration never changes by itself; a test compares
# it with MOVES, pair by pair. It stands in WHEN, so a legal move calls no function. Row triggers of a partitioned table
# are its partitions' too, those made later included.
FORWARD = """
CREATE FUNCTION messaging_refuse_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'message % cannot move from % to %', OLD.id, OLD.state, NEW.state
        USING ERRCODE = 'check_violation', CONSTRAINT = 'moves_are_guarded', TABLE = 'messaging_message';
END
$$;
CREATE TRIGGER moves_are_guarded BEFORE UPDATE OF state ON messaging_message FOR EACH ROW
WHEN (OLD.state IS DISTINCT FROM NEW.state AND (OLD.state, NEW.state) NOT IN (
    ('queued', 'submitted'), ('unknown', 'submitted'), ('unresolved', 'submitted'),
    ('queued', 'rejected'), ('unknown', 'rejected'), ('unresolved', 'rejected'),
    ('queued', 'unknown'), ('queued', 'expired'), ('queued', 'cancelled'),
    ('submitted', 'delivered'), ('unknown', 'delivered'), ('unresolved', 'delivered'), ('no_report', 'delivered'),
    ('rejected', 'delivered'), ('undelivered', 'delivered'),
    ('submitted', 'undelivered'), ('unknown', 'undelivered'), ('unresolved', 'undelivered'),
    ('no_report', 'undelivered'), ('rejected', 'undelivered'),
    ('submitted', 'no_report'), ('unknown', 'unresolved')
))
EXECUTE FUNCTION messaging_refuse_move()
"""
BACKWARD = """
DROP TRIGGER moves_are_guarded ON messaging_message;
DROP FUNCTION messaging_refuse_move()
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0002_environments_never_meet")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
