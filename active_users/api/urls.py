"""``path("", include("active_users.api.urls"))`` adds the JSON endpoint only."""

from django.urls import path

from active_users.api.views import active_users_info_view

urlpatterns = [path("active-users-info/", active_users_info_view, name="active_users_info")]
