"""Words for a file that is not a picture, such as "is cut off after 7,120 bytes", in place of a traceback.

Each function returns the end of a sentence that begins with the file's name.
"""

import codecs
import re
import struct
import traceback
import unicodedata
from pathlib import Path

from lab.core.errors import BadValue, PawlabError

# What Pillow's decoders say, each in its own words, when the bytes end too early.
_SIGNS_OF_A_CUT = ("truncated", "broken data stream", "broken PNG", "unexpected end", "not enough", "eof")

_ADDRESS = re.compile(r"(?!file:)[A-Za-z][A-Za-z0-9+.-]+:/(?!/)")  # of two letters or more: C:/ is a drive
_LONGEST_NAME = 300  # characters of a name in a message


class BrokenPicture(BadValue):
    """A file that is not a whole picture. `.path`: the file (None for bytes); `.reason`: why, in words."""

    def __init__(self, path: Path | None, reason: str):
        super().__init__(path, reason)
        self.path = path
        self.reason = reason

    def __str__(self) -> str:
        name = "the picture" if self.path is None else repr(shown(self.path))
        return f"open_picture: {name} {self.reason}."


def shown(path: Path) -> str:
    """A path in messages: a URL gets back the slash that a Path takes from it; what is very long is cut."""
    text = _ADDRESS.sub(r"\g<0>/", str(path), count=1)
    return text if len(text) <= _LONGEST_NAME else f"{text[: _LONGEST_NAME - 3]}..."


def why_not_read(path: Path | None, problem: Exception) -> str:
    """Words for a file that the system does not hand over."""
    text = "" if path is None else str(path)
    if text.startswith("data:"):
        return "is a data URL: give its bytes, base64.b64decode(url.split(',')[1])"
    if text.startswith("file:/"):
        return "is a URL: give the path alone, without 'file://'"
    if _ADDRESS.match(text):
        return "is a URL: download it first, for instance with urllib.request.urlretrieve(url, 'picture.jpg')"
    if isinstance(problem, FileNotFoundError):
        from_home = path is not None and path.parts[:1] == ("~",)
        return "does not exist" + (" (write Path(...).expanduser() for '~')" if from_home else "")
    if path is not None and isinstance(problem, IsADirectoryError | PermissionError) and path.is_dir():
        return "is a folder, not a picture: for all in it, learn.get_preds(dl=dls.test_dl(folder))"
    return f"cannot be read ({getattr(problem, 'strerror', None) or problem})"


def why_not_decoded(size: int, problem: BaseException) -> str:
    """Words for a picture of `size` bytes that begins well and then fails to decode."""
    if isinstance(problem, MemoryError):
        return "needs more memory to decode than there is"
    words = str(problem) or type(problem).__name__
    early = isinstance(problem, (EOFError, IndexError, struct.error))
    if early or any(sign in words.lower() for sign in _SIGNS_OF_A_CUT):
        return f"{cut_off(size)} ({words})"
    return f"cannot be decoded ({words})"


def cut_off(size: int) -> str:
    """Words for a picture whose data ends too early."""
    return f"is cut off after {size:,} bytes, or damaged"


def is_bug(problem: Exception) -> bool:
    """Whether it came from anywhere but Pillow, so that it says nothing of the bytes: a bug in the lab."""
    frames = (frame for frame, _ in traceback.walk_tb(problem.__traceback__))
    pillows = any(frame.f_globals.get("__name__", "").startswith("PIL.") for frame in frames)
    return not pillows and not isinstance(problem, MemoryError | PawlabError)


def what_it_is(head: bytes) -> str:
    """Words for bytes that begin like no picture."""
    if head[4:8] == b"ftyp":
        return "is a HEIC photo or a video, which Pillow does not read: save it as JPEG"
    begins = text_beginning(head)
    if begins:
        return f"is text, not a picture: it begins {begins[:40]!r}"
    return f"is not a picture that Pillow reads (its first bytes: {head[:8].hex(' ')})"


def text_beginning(head: bytes) -> str:
    """The first words of `head` when it is text in UTF-8, else the empty string."""
    try:
        # Incremental, because the 200th byte may lie within a character.
        text = codecs.getincrementaldecoder("utf-8-sig")().decode(head[:200])
    except UnicodeDecodeError:
        return ""
    words = " ".join(text.split())
    return "" if any(unicodedata.category(character) == "Cc" for character in words) else words
