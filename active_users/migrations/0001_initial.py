from django.db import migrations, models

import active_users.models


class Migration(migrations.Migration):
    initial = True

    dependencies = []

    operations = [
        migrations.CreateModel(
            name="ActiveUser",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"))
            ],
            options={
                "verbose_name": "active user",
                "verbose_name_plural": "active users",
                "managed": False,
                "base_manager_name": "objects",
                "default_permissions": ("view", "delete"),
            },
            managers=[("objects", active_users.models.NoRows())],
        ),
    ]
