"""The generator: draws that never change, sizes that never run out of memory, arguments that are checked."""

import subprocess
import sys
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from cxkit import samples
from cxkit.errors import UsageError
from cxkit.samples.company import Stretch
from cxkit.samples.draws import ONE, Draws
from cxkit.samples.world import LAST


def test_draws_are_pinned():
    """splitmix64's finishing step of 1 is 0x5692161d100b05e5: Python integers, by its published definition."""
    from cxkit.samples.draws import _mix

    def by_hand(z):
        mask = (1 << 64) - 1
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & mask
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & mask
        return z ^ (z >> 31)

    numbers = [0, 1, 2**40 + 3, 2**64 - 1]
    assert _mix(np.array(numbers, dtype=np.uint64)).tolist() == [by_hand(z) for z in numbers]
    assert by_hand(1) == 0x5692161D100B05E5


def test_draws_do_not_depend_on_their_company():
    draws = Draws(3)
    many = draws.below("x", 1000, np.arange(50), 7)
    assert many[[4, 9]].tolist() == draws.below("x", 1000, [4, 9], 7).tolist()
    assert not np.array_equal(many, draws.below("y", 1000, np.arange(50), 7))
    assert not np.array_equal(many, Draws(4).below("x", 1000, np.arange(50), 7))


def test_draws_have_the_distributions_they_name():
    draws, n = Draws(1), np.arange(200_000)
    even = np.bincount(draws.below("even", 10, n), minlength=10)
    assert abs(even - 20_000).max() < 5 * np.sqrt(20_000 * 0.9)  # five standard errors
    assert abs(draws.chance("yes", 250, n).mean() - 0.25) < 5 * np.sqrt(0.25 * 0.75 / 200_000)
    wait = draws.exponential("wait", n) / ONE
    assert abs(wait.mean() - 1) < 0.015
    assert abs(np.median(wait) - np.log(2)) < 0.01
    shares = np.bincount(draws.pick("pick", (1, 2, 5), n)) / 200_000
    assert shares == pytest.approx([0.125, 0.25, 0.625], abs=0.006)


@pytest.mark.parametrize("table", samples.TABLES)
def test_the_first_customers_of_a_larger_company_are_the_smaller_company(table, monkeypatch):
    monkeypatch.setattr(samples, "STRETCH", 90)
    small, large = samples.generate(table, size=120), samples.generate(table, size=200)
    inside = large[large["customer_id"].isin([f"C{number:05d}" for number in range(1, 121)])]
    pd.testing.assert_frame_equal(small, inside.reset_index(drop=True), check_dtype=True)


@pytest.mark.parametrize("size", [1, 2, 5])
@pytest.mark.parametrize("seed", range(6))
def test_the_smallest_companies(size, seed):
    for table in samples.TABLES:
        frame = samples.generate(table, size=size, seed=seed)
        assert frame["customer_id"].isin([f"C{number:05d}" for number in range(1, size + 1)]).all()


def test_generate_and_the_file_are_the_same(tmp_path):
    [path] = samples.write(tmp_path, size=60, tables=["orders"])
    read = pd.read_csv(path, parse_dates=["ordered_at"])
    frame = samples.generate("orders", size=60)
    assert list(read) == list(frame)
    assert read["amount"].to_list() == frame["amount"].to_list()
    assert read["order_id"].to_list() == frame["order_id"].to_list()
    assert (read["ordered_at"] == frame["ordered_at"]).all()


def test_parquet_holds_what_csv_holds(tmp_path, monkeypatch):
    import duckdb

    monkeypatch.setattr(samples, "STRETCH", 25)
    [path] = samples.write(tmp_path, size=60, tables=("responses",), format="parquet")
    read = duckdb.sql(f"SELECT * FROM '{path}'").df()
    frame = samples.generate("responses", size=60)
    assert read["response_id"].to_list() == frame["response_id"].to_list()
    assert read["score"].isna().tolist() == frame["score"].isna().tolist()
    assert read["comment"].fillna("").to_list() == frame["comment"].fillna("").to_list()
    assert [found.name for found in tmp_path.iterdir()] == ["responses.parquet"]


def test_memory_follows_the_stretch_not_the_size(tmp_path, monkeypatch):
    monkeypatch.setattr(samples, "STRETCH", 400)
    samples.write(tmp_path, size=10, tables=["responses"])  # imports and tables are made once

    def peak(size):
        tracemalloc.start()
        samples.write(tmp_path, size=size, tables=["responses"])
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    assert peak(1600) < 1.5 * peak(800)


