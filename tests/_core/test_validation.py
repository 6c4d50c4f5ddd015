import numpy as np
import pytest

from synthfast._core.validation import check_choice, check_integer, check_number, describe_value


def test_good_values_pass():
    assert check_integer("n", np.int16(5), minimum=5, maximum=5) == 5
    assert check_number("x", 1, minimum=0.5) == 1.0
    assert check_choice("kind", "a", ["a", "b"]) == "a"


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: check_integer("n", 1.0), TypeError, "n: expected an integer, got 1.0"),
        (lambda: check_integer("n", True), TypeError, "n: expected an integer, got True"),
        (lambda: check_integer("n", 0, minimum=1), ValueError, "n: expected an integer of at least 1, got 0"),
        (lambda: check_integer("n", 9, maximum=5), ValueError, "n: expected an integer of at most 5, got 9"),
        (lambda: check_number("x", "1"), TypeError, "x: expected a number, got '1'"),
        (lambda: check_number("x", np.nan), ValueError, "x: expected a finite number, got nan"),
        (lambda: check_choice("kind", "c", ["a", "b"]), ValueError, "kind: expected one of 'a', 'b'; got 'c'"),
    ],
)
def test_bad_values_are_told(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_values_are_described_shortly():
    assert describe_value(np.zeros((3, 2))) == "ndarray of shape (3, 2)"
    assert len(describe_value("x" * 1000)) == 80
