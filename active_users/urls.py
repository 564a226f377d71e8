"""``path("", include("active_users.urls"))`` adds the live snippet's partial and the JSON endpoint."""

from django.urls import path

from active_users import views
from active_users.api.views import active_users_info_view

app_name = "active_users"

urlpatterns = [
    path("active-users-live/", views.live, name="live"),
    path("active-users-info/", active_users_info_view, name="info"),
]
