"""For `pytest --nbval notebooks`: pictures are not compared; the sentence beside each picture holds its numbers."""

PICTURES = ("image/svg+xml", "image/x-cxkit-figure")


def pytest_collectstart(collector):
    """nbval leaves PNG and JPEG out of its comparison by itself; ours are SVG."""
    if hasattr(collector, "skip_compare"):
        collector.skip_compare += PICTURES
