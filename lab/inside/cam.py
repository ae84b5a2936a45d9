"""Class activation maps: which part of a picture spoke for a class.

Grad-CAM (Selvaraju et al., 2016, arXiv:1610.02391) weighs the maps of the last convolutional layer by the
gradient of the class's activation; what remains above 0 spoke for the class. Here every place is weighed by
its own gradient instead of the mean over the map (HiResCAM, Draelos and Carin, 2020, arXiv:2011.08891). Under
average pooling the two are the same; under the lab's pooling, half of which takes the maximum, the mean would
smear what one place said over the whole picture. Nothing needs to be trainable: a frozen body has a map too.
"""

from typing import Any

import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from lab.core.errors import BadValue
from lab.data.pictures import open_picture
from lab.data.previews import as_image
from lab.inside.capture import hooked
from lab.inside.choice import chosen
from lab.inside.colour_map import colour_map
from lab.inside.subject import Subject

_SAME_SHAPE = 0.02  # by how much the proportions of picture and map may differ; rounding of pixels


def class_activation_map(
    source: Any, picture: Any, label: str | int | None = None, layer: str | None = None
) -> Tensor:
    """Return where the network finds a class in an image, as a map whose strongest place is 1.

    A map of zeros says that nothing speaks for the class.

    Parameters
    ----------
    source : learner, predictor or module
        A learner, what `load_learner` returned, or a torch module.
    picture : path, PIL image, array or Tensor
        One image, as `activations` takes it.
    label : str or int, optional
        A class by name or index; without one the predicted class.
    layer : str, optional
        Whose maps to weigh; without one the last that has maps of more than one pixel.

    Returns
    -------
    Tensor of shape (h, w)
        float32 on the CPU; h and w are those of the image as the network sees it (`as_seen`).

    Raises
    ------
    ValueError
        For a class or layer that is not there, a layer without maps, and a network that gives NaN.

    Notes
    -----
    Grad-CAM (arXiv:1610.02391), with every place weighed by its own gradient (HiResCAM, arXiv:2011.08891).

    Examples
    --------
    >>> cam = lab.class_activation_map(learn, path / "red" / "00.png", "red")
    >>> cam.shape
    torch.Size([64, 64])
    """
    subject = Subject(source)
    # The input takes the gradient, so every layer after it has one, whether or not its weights are frozen.
    x = subject.picture_batch(picture).requires_grad_()
    model = subject.at_rest()
    every = [name for name, _ in model.named_modules() if name]
    names = every if layer is None else list(chosen(model, [layer]))
    seen: list[Tensor] = []

    def keep(name: str, output: Any) -> None:
        if isinstance(output, Tensor) and output.ndim == 4 and output.shape[2] * output.shape[3] > 1:
            seen[:] = [output]

    with torch.enable_grad(), hooked(model, names, keep):
        scores = model(x)
        if not seen or not seen[0].requires_grad:
            what = f"layer {layer!r}" if layer is not None else f"this {type(model).__name__}"
            raise BadValue(f"class_activation_map: {what} gives no maps (n, c, h, w) to weigh.")
        index = _index(subject, scores, label)
        (gradient,) = torch.autograd.grad(scores[0, index], seen[0])
    evidence = (gradient * seen[0].detach()).float().sum(1, keepdim=True).relu()
    # bicubic makes round spots of a few coarse pixels, where bilinear makes stars; it may dip below 0
    evidence = F.interpolate(evidence, x.shape[2:], mode="bicubic", align_corners=False)[0, 0].relu().cpu()
    highest = evidence.max()
    return evidence / highest if highest > 0 else evidence


def as_seen(source: Any, picture: Any) -> Image.Image:
    """Return the image as the network sees it, resized and cropped as in validation.

    Parameters
    ----------
    source : learner, predictor or module
        A learner, what `load_learner` returned, or a torch module.
    picture : path, PIL image, array or Tensor
        One image, as `activations` takes it.

    Returns
    -------
    PIL image
        In RGB.

    Raises
    ------
    ValueError
        For several images.

    Examples
    --------
    >>> lab.as_seen(learn, path / "red" / "00.png").size
    (64, 64)
    """
    return as_image(Subject(source).picture_batch(picture)[0])


def overlay(picture: Any, cam: Tensor, alpha: float = 0.5) -> Image.Image:
    """Return an image with a class activation map over it.

    It is dark where nothing spoke for the class, then blue, orange, and almost white where most did.

    Parameters
    ----------
    picture : PIL image, path or Tensor of shape (3, h, w)
        The image as `as_seen` gives it, or that in another size. A tensor holds values in 0..1.
    cam : Tensor of shape (h, w)
        The map, in 0..1.
    alpha : float
        The share of the map's colours, 0..1.

    Returns
    -------
    PIL image
        In RGB and the image's size.

    Raises
    ------
    ValueError
        For another alpha, and when the proportions differ: the map would lie beside what it shows.

    Examples
    --------
    >>> seen = lab.as_seen(learn, path / "red" / "00.png")
    >>> lab.overlay(seen, lab.class_activation_map(learn, seen)).size
    (64, 64)
    """
    if not 0 <= alpha <= 1:
        raise BadValue(f"overlay: got alpha={alpha}. It is a share in 0..1.")
    image = as_image(picture) if isinstance(picture, Tensor) else open_picture(picture)
    height, width = cam.shape
    if abs(image.width * height / (image.height * width) - 1) > _SAME_SHAPE:
        raise BadValue(
            f"overlay: the picture is {image.width} by {image.height} pixels and the map {width} by "
            f"{height}, another shape. Lay it over what the network saw: as_seen(learn, picture)."
        )
    size = (image.height, image.width)
    values = F.interpolate(cam[None, None].float(), size, mode="bilinear", align_corners=False)[0, 0]
    heat = Image.fromarray(colour_map(values.numpy()))
    return Image.blend(image, heat, alpha)


def _index(subject: Subject, scores: Tensor, label: str | int | None) -> int:
    if scores.ndim != 2:
        raise BadValue(
            f"class_activation_map: the model gives {tuple(scores.shape)}; one row of activations per "
            "picture, (1, classes), was expected."
        )
    if not scores.isfinite().all():
        raise BadValue("class_activation_map: the model gives NaN, so its training has failed.")
    return int(scores.argmax()) if label is None else subject.class_index(label, scores.shape[1])
