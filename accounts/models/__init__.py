from accounts.models.applications import Application, Environment
from accounts.models.changes import ConfigurationChange
from accounts.models.keys import ApiKey, Scope
from accounts.models.ledger import DayClosing, Posting, Purse
from accounts.models.logins import GatewayLogin
from accounts.models.quotas import QuotaUse
from accounts.models.staff import OneTimePassword, Phone
from accounts.models.upstream import BalanceReading, ExtnoLease, Route, Signature, UpstreamAccount

__all__ = [
    "ApiKey",
    "Application",
    "BalanceReading",
    "ConfigurationChange",
    "DayClosing",
    "Environment",
    "ExtnoLease",
    "GatewayLogin",
    "OneTimePassword",
    "Phone",
    "Posting",
    "Purse",
    "QuotaUse",
    "Route",
    "Scope",
    "Signature",
    "UpstreamAccount",
]
