from django.contrib.auth.management import create_permissions
from django.db import migrations

# These rights are new, so nobody has decided yet who has them: the roles of 0015 get them wherever they still are.
LOOKED_AT = ("view_gatewaylogin", "view_purse")
GIVEN = {
    "viewer": LOOKED_AT,
    "operator": LOOKED_AT,
    "finance": (
        *LOOKED_AT, "add_purse", "change_purse", "top_up_purse", "correct_purse", "view_posting", "view_dayclosing",
    ),
    "security": ("view_gatewaylogin", "add_gatewaylogin", "change_gatewaylogin"),
}  # fmt: skip


def give(apps, _schema_editor):
    """Permissions are made after all migrations, and these are needed at once."""
    config = apps.get_app_config("accounts")
    before = getattr(config, "models_module", None)
    config.models_module = before or True  # in a migration an app has none, and would be passed over
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = before
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="accounts")
    for role in apps.get_model("auth", "Group").objects.filter(name__in=GIVEN):
        role.permissions.add(*permissions.filter(codename__in=GIVEN[role.name]))


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0024_outbox"),
        ("accounts", "0014_daily_closings"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
