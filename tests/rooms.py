"""The layers of the package: what may import what."""

from __future__ import annotations

# From the top. A room is a file or folder, and may import only from rooms in lines below its own.
# docs/explanation/how-it-works.md draws this.
ROOMS = [
    ["admin.py", "debug_toolbar.py"],
    ["apps.py", "urls.py", "api/urls.py", "models.py", "management/", "testing.py"],
    ["middleware.py", "context_processors.py", "templatetags/", "views.py", "api/views.py", "checks/"],
    ["rendering/"],
    ["access.py", "tickets.py"],
    ["permission.py", "signatures.py"],
    ["api/__init__.py"],
    ["api/past.py", "api/people.py"],
    ["api/times.py"],
    ["visits/"],
    ["store/"],
    ["keys.py", "guests.py", "places.py", "principals.py"],
    ["connections/"],
    ["cluster.py", "client_ip.py", "names.py", "paging.py", "settings.py", "exceptions.py", "decorators.py"],
    ["reading.py"],
    ["lazy.py", "logs.py", "twins.py", "values.py"],
]
