"""What requests have printed, within bounds."""

from __future__ import annotations

from launcher.core.logs.request_output import RequestOutput, RequestOutputs


def test_pieces_come_together_by_request() -> None:
    outputs = RequestOutputs()
    outputs.add(1, "a\nb")
    outputs.add(2, "x\n")
    outputs.add(1, "c\n")
    assert outputs.get(1) == RequestOutput("a\nbc\n")
    assert (outputs.get(1).lines, outputs.get(2).lines, outputs.get(3).lines) == (2, 1, 0)
    outputs.clear()
    assert outputs.get(1) == RequestOutput()


def test_each_has_its_beginning_and_the_oldest_go() -> None:
    outputs = RequestOutputs(most=5, most_in_all=12)
    outputs.add(1, "123")
    outputs.add(1, "4567")
    assert outputs.get(1) == RequestOutput("12345", 2)
    outputs.add(2, "12345")
    outputs.add(3, "12345")
    assert outputs.get(1) == RequestOutput()
    assert outputs.get(3).text == "12345"
