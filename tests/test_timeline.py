"""The one record of what happened when."""

from workshop.timeline import Phase, Timeline


def test_events_come_back_in_order_with_what_they_are_about():
    timeline = Timeline()
    timeline.enter("a", Phase.INIT, "1")
    timeline.enter("b", Phase.INIT, "2")
    timeline.enter("a", Phase.ENDED, detail="retired")
    events = list(timeline)
    assert [(e.environment, e.phase, e.request_id) for e in events] == [
        ("a", "init", "1"),
        ("b", "init", "2"),
        ("a", "ended", ""),
    ]
    assert events[2].detail == "retired"
    moments = [event.at for event in events]
    assert moments == sorted(moments)


def test_a_moment_that_was_taken_before_is_the_one_that_counts():
    timeline = Timeline()
    event = timeline.enter("a", Phase.ANSWERED, at=7.5)
    assert event.at == 7.5
    assert [event.at for event in timeline] == [7.5]


def test_the_oldest_are_forgotten_first():
    timeline = Timeline(keep=2)
    for name in "abc":
        timeline.enter(name, Phase.IDLE)
    assert [event.environment for event in timeline] == ["b", "c"]


def test_it_may_grow_while_it_is_read():
    timeline = Timeline()
    timeline.enter("a", Phase.IDLE)
    for _ in timeline:
        timeline.enter("a", Phase.INVOKE)
    assert len(list(timeline)) == 2
