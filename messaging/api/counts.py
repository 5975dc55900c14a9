"""How many of each kind."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

COUNTS = {
    "type": "object",
    "additionalProperties": {"type": "integer"},
    "description": "A number for each name.",
}


@extend_schema_field({"$ref": "#/components/schemas/Counts"})
class Counts(serializers.DictField):
    """A number for each name. One shape under one name: a generated client would make up a class for each field."""

    child = serializers.IntegerField()
