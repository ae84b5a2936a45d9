"""What the buttons of the presets say when the pointer rests on them."""

from lab.panels.augment.trial import AS_DATA

PRESET_TIPS = {
    "side on": "for things seen from the side: mirror, turn a little, zoom, tilt, relight",
    "top down": "for views from above, where no side is up: upside down too",
    "none": "no random changes at all",
    AS_DATA: "the batch transform that the data has now",
}
