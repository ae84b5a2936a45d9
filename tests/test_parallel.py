"""Two processes on the CPU learn what one learns with the doubled batch; what goes wrong is said in words."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import parallel_worker
import pytest
from small import picture_folder

import lab
from lab.training import tensor_file

TESTS = Path(__file__).parent
ALIKE = (
    "fit",
    "mixed_precision",
    "fit_one_cycle",
    "fit_sgdr",
    "draws",
    "unfrozen",
    "unfrozen_batch_norm_measures",
    "accumulated",
    "weighted",
    "other_seeds",
    "a_transform_of_ones_own",
    "finder",
    "predicted",
    "batches_of_others",
    "not_a_number",
    "kept_and_resumed",
    "resumed_with_as_many_or_others",
    "all_ranks_tell_the_same_steps",
)


def launched(*words: str, processes: int = 2, **more: str) -> subprocess.CompletedProcess[str]:
    """A program in so many processes, as torchrun starts them."""
    launcher = ("-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}")
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PAWLAB_QUIET": "1", **more}
    return subprocess.run(
        [sys.executable, *launcher, *words],
        cwd=TESTS,
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return picture_folder(tmp_path_factory.mktemp("pictures") / "colours", each=12)


@pytest.fixture(scope="module")
def two(folder, tmp_path_factory):
    """The answers of two processes, which are the same."""
    answers = tmp_path_factory.mktemp("answers")
    done = launched(
        "parallel_worker.py",
        str(folder),
        str(answers),
        *parallel_worker.SCENARIOS,
        PAWLAB_HOME=str(tmp_path_factory.mktemp("home")),
    )
    assert done.returncode == 0, done.stderr[-3000:]
    first, second = (json.loads((answers / f"{rank}.json").read_text()) for rank in (0, 1))
    assert first == second
    return first


@pytest.mark.parametrize("name", ALIKE)
def test_two_processes_give_what_one_gives_with_the_doubled_batch(name, two, folder):
    one = parallel_worker.SCENARIOS[name](folder, 2 * parallel_worker.BS)
    assert flat(two[name]) == pytest.approx(flat(one), abs=1e-4)


def flat(answer):
    """The numbers of an answer, however it is nested."""
    if isinstance(answer, dict):
        answer = list(answer.values())
    return [number for part in answer for number in flat(part)] if isinstance(answer, list) else [answer]


def test_a_resumed_run_gives_the_same_numbers_as_one_that_was_not_broken_off(two):
    whole, resumed, [epochs] = two["kept_and_resumed"]
    assert epochs == 2
    assert resumed == pytest.approx(whole, abs=1e-6)


def test_a_layer_without_a_part_in_the_output_and_a_short_last_batch_are_no_trouble(two):
    assert two["an_unused_layer"] == [4, 2, True]


def test_ctrl_c_in_one_process_stops_all_after_the_same_step(two):
    assert two["asked_to_stop"] == 3


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("another_batch_size", "had 8 pictures in a batch (2 processes), and here it would be 16 (2 of 8)"),
        ("another_batch_size", "Use bs=4"),
        ("another_length", "is a run of 4 epochs, but you asked for 5"),
        (
            "other_data",
            "do not see the same data to train and to validate on (process 0: 29 and 7; process 1: 28",
        ),
        ("too_few_pictures", "1 pictures are too few to split across 2 processes"),
    ],
)
def test_bad_input_is_told_to_all(name, words, two):
    assert words in two[name]


def test_one_process_resumes_what_it_has_kept_and_a_complete_run_is_loaded(folder, tmp_path, capsys):
    learn = parallel_worker.learner(folder, 8, path=tmp_path)
    learn.fit_one_cycle(2, 1e-3, checkpoint="night")
    again = parallel_worker.learner(folder, 8, path=tmp_path)
    again.fit_one_cycle(2, 1e-3, checkpoint="night", resume=True)
    assert "The run of 2 epochs in night.safetensors is complete" in capsys.readouterr().out
    assert parallel_worker.weights(again) == parallel_worker.weights(learn)
    assert again.runs == []
    again.load("night")  # it is a checkpoint like any other
    with pytest.raises(ValueError, match=r"needs the name of the run: checkpoint=\"name\""):
        again.fit(1, 1e-3, resume=True)
    learn.save("plain")
    with pytest.raises(ValueError, match=r"plain.safetensors was written by learn.save\(\)"):
        again.fit(1, 1e-3, checkpoint="plain", resume=True)
    with pytest.raises(ValueError, match="cannot take the epochs before the interruption into account"):
        again.fit(2, 1e-3, checkpoint="night", resume=True, patience=1)
    with pytest.raises(ValueError, match="the run's highest rates were"):
        again.fit_one_cycle(2, 1e-2, checkpoint="night", resume=True)
    again.dls.train = again.dls.train.replace(indices=range(20))
    with pytest.raises(ValueError, match=r"or a different split \(29 to train"):
        again.fit_one_cycle(2, 1e-3, checkpoint="night", resume=True)
    with pytest.raises(TypeError, match="fine_tune is two runs"):
        again.fine_tune(1, checkpoint="night")


def test_a_full_disk_ends_no_run_and_the_last_checkpoint_stays_whole(folder, tmp_path, capsys, monkeypatch):
    learn = parallel_worker.learner(folder, 8, path=tmp_path)
    plain, calls = tensor_file.save_file, []

    def full(*args, **kwargs):
        calls.append(1)
        if len(calls) > 1:
            raise OSError(28, "No space left on device")
        return plain(*args, **kwargs)

    monkeypatch.setattr(tensor_file, "save_file", full)
    learn.fit_one_cycle(3, 1e-3, checkpoint="night")
    assert len(learn.history.epochs) == 3
    said = capsys.readouterr().out
    assert said.count("is not kept") == 2
    assert "No space left" in said
    monkeypatch.undo()
    again = parallel_worker.learner(folder, 8, path=tmp_path)
    again.fit_one_cycle(3, 1e-3, checkpoint="night", resume=True)
    assert [row["epoch"] for row in again.history.epochs] == [1, 2]


# ---------------------------------------------------------------- the command


@pytest.fixture
def photos(tmp_path):
    return picture_folder(tmp_path / "photos", each=11)


def trained(photos, *words, **more):
    options = ["--arch", "pocketnet", "--size", "64", "--bs", "4", "--out", str(photos.parent / "run")]
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **more}
    command = [sys.executable, "-m", "lab", "train", "--data", str(photos), *options, *words]
    return subprocess.Popen(
        command,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


@pytest.mark.parametrize("processes", ["1", "2"])
def test_the_command_trains_is_stopped_and_goes_on(processes, photos):
    run = trained(photos, "--epochs", "40", "--processes", processes)
    for text in run.stdout:
        if text.strip().startswith("1 ") and "epoch" not in text:  # the second epoch of all layers has ended
            break
    os.killpg(run.pid, signal.SIGINT)  # as Ctrl-C in a terminal: everybody hears it
    out, err = run.communicate(timeout=100)
    assert "Continue with --resume" in out, err
    assert "Traceback" not in err
    refused = trained(photos, "--epochs", "40", "--processes", processes)
    assert "holds a run already" in refused.communicate(timeout=100)[1]
    assert refused.returncode
    kept = photos.parent / "run" / "models" / "all-layers.safetensors"
    header = tensor_file.read_tensors(kept)[1]["run"]
    assert 2 <= header["done"] < 40
    assert header["processes"] == int(processes)


def test_the_command_ends_with_a_model_that_predicts(photos):
    run = trained(photos, "--epochs", "2", "--processes", "3")
    out, err = run.communicate(timeout=200)
    assert run.returncode == 0, err
    assert out.count("Model: ") == 1  # the first process alone prints
    assert out.count("train_loss") == 2
    predictor = lab.load_learner(photos.parent / "run" / "model.safetensors")
    assert predictor.predict(photos / "red" / "00.png")[0] in ("red", "green", "blue")


def test_a_process_that_dies_ends_the_others_with_a_sentence(folder, tmp_path):
    script = tmp_path / "dies.py"
    script.write_text(
        "import os, sys\n"
        f"sys.path.insert(0, {str(TESTS)!r})\n"
        "import parallel_worker\n"
        "from pathlib import Path\n"
        "from lab import processes\n"
        f"folder, path = Path({str(folder)!r}), {str(tmp_path)!r}\n"
        "learn = parallel_worker.learner(folder, 4, path=path, precompute=False)\n"
        "rank, plain, calls = processes.world().rank, learn.loss_func, []\n"
        "def loss(activations, targets):\n"
        "    calls.append(1)\n"
        "    if rank == 1 and len(calls) == 7:\n"
        "        os._exit(3)\n"
        "    return plain(activations, targets)\n"
        "learn.loss_func = loss\n"
        "learn.fit(5, 1e-3, checkpoint='long')\n"
    )
    done = launched(str(script))
    assert done.returncode != 0
    assert "Another process in this run has exited, so this one is stopping too" in done.stderr
    assert tensor_file.read_tensors(tmp_path / "models" / "long.safetensors")[1]["run"]["done"] == 1


@pytest.mark.skipif(sys.platform != "linux", reason="lists the threads in /proc")
def test_no_thread_of_the_connection_is_left_when_python_ends(folder, tmp_path):
    """One that wakes up while the interpreter is torn down ends the process with SIGABRT, now and then."""
    script = tmp_path / "ends.py"
    script.write_text(
        "import atexit, os, sys\n"
        f"sys.path.insert(0, {str(TESTS)!r})\n"
        "def tell():\n"
        "    tasks = (open(f'/proc/self/task/{task}/comm') for task in os.listdir('/proc/self/task'))\n"
        "    print('threads:', *(task.read().strip() for task in tasks), flush=True)\n"
        "atexit.register(tell)  # the first to be registered is the last to be called\n"
        "import parallel_worker\n"
        "from pathlib import Path\n"
        f"folder, path = Path({str(folder)!r}), Path({str(tmp_path)!r})\n"
        "learn = parallel_worker.learner(folder, 4, path=path, precompute=False)\n"
        "learn.fit(1, 1e-3)\n"
    )
    done = launched(str(script))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("threads:") == 2
    assert "gloo" not in done.stdout


def test_a_port_in_use_is_told(tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        names = {"RANK": "0", "LOCAL_RANK": "0", "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2"}
        address = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "TORCHELASTIC_RUN_ID": "x"}
        done = subprocess.run(
            [sys.executable, "-c", "from lab.processes import world; world()"],
            env={**os.environ, **names, **address},
            capture_output=True,
            text=True,
            timeout=100,
            check=False,
        )
    assert f"the processes cannot be connected at 127.0.0.1:{port}" in done.stderr
    assert "torchrun --standalone" in done.stderr
