"""The pages of ``speculating``, and those of the example site."""

from django.urls import include, path

from tests.browser.speculating import walk

urlpatterns = [path("walk/<action>/<eagerness>/<int:number>/", walk), path("", include("example_site.urls"))]
