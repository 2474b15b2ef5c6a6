"""Errors that a user can mend. Each message is one sentence: what was got, what was expected, what to do."""


class InputError(ValueError):
    """Something the user gave cannot be used at run time (a file, a device); the command exits with 1."""

    exit_code = 1


class UsageError(InputError):
    """A flag, a name or a value is wrong; the command exits with 2."""

    exit_code = 2
