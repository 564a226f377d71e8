from django.contrib import admin
from django.contrib.auth.admin import UserAdmin
from django.contrib.auth.models import User
from django.urls import path

from active_users.admin import ActiveUsersColumn
from example_site.urls import urlpatterns as pages


class OurUserAdmin(ActiveUsersColumn, UserAdmin):  # type: ignore[type-arg]
    pass


admin.site.unregister(User)
admin.site.register(User, OurUserAdmin)

urlpatterns = [path("admin/", admin.site.urls), *pages]  # first, because the pages have one from before
