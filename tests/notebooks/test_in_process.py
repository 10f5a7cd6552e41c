"""Tests that run notebooks without a kernel see what a kernel makes."""

from in_process import here

from cxkit.cli import main


def test_the_page_is_the_kernels_to_the_byte(tmp_path):
    rows = [f"c{k % 70},2026-01-{1 + k % 28:02d},{('visit', 'basket', 'call', 'order')[k % 9 % 4]}" for k in range(300)]
    (tmp_path / "events.csv").write_text("\n".join(["customer_id,occurred_at,touchpoint", *rows]) + "\n")
    call = ["report", "journey_map", "-p", f"source={tmp_path / 'events.csv'}", "--out"]
    assert main([*call, str(tmp_path / "kernel")]) == 0
    with here():
        assert main([*call, str(tmp_path / "here")]) == 0
    made = sorted(path.name for path in (tmp_path / "kernel").iterdir())
    assert len(made) == 2
    for name in made:
        assert (tmp_path / "kernel" / name).read_bytes() == (tmp_path / "here" / name).read_bytes(), name
