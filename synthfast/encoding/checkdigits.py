"""Check digits of card numbers (Luhn) and IBANs (ISO 7064 modulo 97), set in matrices of letters."""

import numpy as np
import numpy.typing as npt

__all__ = ["set_iban_digits", "set_luhn_digit"]

_ZERO, _A = ord("0"), ord("A")


def set_luhn_digit(letters: npt.NDArray[np.uint8]) -> None:
    """Set the last digit of each row (ASCII, shape ``(n, width)``) so that the row passes the Luhn check.

    Other than digits, rows may hold separators, in the same columns in every row.

    References
    ----------
    ISO/IEC 7812-1, annex B.
    """
    if not len(letters):
        return
    columns = [j for j in range(letters.shape[1]) if chr(letters[0, j]).isdecimal()]
    total = np.zeros(len(letters), dtype=np.int64)
    for place, j in enumerate(reversed(columns[:-1])):
        digits = letters[:, j].astype(np.int64) - _ZERO
        if place % 2 == 0:
            digits = 2 * digits - 9 * (digits > 4)
        total += digits
    letters[:, columns[-1]] = -total % 10 + _ZERO


def set_iban_digits(letters: npt.NDArray[np.uint8]) -> None:
    """Set columns 2 and 3 of each row (ASCII, shape ``(n, width)``) to the IBAN's check digits; blanks are skipped.

    References
    ----------
    ISO 13616-1; ISO/IEC 7064, MOD 97-10.
    """
    if not len(letters):
        return
    letters[:, 2:4] = _ZERO
    rest = np.zeros(len(letters), dtype=np.int64)
    for j in [*range(4, letters.shape[1]), 0, 1, 2, 3]:
        column = letters[:, j].astype(np.int64)
        if chr(letters[0, j]) == " ":
            continue
        is_letter = column >= _A
        value = np.where(is_letter, column - _A + 10, column - _ZERO)
        rest = (rest * np.where(is_letter, 100, 10) + value) % 97
    check = 98 - rest
    letters[:, 2] = check // 10 + _ZERO
    letters[:, 3] = check % 10 + _ZERO
