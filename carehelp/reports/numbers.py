"""Short record numbers, by which a line on paper leads back to its row."""

from uuid import UUID


def short_number(pk: UUID) -> str:
    """The last eight hexadecimal digits (`3F2A109B`): random ones, enough to find a row once its person is known."""
    return pk.hex[-8:].upper()
