from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("messaging", "0005_room_for_answers")]

    operations = [
        migrations.AddIndex(
            "chunk",
            models.Index(
                fields=["id"], name="chunks_taken", condition=models.Q(("state__in", ("submitting", "held")))
            ),
        ),
    ]
