"""What read-only pages share: nothing that changes a row, nothing that counts or sorts a big table."""

from typing import Any

from django.contrib.admin import ShowFacets
from django.core.paginator import Page, Paginator
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.functional import cached_property
from unfold.admin import ModelAdmin
from unfold.paginator import InfinitePaginator
from unfold.views import ChangeList

MOST_PAGES = 200  # OFFSET reads what it skips; what lies deeper is found by search or filter


class CheapPaginator(InfinitePaginator):  # type: ignore[misc]
    """Reads one row more than it shows, to know whether there are more, and never counts."""

    template_name = "accounts/pagination.html"
    has_more = False

    @cached_property
    def count(self) -> int:
        """What can be reached, not what there is."""
        return MOST_PAGES * int(self.per_page)

    def page(self, number: int | str) -> Page[Any]:
        wanted: int = self.validate_number(number)
        start = (wanted - 1) * self.per_page
        rows = list(self.object_list[start : start + self.per_page + 1])
        self.has_more = len(rows) > self.per_page and wanted < MOST_PAGES
        page: Page[Any] = self._get_page(rows[: self.per_page], wanted, self)
        return page


class UncountedList(ChangeList):  # type: ignore[misc]
    """Says nothing of how many there are: the heading would show what `CheapPaginator` can reach."""

    def get_results(self, request: HttpRequest) -> None:
        super().get_results(request)
        self.full_result_count = self.result_count


class NothingChanges:
    """Permissions of what staff only read."""

    def has_add_permission(self, *_args: Any) -> bool:
        return False

    def has_change_permission(self, *_args: Any) -> bool:
        return False

    def has_delete_permission(self, *_args: Any) -> bool:
        return False


class ReadOnlyAdmin(NothingChanges, ModelAdmin):  # type: ignore[misc]
    """Newest first, by primary key. `lookups` are the query parameters a list takes: others could scan the table."""

    paginator: type[Paginator[Any]] = CheapPaginator
    show_full_result_count = False
    show_facets = ShowFacets.NEVER
    ordering: tuple[Any, ...] = ("-pk",)
    sortable_by = ()
    list_per_page = 50
    lookups: tuple[str, ...] = ()
    is_recorded = False  # else its History page has something to show

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        context = {"show_history": self.is_recorded} | (extra_context or {})
        page: HttpResponse = super().changeform_view(request, object_id, form_url, context)
        return page

    def get_changelist(self, _request: HttpRequest, **_kwargs: Any) -> type[UncountedList]:
        return UncountedList

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        return lookup in self.lookups

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        term = search_term.strip()
        return (self.find(queryset, term) if term else queryset), False

    def find(self, queryset: QuerySet[Any], _term: str) -> QuerySet[Any]:
        """Narrow a list by what was typed, through indexes only."""
        return queryset.none()
