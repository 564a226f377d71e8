"""The rooms of the design: who may import whom."""

from __future__ import annotations

# From the top; a room, a file or a folder, may import from those below its own line. The README shows the same.
ROOMS = [
    ["apps.py", "urls.py", "api/urls.py", "models.py"],
    ["middleware.py", "context_processors.py", "templatetags/", "views.py", "api/views.py", "checks/"],
    ["rendering/"],
    ["access.py"],
    ["api/__init__.py", "visits/"],
    ["store/"],
    ["keys.py"],
    ["connections/"],
    ["cluster.py", "client_ip.py", "paging.py", "settings.py", "exceptions.py", "decorators.py"],
]
