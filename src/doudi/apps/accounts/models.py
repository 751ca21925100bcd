"""Units, users and the roles that they hold."""

from __future__ import annotations

import pghistory
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from doudi.apps.accounts.roles import DEPARTMENTS, ROLES


class Unit(models.Model):
    """Civil affairs at a division, or another department at a division. ``valid_until`` for merged departments."""

    division = models.ForeignKey("divisions.Division", models.PROTECT, related_name="+")
    department = models.CharField(max_length=20, choices=[(code, label) for code, label in DEPARTMENTS.items()])
    name = models.CharField(max_length=80)
    valid_until = models.DateField(null=True, blank=True)

    class Meta:
        db_table = "unit"
        constraints = [models.UniqueConstraint(fields=["division", "department", "name"], name="unit_once")]


class UserManager(BaseUserManager["User"]):
    def get_by_natural_key(self, username: str) -> User:
        return self.get(username=username)


@pghistory.track(exclude=["password", "last_login", "last_seen_at"])
class User(AbstractBaseUser):
    """An officer. No superusers, no Django permissions: what one may do follows from roles × division × purpose."""

    username = models.CharField("用户名", max_length=40, unique=True)
    name = models.CharField("姓名", max_length=40)
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="users")
    is_active = models.BooleanField("启用", default=True)
    must_change_password = models.BooleanField(default=True)
    password_changed_at = models.DateTimeField(null=True, blank=True)
    last_seen_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        db_table = "user_account"


@pghistory.track()
class RoleGrant(models.Model):
    """A role held for a division's subtree (the unit's own division unless another below it is named)."""

    user = models.ForeignKey(User, models.CASCADE, related_name="role_grants")
    role = models.CharField(max_length=20, choices=[(code, role.label) for code, role in ROLES.items()])
    division = models.ForeignKey("divisions.Division", models.PROTECT, related_name="+")
    granted_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        db_table = "role_grant"
        constraints = [models.UniqueConstraint(fields=["user", "role", "division"], name="role_grant_once")]
