from django.db import migrations

# Five hundred neighbours change in one transaction when their call is answered, so a page must have room for a second
# version of every row, or three of four changes go to another page and into every index. The table ends no larger: the
# versions have to lie somewhere, and the next change takes the place of the first. Rows that are there stay as they
# are; partitions made later say the same themselves (`messaging.partitions.making`).
FORWARD = """
DO $$ DECLARE part regclass; BEGIN
    FOR part IN SELECT inhrelid FROM pg_inherits WHERE inhparent = 'messaging_message'::regclass LOOP
        EXECUTE format('ALTER TABLE %s SET (fillfactor = 45)', part);
    END LOOP;
END $$
"""


class Migration(migrations.Migration):
    dependencies = [("messaging", "0004_lean_indexes")]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
