from django.db import migrations

from accounts.changes import record_changes


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0011_drafts"),
        ("accounts", "0010_configuration_changes"),
    ]
    operations = [
        record_changes("messaging_coderule"),
        record_changes("messaging_codenote"),
    ]
