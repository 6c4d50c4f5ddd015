"""A regular expression as all ways of spelling what it matches: alphabets, one a place."""

import re
import re._constants as codes  # type: ignore[import-not-found]
import re._parser as parser  # type: ignore[import-not-found]
from itertools import product
from typing import Any

from synthfast.exceptions import ConstraintError

__all__ = ["MAX_SPELLINGS", "spellings"]

MAX_SPELLINGS = 4_096
_ASCII = "".join(map(chr, range(32, 127)))
_CLASSES = {
    codes.CATEGORY_DIGIT: "0123456789",
    codes.CATEGORY_SPACE: " ",
    codes.CATEGORY_WORD: "".join(c for c in _ASCII if c.isalnum() or c == "_"),
}
_REVERSED = {
    codes.CATEGORY_NOT_DIGIT: codes.CATEGORY_DIGIT,
    codes.CATEGORY_NOT_SPACE: codes.CATEGORY_SPACE,
    codes.CATEGORY_NOT_WORD: codes.CATEGORY_WORD,
}
Spelling = tuple[str, ...]


def spellings(regex: str) -> list[list[str]]:
    """Every sequence of alphabets whose texts an expression matches, each text in one of them only.

    Raises
    ------
    ConstraintError
        If it is no expression, repeats without a bound, needs more than 4,096 sequences, or uses what only looks
        around (anchors inside, look-arounds, references back).

    Examples
    --------
    >>> spellings("[AB]-?[0-2]")
    [['AB', '012'], ['AB', '-', '012']]
    """
    try:
        parsed = parser.parse(regex)
    except Exception as error:
        raise ConstraintError(f"Pattern: expected a regular expression, got {regex!r}: {error}.") from error
    if parsed.state.flags & ~32:  # anything beyond plain Unicode matching
        raise ConstraintError(f"Pattern: expected an expression without flags, got {regex!r}.")
    found = _apart(_sequence(list(parsed), regex))
    if not found or any(not alphabet for one in found for alphabet in one) or not any(found):
        raise ConstraintError(f"Pattern: expected an expression that matches some text, got {regex!r}.")
    for one in found:
        if not re.fullmatch(regex, "".join(alphabet[0] for alphabet in one)):
            raise ConstraintError(f"Pattern: {regex!r} has an anchor inside, which cannot be generated.")
    return [list(one) for one in found]


def _sequence(items: list[Any], regex: str) -> list[Spelling]:
    out: list[Spelling] = [()]
    for item in items:
        out = [before + after for before, after in product(out, _one(item, regex))]
        _check_number(out, regex)
    return out


def _one(item: Any, regex: str) -> list[Spelling]:
    code, value = item
    if code in (codes.LITERAL, codes.NOT_LITERAL, codes.ANY, codes.IN):
        return [(_alphabet(code, value, regex),)]
    if code is codes.SUBPATTERN:
        return _sequence(list(value[3]), regex)
    if code is codes.BRANCH:
        return list(dict.fromkeys(one for branch in value[1] for one in _sequence(list(branch), regex)))
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT):
        least, most, body = value
        return _repeats(least, most, body, regex)
    if code is codes.AT and value in (codes.AT_BEGINNING, codes.AT_END, codes.AT_BEGINNING_STRING, codes.AT_END_STRING):
        return [()]
    raise ConstraintError(f"Pattern: {regex!r} uses what cannot be generated ({code}). Use literals, classes, groups, "
                          "alternatives and bounded repeats.")  # fmt: skip


def _repeats(least: int, most: Any, body: Any, regex: str) -> list[Spelling]:
    if most is codes.MAXREPEAT:
        raise ConstraintError(
            f"Pattern: {regex!r} repeats without a bound. Say how often at most, such as [A-Z]{{1,8}} for [A-Z]+."
        )
    inner, out = _sequence(list(body), regex), []
    grown: list[Spelling] = [()]
    for times in range(most + 1):
        if times >= least:
            out += grown
        if times < most:
            grown = [before + after for before, after in product(grown, inner)]
            _check_number([*out, *grown], regex)
    return list(dict.fromkeys(out))


def _check_number(found: list[Spelling], regex: str) -> None:
    if len(found) > MAX_SPELLINGS:
        raise ConstraintError(
            f"Pattern: {regex!r} has more than {MAX_SPELLINGS:,} forms that differ in length or place. Use fewer "
            "alternatives and optional parts."
        )


def _alphabet(code: Any, value: Any, regex: str) -> str:
    if code is codes.ANY:
        return _ASCII
    if code is codes.LITERAL:
        letters = {chr(value)}
    elif code is codes.NOT_LITERAL:
        letters = set(_ASCII) - {chr(value)}
    else:
        letters = set().union(*(_members(*part) for part in value if part[0] is not codes.NEGATE))
        if value[0][0] is codes.NEGATE:
            letters = set(_ASCII) - letters
    if not all(letter.isascii() for letter in letters):
        raise ConstraintError(f"Pattern: expected an expression of ASCII, got {regex!r}.")
    return "".join(sorted(letters))


def _members(code: Any, value: Any) -> set[str]:
    if code is codes.LITERAL:
        return {chr(value)}
    if code is codes.RANGE:
        return {chr(letter) for letter in range(value[0], min(value[1], 0x100) + 1)}
    if value in _REVERSED:
        return set(_ASCII) - set(_CLASSES[_REVERSED[value]])
    return set(_CLASSES[value])


def _apart(found: list[Spelling]) -> list[Spelling]:
    """Sequences that share no text: of two that overlap, the second gives up what the first spells."""
    out: list[Spelling] = []
    waiting = list(reversed(list(dict.fromkeys(found))))
    while waiting:
        one = waiting.pop()
        clash = next((other for other in out if _overlap(one, other)), None)
        if clash is None:
            out.append(one)
        else:
            waiting += _without(one, clash)
        _check_number(out + waiting, "the expression")
    return out


def _overlap(one: Spelling, other: Spelling) -> bool:
    return len(one) == len(other) and all(set(a) & set(b) for a, b in zip(one, other, strict=True))


def _without(one: Spelling, other: Spelling) -> list[Spelling]:
    """What a sequence spells and another does not, as sequences that share nothing."""
    rest = []
    for k in range(len(one)):
        own = "".join(letter for letter in one[k] if letter not in other[k])
        if own:
            common = tuple("".join(c for c in one[j] if c in other[j]) for j in range(k))
            rest.append((*common, own, *one[k + 1 :]))
    return rest
