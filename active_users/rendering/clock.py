"""Times to the second, as the reader's language writes times."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Literal

from django.utils.formats import date_format, get_format
from django.utils.timezone import is_aware, localtime


def to_second(at: datetime, kind: Literal["TIME_FORMAT", "SHORT_DATETIME_FORMAT"]) -> str:
    """``at`` on the reader's clock, in a format of their language. Those have no seconds: ``"7:14:05 p.m."``."""
    pattern = get_format(kind).replace("P", "g:i a")
    if "s" not in pattern:
        pattern = re.sub(r"(\W?)i", r"\g<0>\1s", pattern)
    return date_format(localtime(at) if is_aware(at) else at, pattern)