def test_another_stretch_has_the_same_rules():
    """Two stretches of customers are two samples of one company: rates agree within five standard errors."""
    parts = [Stretch(samples.SEED, first, first + 3999) for first in (1, 50_001)]
    net = [((p.scores.points >= 9) * 1.0 - (p.scores.points <= 6))[p.answers.survey == 0] for p in parts]
    error = np.sqrt(sum(x.var() / len(x) for x in net)) * 1.3  # one customer answers more than once
    assert abs(net[0].mean() - net[1].mean()) < 5 * error
    assert len(parts[0].orders.owner) == pytest.approx(len(parts[1].orders.owner), rel=0.08)


def test_buying_follows_the_model_it_is_said_to():
    """Maximum likelihood of the modified BG/NBD (Batislam, Denizel and Filiztekin 2007) on new customers' orders.

    Gaps are at least a day, and the unhappy (left out here) leave sooner; hence margins around r 1, alpha 50, a 1, b 3.
    """
    from scipy.optimize import minimize
    from scipy.special import betaln, gammaln

    part = Stretch(samples.SEED, 1, 12_000)
    people, orders = part.people, part.orders
    use = ~people.deal & ~people.carried & ~people.trade & (people.attitude >= 2000)
    last = np.zeros(len(use))
    np.maximum.at(last, orders.owner, orders.day)
    x = (np.bincount(orders.owner, minlength=len(use)) - 1)[use]
    recency, age = (last - people.acquired)[use], (LAST - people.acquired)[use]

    def loss(log_parameters):
        r, alpha, a, b = np.exp(log_parameters)
        stays = betaln(a, b + x + 1) - (r + x) * np.log(alpha + age)
        left = betaln(a + 1, b + x) - (r + x) * np.log(alpha + recency)
        return -(gammaln(r + x) - gammaln(r) + r * np.log(alpha) - betaln(a, b) + np.logaddexp(stays, left)).mean()

    r, alpha, a, b = np.exp(minimize(loss, [0, 4, 0, 1], method="Nelder-Mead", options={"maxiter": 600}).x)
    truth = samples.ORDER_MODEL
    assert r == pytest.approx(truth["r"], rel=0.3)
    assert alpha == pytest.approx(truth["alpha_days"], rel=0.3)
    assert a == pytest.approx(truth["a"], rel=0.35)
    assert b == pytest.approx(truth["b"], rel=0.35)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"table": "response"}, "table: 'response' is not a known choice. Did you mean 'responses'"),
        ({"table": "orders", "size": 0}, "size: 0 is not a number of customers"),
        ({"table": "orders", "size": 2.5}, "size: 2.5 is not a number of customers"),
        ({"table": "orders", "size": True}, "size: True is not"),
    ],
)
def test_wrong_arguments_of_generate(arguments, message):
    with pytest.raises(UsageError, match=message):
        samples.generate(**arguments)


def test_wrong_arguments_of_write_leave_nothing_behind(tmp_path):
    place = tmp_path / "out"
    with pytest.raises(UsageError, match="Did you mean 'tickets'"):
        samples.write(place, tables=["ticket"])
    with pytest.raises(UsageError, match="format: 'xlsx'"):
        samples.write(place, format="xlsx")
    with pytest.raises(UsageError, match="size: -1"):
        samples.write(place, size=-1)
    assert not place.exists()


def test_a_broken_run_keeps_the_old_file(tmp_path, monkeypatch):
    from cxkit.samples import tables

    [path] = samples.write(tmp_path, size=20, tables=["orders"])
    before = path.read_bytes()
    monkeypatch.setattr(samples, "STRETCH", 10)

    def breaks(stretch):
        if stretch.numbers[0] > 1:
            raise OSError("No space left on device")
        return tables.orders(stretch)

    monkeypatch.setitem(tables.MAKERS, "orders", breaks)
    with pytest.raises(OSError, match="No space left"):
        samples.write(tmp_path, size=20, tables=["orders"])
    assert path.read_bytes() == before
    assert [found.name for found in tmp_path.iterdir()] == ["orders.csv"]


def test_the_command(tmp_path):
    command = [sys.executable, "-m", "cxkit.samples", str(tmp_path / "out"), "--size", "5", "--tables", "orders"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("orders.csv  ")
    wrong = subprocess.run([*command[:-1], "order"], capture_output=True, text=True)
    assert wrong.returncode == 2
    assert "Did you mean 'orders'?" in wrong.stderr
    assert "Traceback" not in wrong.stderr
