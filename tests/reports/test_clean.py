import nbformat.v4 as v4
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cxkit.markup import Block, h
from cxkit.reports import clean, record


def book(*outputs, source="1"):
    return v4.new_notebook(
        cells=[v4.new_markdown_cell("# A\n## Part"), v4.new_code_cell(source, outputs=list(outputs))]
    )


def shown(data, **metadata):
    return v4.new_output("display_data", data, metadata=metadata)


@given(st.text())
def test_no_control_or_direction_character_is_left(text):
    left = set(clean.plain(text))
    assert not left & {"\x1b", "\x00", "\x9f", "\u202e", "\u2066", "\u200f", "\ufeff"}


def test_terminal_colours_links_and_addresses_go():
    raw = "\x1b[1;31mred\x1b[0m \x1b]8;;http://x\x07link\x1b]8;;\x07 <f at 0x7f3e00aa10>\t\n"
    assert clean.plain(raw) == "red link <f>\t\n"


def test_folders_go_longest_first_and_only_as_folders():
    text = "/data/in/a.csv /data/b.csv /database/c /tmp/ipykernel_12/345.py:3: oops"
    assert clean.plain(text, ["/data", "/data/in", "/"]) == "a.csv b.csv /database/c cell:3: oops"


def test_the_notebook_itself_is_left_as_it_was():
    nb = book(v4.new_output("stream", name="stdout", text="\x1b[31mred"))
    clean.for_page(nb)
    assert nb.cells[1].outputs[0].text == "\x1b[31mred"


def test_an_output_without_a_block_is_an_error_that_names_the_place():
    with pytest.raises(clean.CannotShow, match="Under 'Part' a cell shows application/javascript"):
        clean.for_page(book(shown({"application/javascript": "alert(1)"})))


@pytest.mark.parametrize("mime", clean.SHOWN)
def test_every_kind_with_a_block_passes(mime):
    assert clean.for_page(book(shown({mime: "x", "application/other": "y"})))


def test_html_of_others_keeps_a_text_to_be_shown():
    page = clean.for_page(book(shown({"text/html": "<b>x</b>"})))
    assert page.cells[1].outputs[0].data["text/plain"] == "<b>x</b>"


def test_our_own_html_is_not_touched_but_for_folders():
    data, metadata = Block("note", h("p", "x at 0x7f3e00aa10, /data/a.csv"), "x")._repr_mimebundle_()
    page = clean.for_page(book(shown(data, **metadata)), ["/data"])
    assert "x at 0x7f3e00aa10, a.csv" in page.cells[1].outputs[0].data["text/html"]


def test_facts_lose_what_cannot_be_seen():
    data, metadata = Block("head", facts={"company": "A\u202eB", "n": 1})._repr_mimebundle_()
    page = clean.for_page(book(shown(data, **metadata)))
    assert page.cells[1].outputs[0].metadata["cxkit"]["facts"] == {"company": "AB", "n": 1}


def test_neighbouring_streams_are_one_of_each_kind():
    def stream(name, text):
        return v4.new_output("stream", name=name, text=text)

    said = [stream("stderr", "w"), stream("stdout", "10%\r20"), stream("stdout", "%\r\nend\r\n")]
    outputs = [*said, shown({"text/plain": "x"}), stream("stdout", "after")]
    for pieces in (outputs, [*outputs[1:3], outputs[0], *outputs[3:]]):
        page = clean.for_page(book(*pieces))
        found = [(output.get("name"), output.get("text")) for output in page.cells[1].outputs]
        assert found == [("stdout", "20%\nend\n"), ("stderr", "w"), (None, None), ("stdout", "after")]


def test_parameters_in_the_injected_cell_lose_their_folder():
    nb = book(source='# Parameters\nsource = "/d\\xe4ta/a.csv"')
    nb.cells[1].metadata["tags"] = ["injected-parameters"]
    nb.metadata["papermill"] = {"parameters": {"source": "/däta/a.csv", "note": "\u202e"}}
    page = clean.for_page(record.stamped(nb, "book"))
    assert page.cells[1].source == "note = ''\nsource = 'a.csv'"
    assert "cxkit" not in nb.metadata


def test_a_long_line_is_cleaned_in_linear_time():
    assert clean.plain("x" * 2_000_000) == "x" * 2_000_000


def test_facts_are_merged_in_order_and_fingerprints_gathered():
    def fact(**facts):
        return shown({"text/plain": ""}, cxkit={"kind": "x", "facts": facts})

    nb = book(
        fact(title="One", source="a.csv", fingerprint="sha256 1"),
        fact(title="Two", as_of="2026-06-30"),
        fact(fingerprints={"b.csv": "sha256 2"}, as_of=""),
        shown({"text/plain": ""}, cxkit="not a mapping"),
    )
    found = record.provenance(nb, "book", {"n": 1}, ["n"])
    assert found["title"] == "Two"
    assert found["as_of"] == "2026-06-30"
    assert found["fingerprints"] == {"a.csv": "sha256 1", "b.csv": "sha256 2"}
    assert found["given"] == ["n"]
    assert {"python", "cxkit", "pandas", "nbconvert"} <= set(found["versions"])


def test_the_definition_follows_the_cells_and_not_their_outputs():
    plain, other = book(), book(source="2")
    noisy = book(v4.new_output("stream", name="stdout", text="x"))
    injected = book()
    injected.cells.append(v4.new_code_cell("n = 1", metadata={"tags": ["injected-parameters"]}))
    assert record.definition(plain) == record.definition(noisy) == record.definition(injected)
    assert record.definition(plain) != record.definition(other)
