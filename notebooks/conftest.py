"""For `pytest --nbval notebooks`: pictures are not compared, the sentence beside each holds its numbers; nor are the
tables that outputs hand over for a workbook."""

LEFT_OUT = ("image/svg+xml", "image/x-cxkit-figure", "application/vnd.cxkit.tables+json")


def pytest_collectstart(collector):
    """nbval leaves PNG and JPEG out of its comparison by itself; ours are SVG."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += LEFT_OUT
