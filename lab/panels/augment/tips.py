"""What the buttons of the presets say when the pointer rests on them."""

from lab.panels.augment.trial import AS_DATA

PRESET_TIPS = {
    "side on": "photos of things seen from the side: mirrored, a little turned, zoomed, tilted, relit",
    "top down": "seen from above, no side is up: upside down too",
    "none": "no random change at all",
    AS_DATA: "what the data's own batch transform does",
}
