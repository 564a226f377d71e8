"""What people have written, whose authors may be there."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.db import models


class Post(models.Model):
    author = models.ForeignKey(User, models.CASCADE, null=True)
    editor = models.ForeignKey(User, models.CASCADE, null=True, to_field="username", related_name="+")

    def __str__(self) -> str:
        return f"Post {self.pk}"

    @property
    def writer(self) -> User | None:
        return self.author


class Comment(models.Model):
    post = models.ForeignKey(Post, models.CASCADE)

    def __str__(self) -> str:
        return f"Comment on {self.post}"
