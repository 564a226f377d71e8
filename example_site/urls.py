from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView

from example_site import views

urlpatterns = [
    path("", views.home, name="home"),
    path("articles/<slug:slug>/", views.article, name="article"),
    path("members/", views.members, name="members"),
    path("online/", views.online, name="online"),
    path("log-in/", views.log_in, name="log_in"),
    path("log-out/", views.log_out, name="log_out"),
    path("admin/login/", RedirectView.as_view(pattern_name="log_in", query_string=True)),  # without a password
    path("admin/", admin.site.urls),
    path("", include("active_users.urls")),
]
