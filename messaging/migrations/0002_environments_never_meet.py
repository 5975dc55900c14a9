from django.db import migrations

# The last word on sandbox and live: no attempt can be written that joins an application and an account of two
# environments, whatever the routes say.
FORWARD = """
ALTER TABLE messaging_attempt
    ADD CONSTRAINT attempt_application_environment FOREIGN KEY (application_id, environment)
        REFERENCES accounts_application (id, environment),
    ADD CONSTRAINT attempt_account_environment FOREIGN KEY (upstream_account_id, environment)
        REFERENCES accounts_upstreamaccount (id, environment)
"""
BACKWARD = """
ALTER TABLE messaging_attempt
    DROP CONSTRAINT attempt_application_environment, DROP CONSTRAINT attempt_account_environment
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0001_initial"), ("accounts", "0002_environments_never_meet")]
    operations = [migrations.RunSQL(FORWARD, BACKWARD)]
