from django.contrib.auth.management import create_permissions
from django.db import migrations

# Roles are groups: whoever needs another, or other rights for one of these, makes that in the admin. What a migration
# made is not touched again.
LOOKED_AT = {
    "accounts": "application upstreamaccount route signature extnolease balancereading",
    "messaging": "message batch inboundmessage deliveryreport alarm hold attempt chunk event upstreampayload extramid "
    "queuedsingle joblease heartbeat coderule codenote",
}
VIEWER = {f"{app}.view_{model}" for app, models in LOOKED_AT.items() for model in models.split()}
OPERATOR = VIEWER | {
    "messaging.view_personal_data", "messaging.send_message", "messaging.cancel_message", "messaging.resend_message",
    "messaging.release_hold", "messaging.pause_sending", "messaging.change_hold", "messaging.change_chunk",
    "messaging.change_inboundmessage", "messaging.add_codenote", "messaging.change_codenote",
    "messaging.add_coderule", "messaging.delete_coderule", "accounts.add_route", "accounts.add_extnolease",
}  # fmt: skip
FINANCE = {
    "accounts.view_application", "accounts.view_upstreamaccount", "accounts.view_balancereading",
    "messaging.view_batch", "messaging.view_alarm",
}  # fmt: skip
CONFIGURED = {
    "accounts": "application apikey upstreamaccount route signature extnolease",
    "auth": "user group",
}
SECURITY = {"accounts.view_configurationchange", "messaging.view_alarm", "messaging.view_hold"} | {
    f"{app}.{verb}_{model}"
    for app, models in CONFIGURED.items()
    for model in models.split()
    for verb in ("view", "add", "change", "delete")
}
ROLES = {"viewer": VIEWER, "operator": OPERATOR, "finance": FINANCE, "security": SECURITY}


def make_roles(apps, _schema_editor):
    """Permissions are made after all migrations, and these need some at once."""
    for label in ("accounts", "messaging", "auth"):
        config = apps.get_app_config(label)
        before = getattr(config, "models_module", None)
        config.models_module = before or True  # in a migration an app has none, and would be passed over
        create_permissions(config, apps=apps, verbosity=0)
        config.models_module = before
    permission, group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    known = {
        f"{row.content_type.app_label}.{row.codename}": row
        for row in permission.objects.select_related("content_type")
    }
    for name, wanted in ROLES.items():
        role, is_new = group.objects.get_or_create(name=name)
        if is_new:
            role.permissions.set([known[codename] for codename in sorted(wanted)])


class Migration(migrations.Migration):
    dependencies = [
        ("messaging", "0014_staff_permissions"),
        ("accounts", "0010_configuration_changes"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
    ]
    operations = [migrations.RunPython(make_roles, migrations.RunPython.noop)]
