"""Citizen ID numbers (GB 11643-1999): check character, birth date, sex, the older form of 15 digits, masking."""

import re
from datetime import date

WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK = "10X98765432"


def check_character(first_17: str) -> str:
    """The last character that belongs to the first 17 digits (ISO 7064, MOD 11-2)."""
    return CHECK[sum(int(digit) * weight for digit, weight in zip(first_17, WEIGHTS, strict=True)) % 11]


def is_well_formed(number: str) -> bool:
    """18 characters: 17 digits and a digit or X."""
    return re.fullmatch(r"[0-9]{17}[0-9X]", number) is not None


def check_holds(number: str) -> bool:
    """Whether the last character is right (for a well-formed number)."""
    return check_character(number[:17]) == number[17]


def from_15_digits(number: str) -> str:
    """The 18-character form of an old number, whose holder was born in the 1900s."""
    first_17 = f"{number[:6]}19{number[6:]}"
    return first_17 + check_character(first_17)


def birth_of(number: str) -> date | None:
    """The date of birth inside the number; None when those digits are no date."""
    try:
        return date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return None


def is_male(number: str) -> bool:
    """The 17th digit is odd for men."""
    return int(number[16]) % 2 == 1


def masked(number: str) -> str:
    """`619903********0019`: enough to compare with a document in hand, not enough to use."""
    return number[:6] + "*" * (len(number) - 10) + number[-4:] if len(number) > 10 else "*" * len(number)
