"""Regular expressions as spellings: each matching text once, whatever the form of the expression."""

import re
from itertools import product

import pytest

from synthfast.encoding.constraints.regex import spellings
from synthfast.exceptions import ConstraintError

# Each with an alphabet and a length in which all of its texts lie, for counting by brute force.
CASES = {
    "[AB]-?[0-2]": ("AB-012", 3),
    "(ab|a[bc]|b)c?": ("abc", 3),
    "a{0,2}b{1,2}": ("ab", 4),
    "(a|b){2}(b|c)": ("abc", 3),
    "[^a-z]": ("aAZ09", 1),
    r"^x\d$": ("x0123456789", 2),
    "(ab?|a)b?": ("ab", 3),
}


@pytest.mark.parametrize("regex", CASES)
def test_spellings_are_all_matches_each_once(regex):
    alphabet, longest = CASES[regex]
    found = [
        "".join(text)
        for spelling in spellings(regex)
        for text in product(*(set(letters) & set(alphabet) for letters in spelling))
    ]
    every = ("".join(text) for n in range(longest + 1) for text in product(alphabet, repeat=n))
    assert sorted(found) == sorted(text for text in every if re.fullmatch(regex, text))


@pytest.mark.parametrize(
    ("regex", "reason"),
    [
        ("[A-Z]+", "without a bound"),
        ("a*", "without a bound"),
        ("(", "expected a regular expression"),
        (r"(a)\1", "cannot be generated"),
        ("(?=a)a", "cannot be generated"),
        ("(?i)a", "without flags"),
        ("[äö]", "ASCII"),
        ("a^b", "anchor inside"),
        ("", "matches some text"),
        ("(a|b|cc){20}", "4,096"),
    ],
)
def test_what_cannot_be_generated_is_refused(regex, reason):
    with pytest.raises(ConstraintError, match=reason):
        spellings(regex)
