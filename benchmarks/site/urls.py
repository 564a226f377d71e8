from django.urls import path

from benchmarks.site import views

urlpatterns = [
    path("plain/", views.plain),
    path("account/", views.account),
    path("with-count/", views.with_count),
    path("without-count/", views.without_count),
    path("number/", views.with_count, {"template": "number.html"}),
    path("fixed-number/", views.without_count, {"template": "number.html"}),
    path("querying-with-count/", views.querying_with_count),
    path("querying-without-count/", views.querying_without_count),
]
