"""The errors that the lab raises on purpose: each says what is wrong and what to do about it.

All of them are `PawlabError`, and each is also the Python exception that one would expect, so `except
ValueError` catches an `BadValue`. Anything else that comes out of the lab is a bug in it.
"""


class PawlabError(Exception):
    """Something that you can put right. The message says how."""


class BadValue(PawlabError, ValueError):
    """An argument, or something in your data, has the right type and a value that cannot be used."""


class BadType(PawlabError, TypeError):
    """An argument has the wrong type, or there is no such argument."""


class BadIndex(PawlabError, IndexError):
    """A number that should pick an item or a class is outside what there is."""


class MissingFile(PawlabError, FileNotFoundError):
    """A file or folder is not there."""


class MissingPackage(PawlabError, ImportError):
    """A package that is not always installed is needed here."""


class BadState(PawlabError, RuntimeError):
    """Right in itself, but not at this moment: something else runs, or something must come first."""


class NonFiniteLoss(PawlabError, ArithmeticError):
    """The loss became NaN or infinite; that batch has not changed the weights."""
