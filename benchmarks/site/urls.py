from django.urls import path

from benchmarks.site import views

# Longer than the longest round trip of the delay proxy.
SLOW_SECONDS = 0.002

urlpatterns = [
    path("plain/", views.plain),
    path("account/", views.account),
    path("account/number/", views.account, {"engine": "with"}),
    path("account/fixed-number/", views.account, {"engine": "without"}),
    path("async/account/", views.async_account),
    path("async/account/number/", views.async_account, {"engine": "with"}),
    path("async/account/fixed-number/", views.async_account, {"engine": "without"}),
    path("async/stand-still/", views.stand_still),
    path("with-count/", views.with_count),
    path("without-count/", views.without_count),
    path("slow-with-count/", views.with_count, {"wait": SLOW_SECONDS}),
    path("slow-without-count/", views.without_count, {"wait": SLOW_SECONDS}),
]
