"""The errors that the lab raises on purpose: each says what is wrong and what to do about it.

Anything else that comes out of the lab is a bug in it, but for a full memory or disk.
"""


class PawlabError(Exception):
    """Something that you can put right. The message says how.

    The lab's own errors are all of this class. Each is also the Python exception that one would expect, such
    as `ValueError` or `TypeError`. Only a full memory or disk is Python's own MemoryError or OSError.

    Examples
    --------
    >>> try:
    ...     lab.cnn_learner(dls, "resnet35")
    ... except lab.PawlabError as error:
    ...     print(error)
    architecture: ...
    """


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
    """The loss became NaN or infinite; that batch has not changed the weights.

    Most often the learning rate was too high. It is an `ArithmeticError` as well.

    Examples
    --------
    >>> learn = lab.cnn_learner(dls, "pocketnet", loss_func=lambda x, y: x.sum() * float("nan"))
    >>> try:
    ...     learn.fit(1)
    ... except lab.NonFiniteLoss as error:
    ...     print(error)
    fit: the loss became nan at step 0, where the learning rate was 1.0e-03. ...
    """
