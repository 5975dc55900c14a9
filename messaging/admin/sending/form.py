"""What staff fill in, read into a letter that can be sent."""

import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import RegexValidator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    DATETIME_CLASSES,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminSelectWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from accounts.models import Application
from messaging.drafts import Letter, write_letter
from messaging.exceptions import Invalid
from messaging.routing import sender_for
from messaging.sheets import MOST_ROWS, Entry, Sheet, Unreadable, read_file, read_pasted
from messaging.states import Category
from messaging.timing import time_problems

MOST_PASTED_CHARACTERS = 2_000_000
LOCAL_TIME = "%Y-%m-%dT%H:%M"


class ApplicationField(forms.ModelChoiceField):  # type: ignore[type-arg]
    def label_from_instance(self, application: Any) -> str:
        return f"{application.name} ({application.get_environment_display()})"


class MomentInput(forms.DateTimeInput):
    """The browser's own picker."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__({"class": " ".join(DATETIME_CLASSES)}, format=LOCAL_TIME)


class MomentField(forms.DateTimeField):
    """A time in the staff's zone, typed or picked."""

    widget = MomentInput

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, input_formats=[LOCAL_TIME, "%Y-%m-%dT%H:%M:%S"], **options)


class OptionsForm(forms.Form):
    """Whose message it is, what it says, and when it goes."""

    application = ApplicationField(
        label=_("Application"),
        queryset=Application.objects.filter(is_active=True).order_by("name"),
        widget=UnfoldAdminSelectWidget,
        help_text=_(
            "In whose name it is sent: its routes, quotas and limits hold, and it is told what becomes of it."
        ),
    )
    category = forms.ChoiceField(
        label=_("Category"),
        choices=Category.choices,
        initial=Category.NOTIFICATION,
        widget=UnfoldAdminSelectWidget,
    )
    content = forms.CharField(
        label=_("Text"),
        required=False,
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 5}),
        help_text=_("Signature in front: 【…】. Leave it empty when the file has a text for each number."),
    )
    extno = forms.CharField(
        label=_("Extno"),
        required=False,
        max_length=20,
        validators=[RegexValidator(r"\A[0-9]{1,20}\Z", _("An extno has 1 to 20 digits."))],
        widget=UnfoldAdminTextInputWidget,
        help_text=_("Empty: the account's own. Another one must be leased to the application."),
    )
    send_at = MomentField(label=_("Send at"))
    expires_at = MomentField(label=_("Expires at"), help_text=_("Never sent after this."))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        text = gettext("Empty: now. At most 30 days ahead, by the clock of %(zone)s.")
        self.fields["send_at"].help_text = text % {"zone": settings.TIME_ZONE}

    def clean_content(self) -> str:
        """Browsers write a line break as two characters, and each would be billed."""
        content: str = self.cleaned_data["content"]
        return content.replace("\r\n", "\n")

    def clean_extno(self) -> str | None:
        return self.cleaned_data["extno"] or None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for problem in time_problems(data.get("send_at"), data.get("expires_at")):
            self.add_error(problem.pointer.removeprefix("/"), problem.detail)
        return data

    def options(self) -> dict[str, Any]:
        """Return what holds for every message, whoever gets it. Times are aware."""
        return {
            name: self.cleaned_data[name]
            for name in ("application", "category", "extno", "send_at", "expires_at")
        }


class CountForm(OptionsForm):
    """As much of the form as can be counted while it is filled in."""

    numbers = forms.CharField(
        label=_("Numbers"),
        required=False,
        max_length=MOST_PASTED_CHARACTERS,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 6, "maxlength": MOST_PASTED_CHARACTERS}),
        help_text=_("One a line, or with commas or blanks between them."),
    )

    def clean_numbers(self) -> list[Entry]:
        try:
            return read_pasted(self.cleaned_data["numbers"])
        except Unreadable as error:
            raise ValidationError(str(error)) from error


class SendForm(CountForm):
    """The whole form. Once it is valid, `letter` is what would be sent.

    `form` is its own key: what comes from one form is sent once, however often a browser sends it.
    """

    form = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    file = forms.FileField(
        label=_("or a file"),
        required=False,
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".csv,.txt,text/csv,text/plain"}),
        help_text=_(
            "CSV or text, UTF-8 or GBK, up to 100,000 rows: a column of numbers and, if you like, columns named text "
            "(内容) and reference (编号)."
        ),
    )
    field_order = ("application", "category", "content", "numbers", "file", "extno", "send_at", "expires_at")
    letter: Letter

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].widget.attrs |= {
            "data-most-bytes": settings.DATA_UPLOAD_MAX_MEMORY_SIZE,
            "data-too-big": too_big(),
        }

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        if self.errors:
            return data
        if bool(data["numbers"]) == bool(data["file"]):
            self.add_error("numbers", _("Give either numbers here or a file."))
            return data
        try:
            self._write(data)
        except Unreadable as error:
            self.add_error("file", str(error))
        except Invalid as error:
            self.add_error("extno" if error.code == "unknown_extno" else "content", error.detail)
        return data

    def _write(self, data: dict[str, Any]) -> None:
        sender = sender_for(data["application"], data["category"], data["extno"], anew=True)
        own_texts = not data["content"].strip()
        entries, source = data["numbers"], ""
        if data["file"]:
            sheet = _read(data["file"], own_texts=own_texts)
            if not own_texts and sheet.columns.text is not None:
                self.add_error(
                    "content", _("The file has texts of its own: leave this empty, or take its column out.")
                )
                return
            entries, source = sheet.entries, how_read(sheet)
            own_texts = sheet.columns.text is not None
        content = None if own_texts and data["file"] else data["content"]
        self.letter = write_letter(content, entries, sender, source)
        if not self.letter.mobiles:
            self.add_error("file" if data["file"] else "numbers", _("None of the rows can be sent."))


def _read(file: "UploadedFile[bytes]", *, own_texts: bool) -> Sheet:
    if file.size is None or file.size > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise Unreadable(too_big())
    return read_file(file.read(), own_texts=own_texts)


def too_big() -> str:
    text = gettext(
        "The file is larger than %(size)s MB. Cut the list into several; at most %(rows)s rows go at once."
    )
    size = settings.DATA_UPLOAD_MAX_MEMORY_SIZE / 1024 / 1024
    return text % {"size": f"{size:g}", "rows": f"{MOST_ROWS:,}"}


DELIMITER_NAMES = {",": _("commas"), ";": _("semicolons"), "\t": _("tabs"), "": _("one column")}


def how_read(sheet: Sheet) -> str:
    """Say how a file was understood, for somebody who can see when it was not."""
    columns = sheet.columns
    told = [sheet.encoding, str(DELIMITER_NAMES[sheet.delimiter])]
    told.append(gettext("a header") if sheet.header else gettext("no header"))
    told.append(gettext("numbers from column %(column)s") % {"column": columns.number + 1})
    if columns.text is not None:
        told.append(gettext("texts from column %(column)s") % {"column": columns.text + 1})
    if columns.reference is not None:
        told.append(gettext("references from column %(column)s") % {"column": columns.reference + 1})
    return ", ".join(told)
