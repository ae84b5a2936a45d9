"""One file from the network: resumed when the line drops, checked against its digest, whole or not there.

pooch does the checking and the renaming; the resuming is ours. Source: RFC 9110 section 14 (range requests).
"""

import time
from pathlib import Path
from typing import BinaryIO

from lab.progress import Progress

ATTEMPTS = 4
PAUSE_SECONDS = 1.0  # before the second attempt; doubled before each further one
TIMEOUT_SECONDS = (10, 60)  # to connect, and between two pieces
_CHUNK = 1 << 16  # what is lost of a dropped line, at most
_WORTH_ANOTHER_TRY = (408, 425, 429, 500, 502, 503, 504)


def fetch(url: str, path: Path, known_hash: str) -> None:
    """Download `url` to `path`, whose digest must be `known_hash` ("sha256:...", "md5:...").

    Raises ConnectionError when the server cannot be reached, refuses, or the line keeps dropping; ValueError,
    with both digests, for anything but the promised file. Then nothing is left.
    """
    import pooch
    import requests

    def downloader(url: str, output_file: str, _pooch: object) -> None:
        with Path(output_file).open("wb") as file:
            for attempt in range(1, ATTEMPTS + 1):
                try:
                    _stream(url, file, f"downloading {path.name}, MB")
                    return
                except requests.RequestException as problem:
                    answer = problem.response
                    final = answer is not None and answer.status_code not in _WORTH_ANOTHER_TRY
                    if final or attempt == ATTEMPTS:
                        raise
                    time.sleep(PAUSE_SECONDS * 2 ** (attempt - 1))

    try:
        pooch.retrieve(url, known_hash, fname=path.name, path=path.parent, downloader=downloader)
    except requests.RequestException as problem:
        raise ConnectionError(_words(problem)) from problem


def _stream(url: str, file: BinaryIO, label: str) -> None:
    """Append what is missing of `url` to `file`; from the start again where the server cannot resume."""
    import requests

    # Unpacked on the way ("gzip"), the bytes would no longer be those that the digest was taken of.
    headers = {"Accept-Encoding": "identity"}
    have = file.tell()
    if have:
        headers["Range"] = f"bytes={have}-"
    with requests.get(url, stream=True, timeout=TIMEOUT_SECONDS, headers=headers) as response:
        response.raise_for_status()
        if response.status_code != 206:
            file.seek(0)
            file.truncate()
            have = 0
        length = response.headers.get("Content-Length")
        total = have + int(length) if length is not None else None
        with Progress(None if total is None else total // 10**6, label) as progress:
            progress.update(have // 10**6)
            for chunk in response.iter_content(_CHUNK):
                file.write(chunk)
                now = have + len(chunk)
                progress.update(now // 10**6 - have // 10**6)
                have = now
    if total is not None and have < total:
        raise requests.ConnectionError(f"the connection ended after {have:,} of {total:,} bytes")


def _words(problem: Exception) -> str:
    """What happened, without the library's nested names."""
    import requests

    if isinstance(problem, requests.HTTPError) and problem.response is not None:
        return f"the server answered {problem.response.status_code} {problem.response.reason}"
    if isinstance(problem, requests.Timeout):
        return "no answer in time"
    if isinstance(problem, requests.exceptions.ChunkedEncodingError):
        return f"the connection dropped {ATTEMPTS} times"
    if isinstance(problem, requests.ConnectionError):
        text = str(problem)
        return text if text.startswith("the connection") else "no connection to the server"
    return str(problem)
