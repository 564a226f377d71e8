"""``path("", include("active_users.api.urls"))`` adds only the JSON endpoint, as in 0.4.1."""

from django.urls import path

from active_users.api.views import active_users_info_view

urlpatterns = [path("active-users-info/", active_users_info_view, name="active_users_info")]
