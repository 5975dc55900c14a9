from django.db import migrations, models

# The ends of a batch that was stored before they were kept; messages_of_batch, dropped below, serves both.
ENDS = """
UPDATE messaging_batch b SET
    first_message_id = coalesce((SELECT m.id FROM messaging_message m WHERE m.batch_id = b.id ORDER BY m.id LIMIT 1),
                                b.id),
    last_message_id = coalesce((SELECT m.id FROM messaging_message m WHERE m.batch_id = b.id ORDER BY m.id DESC LIMIT 1),
                               b.id)
"""

# Ids that grow are appended at the end of an ascending index, where pages fill up; in a descending one each page is
# split in the middle. Sets of ids don't compress well enough to pay for trying (10,000 ids: 5 ms).
STORED_PLAINLY = """
ALTER TABLE messaging_event ALTER COLUMN message_ids SET STORAGE EXTERNAL;
ALTER TABLE messaging_chunk ALTER COLUMN members SET STORAGE EXTERNAL
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0003_moves_are_guarded")]

    operations = [
        migrations.AddField("batch", "first_message_id", models.UUIDField(null=True)),
        migrations.AddField("batch", "last_message_id", models.UUIDField(null=True)),
        migrations.RunSQL(ENDS, migrations.RunSQL.noop),
        migrations.AlterField(
            "batch", "first_message_id", models.UUIDField(verbose_name="first message")
        ),
        migrations.AlterField(
            "batch",
            "last_message_id",
            models.UUIDField(help_text="The ids of all lie between first and last.", verbose_name="last message"),
        ),
        migrations.RemoveIndex("message", "messages_of_application"),
        migrations.RemoveIndex("message", "messages_of_mobile"),
        migrations.RemoveIndex("message", "messages_of_reference"),
        migrations.RemoveIndex("message", "messages_of_batch"),
        migrations.AddIndex("message", models.Index(fields=["application", "id"], name="messages_of_application")),
        migrations.AddIndex("message", models.Index(fields=["mobile", "id"], name="messages_of_mobile")),
        migrations.AddIndex(
            "message",
            models.Index(
                fields=["application", "reference", "id"],
                name="messages_of_reference",
                condition=models.Q(reference__isnull=False),
            ),
        ),
        migrations.RunSQL(STORED_PLAINLY, migrations.RunSQL.noop),
    ]
