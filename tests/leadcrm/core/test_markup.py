"""What people type is never markup, and what we mark as safe still is."""

from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html


class HintForm(forms.Form):
    quoting = forms.CharField(help_text="In “<b hx-get=/x>” nothing is known.")
    choice = forms.ChoiceField(help_text="<i>", widget=forms.RadioSelect, choices=[("a", "A")])
    tick = forms.BooleanField(help_text="<i>")
    password = forms.CharField(help_text=password_validators_help_text_html)


def test_a_hint_that_quotes_somebody_is_text():
    page = str(HintForm())
    assert "&lt;b hx-get=/x&gt;" in page
    assert "<b " not in page
    assert "<i>" not in page


def test_the_rules_of_passwords_stay_a_list():
    assert "<ul><li>" in str(HintForm()["password"].as_field_group())
