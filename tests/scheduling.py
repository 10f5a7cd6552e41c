"""Which tests go to one process where several run them (`pytest -n 2 --dist loadfile`): those that share what they read.

pytest-xdist's own marker for it, `xdist_group`, has no effect with pytest 9.2 (xdist 3.8 renames tests by a field that
is gone), so groups are told by names of files here.
"""

from xdist.scheduler import LoadScopeScheduling

#: They read the same page.
PAGE = ("tests/browser/", "tests/notebooks/test_matrix.py::test_the_sample_finds_its_planted_stories")
#: They share nothing and take long: each goes where there is time, and last, so that no process waits for another.
ALONE = ("tests/notebooks/", "tests/charts/test_journey_map")


class Scheduling(LoadScopeScheduling):
    """Tests of a file stay together, but for those that had better be spread."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(PAGE):
            return "page"
        return nodeid if nodeid.startswith(ALONE) else nodeid.split("::", 1)[0]
