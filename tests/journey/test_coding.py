"""Codes of Arrow texts."""

import numpy as np
import pytest

from cxkit.journey import coding_texts


class TestArrowTexts:
    @pytest.mark.parametrize("large", [False, True])
    @pytest.mark.parametrize(
        "made",
        [
            lambda n: f"C{n % 90:08}",
            lambda n: f"{n * 7919:09}",  # nine digits that differ
            lambda n: f"Kö-{'abcx'[n % 4]}{'zy'[n % 2]}",
            lambda n: "one",
            lambda n: f"C{n}",  # not of one length
            lambda n: f"{n * 2654435761 % 2**64:016x}",  # too many bytes differ
        ],
    )
    def test_in_pieces_as_in_one(self, monkeypatch, made, large):
        arrow = pytest.importorskip("pyarrow")
        monkeypatch.setattr(coding_texts, "PIECE", 64)
        texts = [None if n % 11 == 0 else made(n) for n in range(700)]
        kind = arrow.large_string() if large else arrow.string()
        chunks = [arrow.array(texts[:300], kind)[:200], arrow.array(texts, kind)[200:], arrow.array([], kind)]
        codes, values = coding_texts.arrow_texts(arrow.chunked_array(chunks))
        there = sorted({text for text in texts if text is not None})
        assert values.tolist() == there
        assert [None if code < 0 else there[code] for code in codes] == texts
        assert codes.dtype == np.int32
