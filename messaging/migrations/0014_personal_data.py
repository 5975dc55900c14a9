from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("messaging", "0013_what_waits_for_a_person")]
    operations = [
        migrations.AlterModelOptions(
            name="message",
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
                "permissions": [("view_personal_data", "May see whole numbers and texts")],
            },
        )
    ]
