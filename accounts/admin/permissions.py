"""Roles and permissions in the forms of staff: a list to tick, in the reader's language."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, Permission, User
from django.db.models import Model
from django.forms import ModelMultipleChoiceField
from django.http import HttpRequest
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

ACTIONS = {"add": _("add"), "change": _("change"), "delete": _("delete"), "view": _("look at")}

# Django names these tables and their rows by words of its own code; a page of what is deleted shows both.
LINKS: tuple[tuple[Any, Any, str], ...] = (
    (Group.permissions.through, _("permission of a role"), "permission"),
    (User.groups.through, _("role of a user"), "group"),
    (User.user_permissions.through, _("permission of a user"), "permission"),
)


def permission_label(permission: Permission) -> str:
    """Return whom a permission is about and what it allows: Django keeps its name in English only."""
    kind = permission.content_type
    model = kind.model_class()
    subject = capfirst(str(model._meta.verbose_name)) if model else kind.model  # noqa: SLF001
    action = ACTIONS.get(permission.codename.removesuffix(f"_{kind.model}"))
    return f"{subject}: {action or gettext(permission.name)}"


def name_links() -> None:
    """Give the rows between users, roles and permissions names that people can read."""
    for through, name, end in LINKS:
        through._meta.verbose_name = through._meta.verbose_name_plural = name  # noqa: SLF001
        through.__str__ = lambda link, end=end: label(getattr(link, end))


def label(row: Model) -> str:
    """Return how people read a row that another points to."""
    return permission_label(row) if isinstance(row, Permission) else str(row)


class Ticked:
    """Lists to tick: the two boxes are wider than a page. Only what some page of the admin asks for is offered."""

    filter_horizontal = ()

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest | None = None, **kwargs: Any
    ) -> ModelMultipleChoiceField[Any] | None:
        if db_field.related_model is Permission:
            apps = {model._meta.app_label for model in admin.site._registry}  # noqa: SLF001
            kwargs["queryset"] = Permission.objects.filter(content_type__app_label__in=apps)
        kwargs["widget"] = UnfoldAdminCheckboxSelectMultipleWidget
        field = super().formfield_for_manytomany(db_field, request, **kwargs)  # type: ignore[misc]
        if db_field.related_model is Permission:
            field.label_from_instance = permission_label
        return field  # type: ignore[no-any-return]
