from django.contrib.auth.management import create_permissions
from django.db import migrations

# These rights are new, so nobody has decided yet who has them: the roles of 0015 get them wherever they still are.
LOOKED_AT = ("view_givenpage", "view_delivery", "view_endpoint")
GIVEN = {"viewer": LOOKED_AT, "operator": (*LOOKED_AT, "give_again", "deliver_again")}


def give(apps, _schema_editor):
    """Permissions are made after all migrations, and these are needed at once."""
    config = apps.get_app_config("messaging")
    before = getattr(config, "models_module", None)
    config.models_module = before or True  # in a migration an app has none, and would be passed over
    create_permissions(config, apps=apps, verbosity=0)
    config.models_module = before
    permissions = apps.get_model("auth", "Permission").objects.filter(content_type__app_label="messaging")
    for role in apps.get_model("auth", "Group").objects.filter(name__in=GIVEN):
        role.permissions.add(*permissions.filter(codename__in=GIVEN[role.name]))


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0025_ledger_roles"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(give, migrations.RunPython.noop)]
