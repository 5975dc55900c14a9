from django.db import migrations, models
from django.db.models import Func, Value

# A sequence each: `serial` is taken as an event is written, `position` once it is committed. The events that are there
# get theirs in the order of their times.
SERIALS = """
CREATE SEQUENCE messaging_event_serial;
CREATE SEQUENCE messaging_feed_position;
UPDATE messaging_event e SET serial = o.serial
FROM (SELECT id, nextval('messaging_event_serial') AS serial
      FROM (SELECT id FROM messaging_event ORDER BY at, id) in_order) o
WHERE o.id = e.id
"""
DROP = "DROP SEQUENCE messaging_event_serial, messaging_feed_position"


class Migration(migrations.Migration):
    dependencies = [("messaging", "0007_done_once")]

    operations = [
        migrations.AddField("event", "serial", models.BigIntegerField(null=True)),
        migrations.RunSQL(SERIALS, DROP),
        migrations.AlterField(
            "event",
            "serial",
            models.BigIntegerField(
                db_default=Func(Value("messaging_event_serial"), function="nextval"),
                editable=False,
                verbose_name="order of writing",
            ),
        ),
        migrations.AddField(
            "inboundmessage",
            "position",
            models.BigIntegerField(
                help_text="Place in its application's feed, given after commit; a new application empties it.",
                null=True,
                verbose_name="position",
            ),
        ),
        migrations.AddIndex(
            "event",
            models.Index(
                fields=["serial"], name="events_to_number", condition=models.Q(position__isnull=True)
            ),
        ),
        migrations.AddIndex(
            "event",
            models.Index(
                fields=["application", "position"],
                name="events_of_feed",
                condition=models.Q(position__isnull=False),
            ),
        ),
        migrations.AddIndex(
            "inboundmessage",
            models.Index(
                fields=["id"],
                name="inbound_to_number",
                condition=models.Q(position__isnull=True, application__isnull=False),
            ),
        ),
        migrations.AddIndex(
            "inboundmessage",
            models.Index(
                fields=["application", "position"],
                name="inbound_of_feed",
                condition=models.Q(position__isnull=False),
            ),
        ),
    ]
