import pytest

from synthfast.schema.personal import describe_personal, find_named_personal, find_personal, is_card_number, is_iban

IBANS = ["DE89370400440532013000", "GB29 NWBK 6016 1331 9268 19", "FR1420041010050500013M02606"]
CARDS = ["4111111111111111", "5500-0000-0000-0004", "3400 0000 0000 009", "6011000000000004", "30000000000004"]


def test_checksums():
    assert all(map(is_iban, IBANS))
    assert not is_iban("DE89370400440532013001")
    assert not is_iban("DE8937")
    assert all(map(is_card_number, CARDS))
    assert not is_card_number("4111111111111112")
    assert not is_card_number("411111111111")


@pytest.mark.parametrize(
    ("name", "sample", "expected"),
    [
        ("x", ["a@b.de", "anna.k@mail.example.com"], "email"),
        ("x", IBANS, "iban"),
        ("x", CARDS, "card"),
        ("card_number", CARDS[:1], "card"),
        ("x", CARDS[:1], None),
        ("x", ["10.0.0.1", "255.255.255.255"], "ip4"),
        ("x", ["10.0.0.256"], None),
        ("x", ["2001:db8::1", "::1"], "ip6"),
        ("x", ["123-45-6789"], "social"),
        ("x", ["+49 170 1234567", "+1-202-555-0123"], "phone"),
        ("x", ["(202) 555-0123"], "phone"),
        ("Phone", ["030/1234567", "0171 2345678"], "phone"),
        ("x", ["030/1234567"], None),
        ("x", ["12:30", "13:45"], None),
        ("app_version", ["10.0.0.1", "10.2.3.4"], None),
        ("x", ["a@b.de", "no", "yes"], None),
        ("x", [], None),
    ],
)
def test_personal_data_is_found_by_content(name, sample, expected):
    assert find_personal(name, sample) == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("first_name", "first_name"), ("LastName", "last_name"), ("surname", "last_name"),
        ("customer_name", "name"),
        ("Name", "name"), ("product_name", None), ("comment", None), ("home_address", "address"),
        ("email address", None),
    ],
)  # fmt: skip
def test_people_are_found_by_column_name(name, expected):
    assert find_named_personal(name, ["Anna", "José María", "O'Neil", "Müller-Lüdenscheidt"]) == expected


def test_shapes_hold_no_digit_that_tells_a_number():
    pattern = describe_personal("phone", ["+49 170 1234567"] * 5 + ["+12025550123"] * 5, 5)
    assert pattern["shapes"] == [["+49 ### #######", 0.5], ["+1##########", 0.5]]
    pattern = describe_personal("card", CARDS, 5)
    assert pattern["shapes"] == [["4###############", 1.0]]
    pattern = describe_personal("iban", IBANS[:1] * 4 + IBANS[1:2] * 5, 5)
    assert pattern["shapes"] == [["GB## AAAA #### #### #### ##", 1.0]]
