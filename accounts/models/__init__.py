from accounts.models.applications import Application, Environment
from accounts.models.changes import ConfigurationChange
from accounts.models.keys import ApiKey, Scope
from accounts.models.quotas import QuotaUse
from accounts.models.staff import OneTimePassword, Phone
from accounts.models.upstream import BalanceReading, ExtnoLease, Route, Signature, UpstreamAccount

__all__ = [
    "ApiKey",
    "Application",
    "BalanceReading",
    "ConfigurationChange",
    "Environment",
    "ExtnoLease",
    "OneTimePassword",
    "Phone",
    "QuotaUse",
    "Route",
    "Scope",
    "Signature",
    "UpstreamAccount",
]
