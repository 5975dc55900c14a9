from django.db import migrations

# A route carries its environment, and both of its ends must have the same one: composite foreign keys. The
# environment of an application or an account that is routed can't be changed under it either.
FORWARD = """
ALTER TABLE accounts_route
    ADD CONSTRAINT route_application_environment FOREIGN KEY (application_id, environment)
        REFERENCES accounts_application (id, environment),
    ADD CONSTRAINT route_account_environment FOREIGN KEY (upstream_account_id, environment)
        REFERENCES accounts_upstreamaccount (id, environment)
"""
BACKWARD = """
ALTER TABLE accounts_route DROP CONSTRAINT route_application_environment, DROP CONSTRAINT route_account_environment
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
