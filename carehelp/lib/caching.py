"""What lies in Redis is JSON: data, never code."""

import json
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder


class JsonSerializer:
    """For `CACHES`: numbers stay bare, so that Redis can count them; everything else is JSON."""

    def dumps(self, value: Any) -> bytes | int:
        if type(value) is int:
            return value
        return json.dumps(value, cls=DjangoJSONEncoder, separators=(",", ":")).encode()

    def loads(self, data: bytes) -> Any:
        return json.loads(data)
