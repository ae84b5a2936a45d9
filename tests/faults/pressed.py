"""Panels that are pressed at random, by a page that reloads now and then, while cells are run again."""

import random
from collections import Counter

import ipywidgets as widgets

import lab

TAKES = (widgets.Dropdown, widgets.Select, widgets.ToggleButtons)


def everything(root):
    """A widget and all that it holds."""
    found = [root]
    for child in getattr(root, "children", ()):
        found += everything(child)
    return found


def on_screen(root):
    """The widgets that a user could reach: not hidden, and in nothing hidden."""
    if (
        getattr(root.layout, "display", None) == "none"
        or getattr(root.layout, "visibility", None) == "hidden"
    ):
        return []
    found = [root]
    for child in getattr(root, "children", ()):
        found += on_screen(child)
    return found


class Page:
    """A page with several panels. make: name -> a function that makes the panel anew."""

    def __init__(self, comms, make, seed=0):
        self.comms, self.make, self.dice = comms, make, random.Random(seed)
        self.panels = {name: new() for name, new in make.items()}
        self.counts = Counter()
        for panel in self.panels.values():
            panel.widget  # noqa: B018  shows it

    def step(self):
        """One thing that a user does."""
        name = self.dice.choice(list(self.panels))
        panel, what = self.panels[name], self.dice.random()
        if what < 0.02:
            self.reload()
        elif what < 0.04:
            self.counts["cells run again"] += 1
            panel.close()
            self.panels[name] = self.make[name]()
            self.panels[name].widget  # noqa: B018
        else:
            self.touch(panel)
        self.counts["operations"] += 1
        problem = panel.error
        if problem is not None:
            self.counts["refused in words"] += 1
            assert isinstance(problem, lab.PawlabError | OSError), f"{name}: {problem!r}"

    def reload(self):
        """The page asks for the state of all that it shows, as after F5."""
        self.counts["reloads"] += 1
        for panel in self.panels.values():
            for widget in everything(panel.widget):
                self.comms._deliver(widget, {"method": "request_state"}, [])

    def touch(self, panel):
        """Press a button, choose from a list, move a slider, tick a box, or type."""
        found = [one for one in on_screen(panel.widget) if not getattr(one, "disabled", False)]
        found = [one for one in found if isinstance(one, (widgets.Button, *TAKES)) or hasattr(one, "value")]
        found = [
            one for one in found if not isinstance(one, (widgets.HTML, widgets.Image, widgets.FileUpload))
        ]
        if not found:
            return
        one = self.dice.choice(found)
        if isinstance(one, widgets.Button):
            self.comms.press(one)
        elif isinstance(one, TAKES):
            if one.options:
                self.comms.set_state(one, {"index": self.dice.randrange(len(one.options))})
        elif isinstance(one.value, bool):
            self.comms.set_state(one, {"value": not one.value})
        elif isinstance(one.value, int | float) and hasattr(one, "max"):
            steps = round((one.max - one.min) / (one.step or 1))
            value = one.min + self.dice.randint(0, steps) * (one.step or 1)
            self.comms.set_state(one, {"value": type(one.value)(min(value, one.max))})
        elif isinstance(one.value, str):
            self.comms.set_state(
                one, {"value": self.dice.choice(["", "1e-3", "3", "-1", "nan", "<b>", "0,5", "9" * 40])}
            )

    def close(self):
        for panel in self.panels.values():
            panel.close()
