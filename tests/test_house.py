"""The laws of the house: imports point down, `import lab` is cheap, lower floors need no widgets."""

import ast
import subprocess
import sys
from pathlib import Path

import lab

ROOT = Path(lab.__file__).parent

# Lowest first. A file may import from floors below its own, and within its own package.
FLOORS = (
    ("lab.fonts", "lab.ipython"),
    ("lab.figures", "lab.markup", "lab.progress", "lab.stills", "lab.losses", "lab.metrics", "lab.schedules"),
    ("lab.sheets",),
    ("lab.drawn",),
    ("lab.data",),
    ("lab.models",),
    ("lab.training",),
    ("lab.class_report", "lab.findings", "lab.marks", "lab.planted", "lab.prediction_checks"),
    ("lab.interpret", "lab.inside"),
    ("lab.charts",),
    ("lab.panels",),
    ("lab.report", "lab.classic"),
    ("lab.exercises",),
    ("lab.tour", "lab.course"),
    ("lab.__main__",),
)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def floor(module: str) -> int | None:
    for number, rooms in enumerate(FLOORS):
        if any(module == room or module.startswith(f"{room}.") for room in rooms):
            return number
    return None


def imported(path: Path) -> set[str]:
    """Every module of the lab that a file imports, wherever in the file that is."""
    found = set()
    package = module_name(path) if path.name == "__init__.py" else module_name(path).rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base] if base else parents)
            found.add(base)
            found |= {f"{base}.{alias.name}" for alias in node.names}
    return {name for name in found if name == "lab" or name.startswith("lab.")}


def files() -> list[Path]:
    return [path for path in sorted(ROOT.rglob("*.py")) if path != ROOT / "__init__.py"]


def test_every_file_stands_on_a_floor():
    assert [module_name(path) for path in files() if floor(module_name(path)) is None] == []


def test_imports_point_down():
    wrong = []
    for path in files():
        own = floor(module_name(path))
        for name in imported(path):
            other = floor(name)
            same_room = name.split(".")[:2] == module_name(path).split(".")[:2]
            if other is not None and other >= own and not same_room:
                wrong.append(f"{module_name(path)} imports {name}")
    assert wrong == []


def test_only_what_shows_charts_knows_plotly_and_only_panels_know_ipywidgets():
    for path in files():
        text = path.read_text(encoding="utf-8")
        room = module_name(path).split(".")[1]
        if room not in ("charts", "panels", "report", "course"):
            assert "import plotly" not in text, path
            assert "from plotly" not in text, path
        if room != "panels":
            assert "ipywidgets" not in text, path


def test_every_public_name_exists_and_is_listed_once():
    assert sorted(set(lab.__all__)) == lab.__all__
    for name in lab.__all__:
        assert getattr(lab, name) is not None, name
    assert set(lab.__all__) <= set(dir(lab))


def test_a_name_that_is_not_there_is_an_attribute_error():
    assert not hasattr(lab, "resnet1")


def python(code: str, **kwargs) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, **kwargs
    )


def test_import_lab_loads_nothing_heavy():
    heavy = ("torch", "torchvision", "plotly", "pandas", "ipywidgets")
    done = python(f"import sys, lab; print([name for name in {heavy} if name in sys.modules])")
    assert done.stdout.strip() == "[]", done.stderr


BLOCKED = """
import sys

class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("plotly", "ipywidgets", "IPython"):
            raise ImportError(name + " is blocked")

sys.meta_path.insert(0, Blocked())
import numpy as np
from PIL import Image
from pathlib import Path
import lab

folder = Path(sys.argv[1])
for label, colour in (("red", (200, 30, 30)), ("blue", (30, 30, 200))):
    (folder / label).mkdir()
    for number in range(8):
        noise = np.random.default_rng(number).integers(0, 50, (40, 40, 3))
        Image.fromarray(np.uint8(np.array(colour) + noise)).save(folder / label / f"{number}.png")

block = lab.DataBlock(get_y=lab.parent_label, splitter=lab.RandomSplitter(seed=1), item_tfms=lab.Resize(32))
dls = block.dataloaders(folder, bs=4)
learn = lab.cnn_learner(dls, "pocketnet", metrics=lab.accuracy, pretrained=False)
learn.fit_one_cycle(1, 1e-3)
label, index, probabilities = learn.predict(folder / "red" / "0.png")
interp = lab.ClassificationInterpretation.from_learner(learn)
print(label in ("red", "blue"), tuple(interp.confusion_matrix().shape))
"""


def test_floors_0_to_2_train_and_predict_without_plotly_and_widgets(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, str(tmp_path)], capture_output=True, text=True, cwd=ROOT.parent
    )
    assert done.stdout.strip().endswith("True (2, 2)"), done.stdout + done.stderr
