"""Columns that say more than one thing, or whose meaning depends on another column of the row."""

from __future__ import annotations

import json
from collections.abc import Callable

from leads.importing.columns import custom_key
from leads.importing.drafts import Draft
from leads.importing.fields import TARGETS, Kind
from leads.importing.mapping import ColumnPlan
from leads.importing.readers import MapOptions, Reader, money_reader, reader_for
from leads.importing.values import StatusWord, check_length, parse_address, parse_email, parse_phone

Step = Callable[[str, Draft], None]

MAX_EXTRA_FIELDS = 100


def _full_name(plan: ColumnPlan, options: MapOptions) -> Step:
    read = reader_for(plan, options)

    def step(cell: str, draft: Draft) -> None:
        draft.name = read(cell)

    return step


def _email(plan: ColumnPlan, options: MapOptions) -> Step:
    read = reader_for(plan, options)

    def step(cell: str, draft: Draft) -> None:
        if text := read(cell):
            found = parse_email(text)
            draft.fields["email"] = found.address
            if found.others:
                draft.keep("other_emails", "; ".join(found.others))

    return step


def _phone(plan: ColumnPlan, options: MapOptions) -> Step:
    read = reader_for(plan, options)
    region = options.phone_region

    def step(cell: str, draft: Draft) -> None:
        if text := read(cell):
            found = parse_phone(text, region=draft.country_code or region)
            draft.fields["phone"] = found.number
            if found.extension:
                draft.keep("phone_extension", found.extension)
            if found.others:
                draft.keep("other_phones", "; ".join(found.others))

    return step


def _country(plan: ColumnPlan, options: MapOptions) -> Step:
    read = reader_for(plan, options)

    def step(cell: str, draft: Draft) -> None:
        if found := read(cell):
            draft.fields["country"], draft.country_code = found
            if not found[1]:
                draft.warn(plan, cell, "unknown_country", "This is no country that we know; it is kept as it stands.")

    return step


def _address(plan: ColumnPlan, options: MapOptions) -> Step:
    read = reader_for(plan, options)

    def step(cell: str, draft: Draft) -> None:
        if text := read(cell):
            for name, part in parse_address(text).items():
                # Columns of their own come later and win.
                draft.fields[name] = check_length(part, TARGETS[name].limit)

    return step


def _source(plan: ColumnPlan, options: MapOptions) -> Step:
    read = reader_for(plan, options)

    def step(cell: str, draft: Draft) -> None:
        if found := read(cell):
            text, draft.fields["source"], says_more = found
            if says_more:
                draft.keep("source_original", text)

    return step


def _status(plan: ColumnPlan, options: MapOptions) -> Step:
    read = reader_for(plan, options)

    def step(cell: str, draft: Draft) -> None:
        word = read(cell)
        if isinstance(word, StatusWord):
            if word.status:
                draft.fields["status"] = word.status
            if word.outreach_status:
                draft.fields.setdefault("outreach_status", word.outreach_status)
        elif word:
            draft.keep("status_original", word)
            draft.warn(
                plan,
                cell,
                "unknown_status",
                "This is no status that we know. The lead starts as new; the word is kept.",
            )

    return step


def _outreach_status(plan: ColumnPlan, options: MapOptions) -> Step:
    read = reader_for(plan, options)

    def step(cell: str, draft: Draft) -> None:
        word = read(cell)
        if isinstance(word, StatusWord):
            draft.fields["outreach_status"] = word.outreach_status
            # A pipeline status in a column of its own is read later and wins.
            draft.fields["status"] = word.status
        elif word:
            draft.keep("outreach_status_original", word)
            draft.warn(plan, cell, "unknown_status", "This is no outreach status that we know; the word is kept.")

    return step


def _converted(plan: ColumnPlan, options: MapOptions) -> Step:
    read = reader_for(plan, options)

    def step(cell: str, draft: Draft) -> None:
        draft.converted = bool(read(cell))

    return step


def _reference(plan: ColumnPlan, options: MapOptions) -> Step:
    read = reader_for(plan, options)

    def step(cell: str, draft: Draft) -> None:
        if text := read(cell):
            draft.keys[plan.target] = text

    return step


def _currency(plan: ColumnPlan, options: MapOptions) -> Step:
    read = reader_for(plan, options)

    def step(cell: str, draft: Draft) -> None:
        if code := read(cell):
            draft.currency = code
            draft.names_currency = True

    return step


def _money(plan: ColumnPlan, _options: MapOptions) -> Step:
    readers: dict[str, Reader] = {}

    def step(cell: str, draft: Draft) -> None:
        currency = draft.currency
        read = readers.get(currency)
        if read is None:
            read = readers[currency] = money_reader(plan, currency)
        if (amount := read(cell)) is None:
            return
        if amount.currency != currency:
            if draft.names_currency:
                draft.warn(
                    plan,
                    cell,
                    "two_currencies",
                    f"The amount is in {amount.currency}, the rest of the row in {currency}; it is left out.",
                )
                draft.keep(f"{plan.target}_original", cell)
                return
            draft.currency = amount.currency
        draft.names_currency = draft.names_currency or amount.is_named
        if plan.target == "deal_value":
            draft.deal_value = amount.minor
        else:
            draft.fields[f"{plan.target}_minor"] = amount.minor

    return step


def _close_day(plan: ColumnPlan, options: MapOptions) -> Step:
    read = reader_for(plan, options)

    def step(cell: str, draft: Draft) -> None:
        draft.closed = read(cell)

    return step


def _tags(plan: ColumnPlan, options: MapOptions) -> Step:
    read = reader_for(plan, options)

    def step(cell: str, draft: Draft) -> None:
        draft.tags = read(cell)

    return step


def _custom_json(plan: ColumnPlan, options: MapOptions) -> Step:
    read = reader_for(plan, options)

    def step(cell: str, draft: Draft) -> None:
        for name, value in list((read(cell) or {}).items())[:MAX_EXTRA_FIELDS]:
            if value is None:
                continue
            key = custom_key(name, set())
            if isinstance(value, (str, int, float, bool)):
                draft.custom[key] = value
            else:
                draft.custom[key] = json.dumps(value, ensure_ascii=False)

    return step


# In this order: a country says how a phone number is read, a currency how an amount is, and the step that comes
# later overwrites the one before.
STEPS: dict[Kind, Callable[[ColumnPlan, MapOptions], Step]] = {
    Kind.COUNTRY: _country,
    Kind.CURRENCY: _currency,
    Kind.FULL_NAME: _full_name,
    Kind.EMAIL: _email,
    Kind.PHONE: _phone,
    Kind.ADDRESS: _address,
    Kind.SOURCE: _source,
    Kind.OUTREACH_STATUS: _outreach_status,
    Kind.STATUS: _status,
    Kind.CONVERTED: _converted,
    Kind.REFERENCE: _reference,
    Kind.MONEY: _money,
    Kind.CLOSE_DAY: _close_day,
    Kind.TAGS: _tags,
    Kind.CUSTOM_JSON: _custom_json,
}
STEP_ORDER = {kind: number for number, kind in enumerate(STEPS)}
