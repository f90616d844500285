from django.db import models


class Role(models.TextChoices):
    ADMIN = "admin", "Administrator"
    MANAGER = "manager", "Manager"
    SALES_REP = "sales_rep", "Sales rep"
    MARKETING = "marketing", "Marketing"
    EDITOR = "editor", "Editor"
    VIEWER = "viewer", "Viewer"


class OrganizationSize(models.TextChoices):
    STARTUP = "startup", "Startup"
    SMALL = "small", "Small"
    MEDIUM = "medium", "Medium"
    LARGE = "large", "Large"
    ENTERPRISE = "enterprise", "Enterprise"
