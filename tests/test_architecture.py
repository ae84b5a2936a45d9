"""The laws of the architecture: imports point down, `import lab` is cheap, the core stands alone."""

import ast
import inspect
import io
import subprocess
import sys
import tokenize
from graphlib import TopologicalSorter
from pathlib import Path

import lab

ROOT = Path(lab.__file__).parent

# Lowest first. A file may import from layers below its own, and within its own package.
LAYERS = (
    ("lab.core",),
    ("lab.process_group",),
    (
        "lab.absent",
        "lab.arguments",
        "lab.fonts",
        "lab.ipython",
        "lab.launch",
        "lab.markup",
        "lab.processes",
        "lab.wording",
        "lab.downsampling",
    ),
    ("lab.progress",),
    ("lab.charts", "lab.losses", "lab.metrics", "lab.schedules"),
    ("lab.png", "lab.contact_sheets"),
    ("lab.drawn",),
    ("lab.data",),
    ("lab.models",),
    ("lab.training",),
    (
        "lab.class_report",
        "lab.prediction_records",
        "lab.annotations",
        "lab.label_noise",
    ),
    ("lab.comparison", "lab.interpret", "lab.inside"),
    ("lab.panels",),
    ("lab.report", "lab.classic"),
    ("lab.exercises",),
    ("lab.tour", "lab.course"),
    ("lab.__main__",),
)


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def layer(module: str) -> int | None:
    for number, packages in enumerate(LAYERS):
        if any(module == package or module.startswith(f"{package}.") for package in packages):
            return number
    return None


def imported(path: Path, types: bool = True) -> set[str]:
    """Every module of the lab that a file imports, wherever in the file that is.

    types: also those that only type annotations need.
    """
    found = set()
    package = module_name(path) if path.name == "__init__.py" else module_name(path).rpartition(".")[0]
    tree = ast.parse(path.read_text(encoding="utf-8"))
    if not types:
        for node in ast.walk(tree):
            if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
                node.body.clear()
    for node in ast.walk(tree):
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


def test_every_file_stands_on_a_layer():
    assert [module_name(path) for path in files() if layer(module_name(path)) is None] == []


def test_imports_point_down():
    wrong = []
    for path in files():
        own = layer(module_name(path))
        for name in imported(path):
            other = layer(name)
            same_room = name.split(".")[:2] == module_name(path).split(".")[:2]
            if other is not None and other >= own and not same_room:
                wrong.append(f"{module_name(path)} imports {name}")
    assert wrong == []


def test_no_imports_go_in_a_circle():
    """Wherever in a file they stand: a lazy import in a circle is one all the same."""
    modules = {module_name(path): path for path in files()}
    graph = {}
    for name, path in modules.items():
        needed = imported(path, types=False) & modules.keys() - {name}
        # `from lab.charts import style` needs the file, not what the package hands on
        graph[name] = {one for one in needed if not any(other.startswith(f"{one}.") for other in needed)}
    TopologicalSorter(graph).prepare()


CORE = ROOT / "core"


def test_the_core_imports_torch_numpy_and_itself_only():
    allowed = {*sys.stdlib_module_names, "torch", "numpy"}
    for path in sorted(CORE.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                own = name == "lab.core" or name.startswith("lab.core.")
                assert own or name.split(".")[0] in allowed, f"{path.name} imports {name}"


def lines_of_code(path: Path) -> int:
    """Lines that hold code: no blank ones, no comments, no docstrings."""
    text = path.read_text(encoding="utf-8")
    documented = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    docstrings: set[int] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, documented) and ast.get_docstring(node, clean=False) is not None:
            docstrings |= set(range(node.body[0].lineno, node.body[0].end_lineno + 1))
    nothing = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT}
    code: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in nothing and token.type != tokenize.ENDMARKER:
            code |= set(range(token.start[0], token.end[0] + 1))
    return len(code - docstrings)


def test_lines_of_code_are_counted_without_comments_and_docstrings(tmp_path):
    file = tmp_path / "some.py"
    file.write_text(
        '"""Two\n\nlines."""\n\n# why\nx = """a\nb"""\n\n\ndef f():\n    """Doc."""\n    return x  # it\n'
    )
    assert lines_of_code(file) == 4


def test_the_core_has_at_most_a_thousand_lines_of_code(capsys):
    counts = {path.name: lines_of_code(path) for path in sorted(CORE.rglob("*.py"))}
    with capsys.disabled():
        print(f"\nlab/core: {sum(counts.values())} lines of code:", counts)
    assert sum(counts.values()) <= 1000


def test_no_file_is_longer_than_250_lines():
    texts = (path for kind in ("py", "pyi", "css", "js") for path in ROOT.rglob(f"*.{kind}"))
    long = {str(path): n for path in texts if (n := len(path.read_text().splitlines())) > 250}
    assert long == {}


SEAMS = ("core", "training", "data", "panels/frame")
PARTS = {"data", "dls", "learn", "learner", "loader", "loaders", "model"}


def test_the_seams_are_typed():
    """What a learner, a loader, data or a model must be is said by a type wherever one is passed on."""
    untyped = []
    for path in (file for part in SEAMS for file in (ROOT / part).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                for argument in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs):
                    if argument.arg in PARTS and ast.unparse(argument.annotation or ast.Name("Any")) == "Any":
                        untyped.append(f"{path.name}: {node.name}({argument.arg})")
    assert untyped == []


def test_no_class_name_stands_for_two_things():
    seen: dict[str, Path] = {}
    for path in files():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                assert node.name not in seen, f"{node.name}: {seen[node.name]} and {path}"
                seen[node.name] = path


def test_the_loop_fits_on_a_screen_and_shows_its_steps():
    source = inspect.getsource(lab.Learner.steps)
    assert len(source.splitlines()) <= 90
    for part in (
        "schedule(progress)",
        "network(x)",
        "loss_func(",
        ".backward()",
        ".step(optimiser)",
        "yield",
    ):
        assert part in source


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


def test_core_images_and_vision_train_and_predict_without_plotly_and_widgets(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", BLOCKED, str(tmp_path)], capture_output=True, text=True, cwd=ROOT.parent
    )
    assert done.stdout.strip().endswith("True (2, 2)"), done.stdout + done.stderr
