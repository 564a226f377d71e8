from django.urls import path

from benchmarks.site import views

# Longer than the longest round trip of the delay proxy.
SLOW_SECONDS = 0.002

urlpatterns = [
    path("plain/", views.plain),
    path("account/", views.account),
    path("with-count/", views.with_count),
    path("without-count/", views.without_count),
    path("number/", views.with_count, {"template": "number.html"}),
    path("fixed-number/", views.without_count, {"template": "number.html"}),
    path("slow-with-count/", views.with_count, {"wait": SLOW_SECONDS}),
    path("slow-without-count/", views.without_count, {"wait": SLOW_SECONDS}),
]
