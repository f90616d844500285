"""What a browser would send: the fields of a form on a page, with the values they show."""

from html.parser import HTMLParser


class _Forms(HTMLParser):
    def __init__(self):
        super().__init__()
        self.forms: list[dict] = []
        self.form: dict | None = None
        self.select: str | None = None
        self.area: str | None = None

    def handle_starttag(self, tag, attrs):
        at = dict(attrs)
        if tag == "form":
            self.form = {"action": at.get("action", ""), "fields": {}}
            self.forms.append(self.form)
        if self.form is None:
            return
        fields = self.form["fields"]
        name = at.get("name")
        if tag == "input" and name and at.get("type") not in ("submit", "button"):
            if at.get("type") in ("checkbox", "radio"):
                if "checked" in at:
                    fields[name] = at.get("value", "on")
            else:
                fields[name] = at.get("value", "")
        elif tag == "select" and name:
            self.select = name
        elif tag == "option" and self.select and ("selected" in at or self.select not in fields):
            fields[self.select] = at.get("value", "")
        elif tag == "textarea" and name:
            self.area = name
            fields[name] = ""

    def handle_data(self, data):
        if self.form is not None and self.area:
            self.form["fields"][self.area] += data

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea" and self.area and self.form is not None:
            fields = self.form["fields"]
            # HTML drops the line break that follows the opening tag.
            fields[self.area] = fields[self.area].removeprefix("\n")
            self.area = None


def fields_of(response, action: str) -> dict[str, str]:
    """Return the fields of the form that posts to ``action`` (or an address that begins so)."""
    parser = _Forms()
    parser.feed(response.content.decode())
    found = [form for form in parser.forms if form["action"].startswith(action)]
    assert found, f"no form for {action} among {[form['action'] for form in parser.forms]}"
    fields = dict(found[0]["fields"])
    fields.pop("csrfmiddlewaretoken", None)
    return fields
