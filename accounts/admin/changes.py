"""The history of the configuration: who changed what, when, and what it was before."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import DateTimeField, Field, ForeignKey, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.labels import labelled
from accounts.admin.permissions import label
from accounts.admin.reading import ReadOnlyAdmin
from accounts.models import ConfigurationChange

COLOURS = {"insert": "success", "update": "info", "delete": "danger"}
NAMES = ("name", "username", "prefix", "text", "extno", "code")  # columns by which people know a row
WITHOUT_MODEL = {
    "auth_user_groups": _("role of a user"),
    "auth_user_user_permissions": _("permission of a user"),
    "auth_group_permissions": _("permission of a role"),
    "otp_totp_totpdevice": _("second factor"),
}
REPLACED = "••• (new)"  # a secret, as accounts.changes writes it into the record
MOST = 200  # on one row's page


@dataclass(frozen=True)
class Difference:
    """One column of one change, as people read it."""

    column: str
    before: str
    after: str


class Reader:
    """Reads records for one page: what is pointed at is looked up once."""

    def __init__(self) -> None:
        self._models = {model._meta.db_table: model for model in apps.get_models(include_auto_created=True)}  # noqa: SLF001
        self._pointed_at: dict[tuple[type[Model], Any], str] = {}

    def subject(self, change: ConfigurationChange) -> str:
        """Return what was changed, such as `Route 3` or `API key 4f2a…`."""
        row = change.after or change.before or {}
        name = next((row[column] for column in NAMES if row.get(column)), change.row_id)
        return f"{self.kind_of(change)} {name}"

    def kind_of(self, change: ConfigurationChange) -> str:
        named = WITHOUT_MODEL.get(change.table_name)
        model = self._models.get(change.table_name)
        return capfirst(str(named or (model._meta.verbose_name if model else change.table_name)))  # noqa: SLF001

    def differences(self, change: ConfigurationChange) -> Iterator[Difference]:
        before, after = change.before or {}, change.after or {}
        for column in sorted(before.keys() | after.keys()):
            if before.get(column) != after.get(column) and column != "id":
                field = self._field(change.table_name, column)
                yield Difference(
                    capfirst(_name_of(field)) if field else column,
                    self._shown(field, before.get(column)),
                    self._shown(field, after.get(column)),
                )

    def _field(self, table: str, column: str) -> Field[Any, Any] | None:
        model = self._models.get(table)
        if model is None:
            return None
        fields = {field.column: field for field in model._meta.concrete_fields}  # noqa: SLF001
        return fields.get(column)

    def _shown(self, field: Field[Any, Any] | None, value: Any) -> str:
        if value is None or value in ("", []):
            return ""
        if isinstance(value, bool):
            return gettext("yes") if value else gettext("no")
        if value == REPLACED:
            return gettext("••• (new)")
        if isinstance(value, list):
            return ", ".join(map(str, value))
        if isinstance(field, DateTimeField):
            moment = parse_datetime(value)
            return date_format(timezone.localtime(moment), "DATETIME_FORMAT") if moment else value
        if isinstance(field, ForeignKey):
            return self._name(field.related_model, value)
        return str(dict(getattr(field, "flatchoices", ())).get(value, value))

    def _name(self, model: Any, key: Any) -> str:
        if (model, key) not in self._pointed_at:
            found = model._default_manager.filter(pk=key).first()  # noqa: SLF001
            self._pointed_at[model, key] = label(found) if found else f"{key} ({gettext('deleted')})"
        return self._pointed_at[model, key]


def _name_of(field: Field[Any, Any]) -> str:
    """A column of a table that Django made by itself has no name but that of what it points to."""
    target: Any = field.related_model
    made_by_itself = target and field.model._meta.auto_created  # noqa: SLF001
    return str(target._meta.verbose_name if made_by_itself else field.verbose_name)  # noqa: SLF001


@admin.register(ConfigurationChange)
class ConfigurationChangeAdmin(ReadOnlyAdmin):
    """Everything, the newest first."""

    list_display = ("at", "actor", "shown_kind", "shown_subject", "shown_differences")
    list_display_links = ("at",)
    list_filter = ("kind", "actor")
    lookups = ("kind__exact", "actor")
    search_fields = ("actor",)
    fields = ("at", "actor", "kind", "shown_subject", "shown_row")

    def find(self, queryset: QuerySet[Any], term: str) -> QuerySet[Any]:
        """By who did it, or by what it was called then."""
        named = Q(actor=term)
        for column in NAMES:
            named |= Q(**{f"after__{column}": term}) | Q(**{f"before__{column}": term})
        return queryset.filter(named)

    @labelled(_("what was done"), COLOURS)
    def shown_kind(self, change: ConfigurationChange) -> tuple[str, str]:
        return change.kind, change.get_kind_display()

    @admin.display(description=_("of what"))
    def shown_subject(self, change: ConfigurationChange) -> str:
        return Reader().subject(change)

    @admin.display(description=_("before → after"))
    def shown_differences(self, change: ConfigurationChange) -> str:
        if change.kind == ConfigurationChange.Kind.CHANGED:
            return told(Reader().differences(change))
        return ""

    @admin.display(description=_("before → after"))
    def shown_row(self, change: ConfigurationChange) -> str:
        return told(Reader().differences(change))


def told(differences: Iterator[Difference]) -> str:
    """Return one line for each column."""
    lines = ((line.column, line.before or "–", line.after or "–") for line in differences)
    return format_html("<div>{}</div>", format_html_join("", "<div><b>{}</b>: {} → {}</div>", lines))


class Recorded:
    """An admin whose History page shows what the triggers recorded, also of the rows that belong to this one."""

    is_recorded = True
    history_parts: tuple[tuple[str, str], ...] = ()  # table, and its column that points here
    opts: Any
    admin_site: Any
    get_object: Any
    has_view_or_change_permission: Any

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        row = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, row) or row is None:
            raise PermissionDenied
        reader = Reader()
        changes = [
            {
                "change": change,
                "subject": reader.subject(change),
                "colour": COLOURS[change.kind],
                "differences": list(reader.differences(change)),
            }
            for change in self._changes_of(row.pk)
        ]
        context = self.admin_site.each_context(request) | {
            "title": gettext("History: %(name)s") % {"name": row},
            "opts": self.opts,
            "object": row,
            "changes": changes,
            "most": MOST if len(changes) == MOST else None,
        }
        return TemplateResponse(request, "accounts/history.html", context | (extra_context or {}))

    def _changes_of(self, row_id: int) -> QuerySet[ConfigurationChange]:
        wanted = Q(table_name=self.opts.db_table, row_id=row_id)
        for table, column in self.history_parts:
            points_here = Q(**{f"after__{column}": row_id}) | Q(**{f"before__{column}": row_id})
            wanted |= Q(table_name=table) & points_here
        return ConfigurationChange.objects.filter(wanted).order_by("-pk")[:MOST]
