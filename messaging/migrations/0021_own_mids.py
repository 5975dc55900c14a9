from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("messaging", "0020_came_by_a_login")]
    operations = [
        migrations.RunSQL("CREATE SEQUENCE messaging_own_mid CACHE 1", "DROP SEQUENCE messaging_own_mid"),
    ]
