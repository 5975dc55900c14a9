from django.apps import AppConfig
from django.core.checks import register

from smsgateway import checks


class SmsgatewayConfig(AppConfig):
    name = "smsgateway"

    def ready(self) -> None:
        for check in checks.CHECKS:
            register(check, "smsgateway")
