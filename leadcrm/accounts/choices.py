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


# The bands in which the sizes of customers' companies are counted, here and in the lead score.
COMPANY_SIZE_BANDS = ("1-10", "11-50", "51-200", "201-500", "501-1000", "1000+")
