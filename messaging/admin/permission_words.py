"""English names of permissions, which Django keeps in the database: `make messages` finds them here."""

from django.utils.translation import gettext_noop as _

WORDS = (
    _("Can see whole numbers and texts"),
    _("Can send by hand"),
    _("Can cancel messages and batches"),
    _("Can send an unknown message again"),
    _("Can see one number and text for a reason"),
    _("Can export lists for a reason"),
    _("Can have deliveries sent again"),
    _("Can have pages given again"),
    _("Can top up purses"),
    _("Can correct purses"),
    _("Topped up by %(amount)s."),
    _("Corrected by %(amount)s."),
    _("Can release holds and resume what is paused"),
    _("Can pause accounts, applications, batches and everything"),
)
