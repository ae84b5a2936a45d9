"""The patch of a picture that a kernel slides over: by default a cat's eye, 14 by 14 pixels.

The eye is cut from a drawn portrait (`portrait("British_Shorthair", (84, 84))`, from column 29 and row 27)
and kept as numbers, so that every machine shows the same ones. Pixels are hundredths: 0 is black, 100 full.
"""

from typing import Any

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from lab.core.errors import BadValue
from lab.data.arrays import as_input
from lab.data.pictures import open_picture

SIDE = 14
FEWEST, MOST = 5, 16  # pixels of a side that are taken as they are; fewer would leave nothing to pool
GREY = (299, 587, 114)  # parts of red, green and blue in a thousand of grey (ITU-R BT.601)
_EYE = (  # one line for each row, two hexadecimal digits for each of red, green and blue
    "41444940434843454a43454a40424740434842454a4143484144493f41463f42473f42473f42473f4146"
    "4043484042473c3f4436383d2e2f3228282a27272a2a2a2d2f2f333a3c41393c413c3f433c3f443d4045"
    "3a3d423a3d422e2f331e1c1d1916161815141814131814131a1717201e202d2e3237393e383b40393c41"
    "3b3e4337393e1917181f1d1b1e1a121d16081e16061711051812071a171419161628282b33353a35383d"
    "2e2f332e2f332826242a24183d3423555554504f4c0404022a1f09231a07211d151916152f3135313438"
    "292a2d1a18183f3c3737290c453a20575757575757201f1e30230a382a0c2f23092d2a241b191a2f3236"
    "28292c1a17174c4a4340300d46350f493d1f363127040201241b0741300d402f0d372d1a25232229292c"
    "2e2f3328282b4846434437184c3b104b3a10291e08040301332b1b493a1547360f3e2e0e43413d1d1b1d"
    "33363b3235391b1819443e2f4f3e1151411246350f040301463c255043204d3c114435134d4b481d1b1c"
    "36383e34363b2d2f331a1818362d20524213554514130e0454441353431350401249402a2b27262d2f33"
    "393c4137393e33353a2a2b2e1d1b1d201b192e2414382a0f4131113c2e13322a1e231f1f24232534363b"
    "2f32372f32373032372f31352b2d312323251d1c1e1b191b1b191b1c1a1b201e2028282c383a4035373c"
    "33363a33363b33353a3134382f32362d30342d2f342f31352a2c2f2c2e3236383e3a3d4235383d33363a"
    "35383d33363b3032372d30352c2f332d2f332e31352c2f33303338383b403d40453c3e433a3d413a3d41"
)


def patch_of(picture: Any = None) -> Tensor:
    """A picture as a patch (3, h, w) of floats in 0..1, rounded to hundredths; None: the cat's eye.

    What has 5 to 16 pixels a side is taken as it is; of a larger picture the middle square is reduced to 14
    by 14. picture: as `lab.data.pictures.open_picture` takes it. Raises ValueError for a smaller one.
    """
    if picture is None:
        eye = np.frombuffer(bytes.fromhex(_EYE), np.uint8).reshape(SIDE, SIDE, 3)
        return torch.tensor(eye).permute(2, 0, 1) / 100
    exact = as_input(picture)
    if exact is not None and max(exact.shape[1:]) <= MOST:
        _check_size(*exact.shape[1:])
        return (exact * 100).round() / 100
    image = open_picture(picture)
    _check_size(image.height, image.width)
    if max(image.size) > MOST:
        image = ImageOps.fit(image, (SIDE, SIDE), Image.Resampling.BOX)
    pixels = torch.tensor(np.asarray(image)).permute(2, 0, 1)
    return (pixels / 2.55).round() / 100


def grey(patch: Tensor) -> Tensor:
    """The patch (3, h, w) in grey: (1, h, w), rounded to tenths, so that sums can be done in the head."""
    hundredths = (patch * 100).round().long()
    parts = torch.tensor(GREY)[:, None, None]
    tenths = ((hundredths * parts).sum(dim=0, keepdim=True) + 5000) // 10_000
    return tenths / 10


def size_text(height: int, width: int) -> str:
    """A size in words, with a real multiplication sign."""
    return f"{height}\N{MULTIPLICATION SIGN}{width}"


def _check_size(height: int, width: int) -> None:
    if min(height, width) < FEWEST:
        raise BadValue(
            f"ConvolutionPanel: got a picture of {width} x {height} pixels. Give one of {FEWEST} x {FEWEST} "
            "pixels or more."
        )
