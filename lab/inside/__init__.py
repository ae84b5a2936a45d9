"""Looking inside a network: what its layers answer to a picture, where it looks, and how layers train.

`layers` names what is worth looking at, `activations` are the answers to a picture, `class_activation_map` is
where it found its class, `watch` records the layers while they train, `nearest` finds the training pictures
that look alike to the network. Lessons: 2018 "looking at pictures", 2020 "look inside your network".
"""

from lab.inside.cam import as_seen, class_activation_map, overlay
from lab.inside.capture import activations
from lab.inside.choice import layers
from lab.inside.colour_map import colour_map
from lab.inside.maps import feature_maps, strongest
from lab.inside.neighbours import Neighbour, nearest
from lab.inside.stats import BIN_EDGES, NEAR_ZERO, ActivationStats, watch

__all__ = [
    "BIN_EDGES",
    "NEAR_ZERO",
    "ActivationStats",
    "Neighbour",
    "activations",
    "as_seen",
    "class_activation_map",
    "colour_map",
    "feature_maps",
    "layers",
    "nearest",
    "overlay",
    "strongest",
    "watch",
]
