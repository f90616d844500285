"""The flags that the product asks for. What is finished is on for everybody; the learned score waits to be chosen."""

from django.db import migrations

FLAGS = [
    (
        "INTERACTIVE_CALCULATOR",
        "Interactive calculator",
        "The return on investment is worked out while somebody types; otherwise when they ask for it.",
        True,
    ),
    ("CHAT_SUPPORT", "Talk to us", "A box on public pages that opens a conversation on the lead.", True),
    (
        "A11Y_IMPROVEMENTS",
        "Reading aids",
        "Underlined links, a stronger mark of the keyboard's place, and a choice of text size and spacing.",
        True,
    ),
    (
        "PERFORMANCE_MONITORING",
        "Page speed",
        "Browsers tell how long a page took; the administration shows it page by page.",
        True,
    ),
    ("NEW_LEAD_SCORING", "Learned lead score", "The learned model scores leads; otherwise the rules do.", False),
]


def seed(apps, editor):
    FeatureFlag = apps.get_model("flags", "FeatureFlag")
    for key, name, description, on in FLAGS:
        FeatureFlag.objects.get_or_create(
            key=key,
            defaults={
                "name": name,
                "description": description,
                "enabled": on,
                "enabled_dev": True,
                "enabled_staging": on,
                "enabled_prod": on,
                "rollout_percentage": 100 if on else 0,
            },
        )


class Migration(migrations.Migration):
    dependencies = [("flags", "0002_rights")]
    operations = [migrations.RunPython(seed, migrations.RunPython.noop)]
