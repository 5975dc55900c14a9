from accounts.models.applications import ApiKey, Application, Environment
from accounts.models.upstream import BalanceReading, ExtnoLease, Route, Signature, UpstreamAccount

__all__ = [
    "ApiKey",
    "Application",
    "BalanceReading",
    "Environment",
    "ExtnoLease",
    "Route",
    "Signature",
    "UpstreamAccount",
]
