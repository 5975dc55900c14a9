"""Users and groups, in the forms of the theme, and how they log in."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin as DjangoGroupAdmin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.models import Group, User
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from accounts.admin.changes import Recorded
from accounts.admin.permissions import Ticked, name_links
from accounts.admin.second_factor import SecondFactor

# The devices' own pages would show everybody's secrets to whoever may open them.
for model in (User, Group, TOTPDevice, StaticDevice):
    admin.site.unregister(model)

name_links()
admin.site.login_template = "accounts/login.html"


@admin.register(User)
class UserAdmin(Recorded, Ticked, DjangoUserAdmin, ModelAdmin):  # type: ignore[misc, type-arg]
    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    history_parts = (
        ("auth_user_groups", "user_id"),
        ("auth_user_user_permissions", "user_id"),
        ("otp_totp_totpdevice", "user_id"),
    )

    def get_custom_urls(self) -> tuple[tuple[str, str, Any], ...]:
        return (("second-factor/", "second_factor", SecondFactor.as_view(model_admin=self)),)


@admin.register(Group)
class GroupAdmin(Recorded, Ticked, DjangoGroupAdmin, ModelAdmin):  # type: ignore[misc]
    history_parts = (("auth_group_permissions", "group_id"), ("auth_user_groups", "group_id"))
