from django.http import HttpResponse
from django.urls import include, path

urlpatterns = [
    path("", lambda request: HttpResponse("hello")),
    path("", include("active_users.urls")),
]
