"""Columns that look like personal data: found by their content (with checksums), or by content and name."""

import ipaddress
import re
from collections.abc import Callable, Hashable, Sequence
from typing import Any

from synthfast.schema.hints import name_tokens
from synthfast.schema.patterns import count_shapes

__all__ = [
    "PERSONAL_TYPES",
    "describe_personal",
    "find_named_personal",
    "find_personal",
    "is_card_number",
    "is_iban",
    "names_number_of_person",
]

_SHARE = 0.9  # of the distinct values have to look like it
_MIN_CARDS = 5  # one number in ten passes the Luhn check by chance
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[A-Za-z]{2,}")
_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}")
_CARD = re.compile(r"\d(?:[ -]?\d){12,18}")
_PHONE = re.compile(r"\+\d[\d ().\-/]{6,18}\d|\(\d{3}\) ?\d{3}-\d{4}|\d{3}[-.]\d{3}[-.]\d{4}")
_PHONE_LIKE = re.compile(r"[+(]?\d[\d ().\-/x]{5,20}\d")
_IP4 = re.compile(r"(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)\.){3}(?:25[0-5]|2[0-4]\d|1?\d?\d)")
_SOCIAL = re.compile(r"\d{3}-\d{2}-\d{4}")
_PERSON = re.compile(r"[^\W\d_][^\W\d_.'’ ,-]*(?:[ ,.'’-]{1,2}[^\W\d_][^\W\d_.'’ ,-]*\.?){0,4}")
_PHONE_WORDS = frozenset({"phone", "telephone", "tel", "mobile", "cell", "fax", "cellphone", "phonenumber"})
_CARD_WORDS = frozenset({"card", "cc", "pan", "creditcard"})
_FIRST_WORDS = frozenset({"first", "given", "forename", "firstname", "middle"})
_LAST_WORDS = frozenset({"last", "family", "surname", "lastname", "maiden"})
_FULL_WORDS = frozenset({"full", "fullname", "customer", "person", "patient", "employee", "user", "contact", "client"})
_VERSION_WORDS = frozenset({"version", "ver", "release", "build", "section"})
_ADDRESS_WORDS = frozenset({"address", "street", "addr"})


def is_iban(text: str) -> bool:
    """Whether the text is an IBAN with the right check digits (ISO 13616, modulo 97)."""
    packed = text.replace(" ", "")
    if not _IBAN.fullmatch(packed):
        return False
    return int("".join(str(int(letter, 36)) for letter in packed[4:] + packed[:4])) % 97 == 1


def is_card_number(text: str) -> bool:
    """Whether the text is 13 to 19 digits with the right Luhn check digit."""
    if not _CARD.fullmatch(text):
        return False
    digits = [int(letter) for letter in text if letter.isdecimal()][::-1]
    doubled = [2 * digit - 9 * (digit > 4) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _is_ip6(text: str) -> bool:
    try:
        return ":" in text and ipaddress.ip_address(text).version == 6
    except ValueError:
        return False


def _matches(pattern: re.Pattern[str]) -> Callable[[str], bool]:
    return lambda text: pattern.fullmatch(text) is not None


_BY_CONTENT: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("email", _matches(_EMAIL)),
    ("iban", is_iban),
    ("ip4", _matches(_IP4)),
    ("ip6", _is_ip6),
    ("social", _matches(_SOCIAL)),
    ("card", is_card_number),
    ("phone", _matches(_PHONE)),
)
PERSONAL_TYPES = (*(kind for kind, _ in _BY_CONTENT), "name", "first_name", "last_name", "address")


def find_personal(name: Hashable, sample: Sequence[str]) -> str | None:
    """Which personal data distinct values look like, one of ``PERSONAL_TYPES``; None if none.

    E-mail, IBAN, IP address, social security, card and phone numbers are told by content. Phone numbers without a
    telling shape and fewer than five card numbers need a column name that says so.
    """
    tokens = name_tokens(name)
    for kind, test in _BY_CONTENT:
        if kind == "card" and len(sample) < _MIN_CARDS and not tokens & _CARD_WORDS:
            continue
        if kind == "ip4" and tokens & _VERSION_WORDS:
            continue
        if _most(sample, test):
            return kind
    if tokens & _PHONE_WORDS and _most(sample, _matches(_PHONE_LIKE)):
        return "phone"
    return None


def names_number_of_person(name: Hashable) -> bool:
    """Whether the name says that whole numbers are phone, card or social security numbers."""
    return bool(name_tokens(name) & (_PHONE_WORDS | {"ssn", "passport"}))


def find_named_personal(name: Hashable, sample: Sequence[str]) -> str | None:
    """Names of people and addresses, which only the column's name tells from other text."""
    tokens = name_tokens(name)
    if tokens & _ADDRESS_WORDS and not tokens & {"email", "ip", "mac", "web"}:
        return "address"
    if not _most(sample, _matches(_PERSON)):
        return None
    if tokens & _FIRST_WORDS:
        return "first_name"
    if tokens & _LAST_WORDS:
        return "last_name"
    if tokens == {"name"} or ("name" in tokens and tokens & _FULL_WORDS) or "fullname" in tokens:
        return "name"
    return None


def _most(sample: Sequence[str], test: Callable[[str], bool]) -> bool:
    if not sample or not any(test(text) for text in sample[:20]):
        return False
    return sum(map(test, sample)) >= _SHARE * len(sample)


def describe_personal(kind: str, sample: Sequence[str], min_level_count: int) -> dict[str, Any]:
    """Pattern from which values of a kind are generated.

    Shapes are texts in which ``#`` stands for a digit; a shape or a country held by fewer than ``min_level_count`` of
    the sampled values is not told.
    """
    if kind == "iban":
        return {"type": kind, "shapes": count_shapes(map(_iban_shape, filter(is_iban, sample)), min_level_count)}
    if kind == "card":
        return {
            "type": kind,
            "shapes": count_shapes(map(_card_shape, filter(is_card_number, sample)), min_level_count),
        }
    if kind == "phone":
        return {"type": kind, "shapes": count_shapes(map(_phone_shape, sample), min_level_count)}
    return {"type": kind}


def _iban_shape(text: str) -> str:
    """Country, then ``#`` for digits and ``A`` for letters, grouped as written."""
    return text[:2] + "##" + "".join("#" if c.isdecimal() else "A" if c.isalpha() else c for c in text[4:])


def _card_shape(text: str) -> str:
    return text[0] + re.sub(r"\d", "#", text[1:])


def _phone_shape(text: str) -> str:
    """A country code that is set apart stays; of others, two digits stay."""
    head = re.match(r"\+\d{1,3}(?=[ ().\-/])|\+1|\+\d{2}", text)
    kept = head.group() if head else ""
    return kept + re.sub(r"\d", "#", text[len(kept) :])
