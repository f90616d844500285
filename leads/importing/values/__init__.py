"""One cell into one value: each function returns the value or raises ValueProblem with a sentence for people."""

from leads.importing.problems import ValueProblem
from leads.importing.values.amounts import Money, parse_currency, parse_money
from leads.importing.values.choices import parse_choice, parse_service_tier
from leads.importing.values.countries import Country, find_country
from leads.importing.values.dates import DateOrder, detect_date_order, parse_day, parse_moment
from leads.importing.values.emails import EmailCell, parse_email
from leads.importing.values.links import parse_link
from leads.importing.values.lists import parse_address, parse_ip_address, parse_object, parse_tags
from leads.importing.values.names import PersonName, split_name
from leads.importing.values.numbers import (
    DecimalMark,
    detect_decimal_mark,
    parse_boolean,
    parse_integer,
    parse_percentage,
    parse_price_level,
    parse_rating,
    parse_score,
    read_boolean,
    read_decimal,
)
from leads.importing.values.phones import PhoneCell, parse_phone
from leads.importing.values.placeholders import is_custom_placeholder, is_placeholder
from leads.importing.values.sizes import BAND_NAMES, CompanySize, band_of, parse_company_size
from leads.importing.values.sources import SOURCES, read_source
from leads.importing.values.statuses import StatusWord, read_outreach_status, read_status
from leads.importing.values.text import check_length, clean_block, clean_line, storable

__all__ = [
    "BAND_NAMES",
    "SOURCES",
    "CompanySize",
    "Country",
    "DateOrder",
    "DecimalMark",
    "EmailCell",
    "Money",
    "PersonName",
    "PhoneCell",
    "StatusWord",
    "ValueProblem",
    "band_of",
    "check_length",
    "clean_block",
    "clean_line",
    "detect_date_order",
    "detect_decimal_mark",
    "find_country",
    "is_custom_placeholder",
    "is_placeholder",
    "parse_address",
    "parse_boolean",
    "parse_choice",
    "parse_company_size",
    "parse_currency",
    "parse_day",
    "parse_email",
    "parse_integer",
    "parse_ip_address",
    "parse_link",
    "parse_moment",
    "parse_money",
    "parse_object",
    "parse_percentage",
    "parse_phone",
    "parse_price_level",
    "parse_rating",
    "parse_score",
    "parse_service_tier",
    "parse_tags",
    "read_boolean",
    "read_decimal",
    "read_outreach_status",
    "read_source",
    "read_status",
    "split_name",
    "storable",
]
