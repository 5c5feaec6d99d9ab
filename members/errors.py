"""What business functions of this floor refuse, each with a message that says what to do instead."""


class NotPossible(ValueError):
    """What was asked for cannot be done; the message says why."""


class DateNotPossible(NotPossible):
    """The date contradicts what is known; the message says how."""


class AlreadyRecorded(NotPossible):
    """Somebody else recorded it first."""


class AlreadyOnRoster(NotPossible):
    """Another row holds this ID number (perhaps in a branch that the actor may not see: the message does not say)."""


class ChangedMeanwhile(NotPossible):
    """Somebody else changed the row since it was read; nothing was written."""
