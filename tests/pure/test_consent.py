"""Which answer holds: the latest, and a No of two people who share an address or were merged."""

from hypothesis import given, settings
from hypothesis import strategies as st

from tools.consent import Answer, Known, deciding, known
from tools.modes import ASKED, NO, YES

HERE, THERE = "here", "there"
#: what was said, in order: address, contact at that time (0: anybody with the address), answer
sayings = st.lists(
    st.tuples(st.sampled_from((HERE, THERE)), st.integers(0, 3), st.sampled_from((YES, NO))),
    max_size=8,
)
#: contact at that time -> contact today; 0: gone
merges = st.fixed_dictionaries({number: st.integers(0, 3) for number in (1, 2, 3)})


def latest(said, today=None):
    """The latest answer of each address and contact, as the ledger finds them."""
    today = {0: 0, 1: 1, 2: 2, 3: 3, **(today or {})}
    found = {}
    for ref, (key, number, answer) in enumerate(said):
        found[key, number] = Answer((ref,), key, today[number], number, answer)
    return list(found.values())


def holds(said, partner_id=0, key=HERE, today=None):
    decided = deciding(latest(said, today), key, partner_id)
    return decided.answer if decided else ""


def test_nobody_said_anything():
    assert holds([]) == holds([], 1) == ""
    assert deciding([], HERE, 1) is None


def test_a_question_is_no_answer():
    asked = [Answer((time,), HERE, 1, 1, ASKED) for time in (1, 3)]
    said = Answer((2,), HERE, 1, 1, YES)
    assert known([*asked, said], HERE, 1) == Known(said, 3)
    assert known(asked, HERE, 1) == Known(None, 3)
    assert known([said], HERE, 1) == Known(said, None)


def test_the_latest_answer_of_a_contact_decides():
    assert holds([(HERE, 1, NO), (HERE, 1, YES)], 1) == YES
    assert holds([(HERE, 1, YES), (HERE, 1, NO)], 1) == NO


def test_a_no_of_another_contact_with_the_address_wins():
    for said in ([(HERE, 1, YES), (HERE, 2, NO)], [(HERE, 2, NO), (HERE, 1, YES)]):
        assert [holds(said, partner_id) for partner_id in (0, 1, 2)] == [NO] * 3


def test_anybody_with_the_address_answers_for_all_who_said_something_before():
    said = [(HERE, 1, YES), (HERE, 2, NO), (HERE, 0, YES)]
    assert [holds(said, partner_id) for partner_id in (0, 1, 2)] == [YES] * 3
    assert [holds([*said, (HERE, 0, NO)], partner_id) for partner_id in (0, 1, 2)] == [NO] * 3
    assert holds([(HERE, 0, NO), (HERE, 1, YES)], 1) == YES
    assert holds([(HERE, 0, NO), (HERE, 1, YES)], 2) == NO


def test_a_no_goes_with_a_contact_and_a_yes_does_not():
    assert holds([(THERE, 1, NO)], 1) == NO
    assert holds([(THERE, 1, YES)], 1) == ""
    assert holds([(THERE, 1, NO), (HERE, 1, YES)], 1) == YES
    assert holds([(THERE, 1, NO), (HERE, 0, YES)], 1) == YES, "the new address has answered since"
    assert holds([(HERE, 0, YES), (THERE, 1, NO)], 1) == NO
    assert holds([(THERE, 0, NO)], 1) == "", "somebody else has that address"


def test_of_two_contacts_that_were_merged_a_no_wins():
    for said in ([(THERE, 1, NO), (HERE, 2, YES)], [(HERE, 2, YES), (THERE, 1, NO)]):
        assert holds(said, 2, today={1: 2}) == NO
    both = [(HERE, 1, NO), (HERE, 2, YES), (HERE, 1, YES), (HERE, 2, YES)]
    assert holds(both, 2, today={1: 2}) == YES, "after the merge, they answer as both"


def test_a_contact_without_an_address_can_only_refuse():
    assert holds([("", 1, YES)], 1, key="") == ""
    assert holds([("", 1, NO)], 1, key="") == NO
    assert holds([("", 2, NO)], 1, key="") == ""
    assert holds([("", 1, NO)], 1, key=HERE) == NO


@given(sayings, merges, st.integers(0, 3), st.randoms())
@settings(max_examples=300, deadline=None)
def test_the_order_of_the_lines_does_not_matter(said, today, partner_id, random):
    lines = latest(said, today)
    expected = deciding(lines, HERE, partner_id)
    random.shuffle(lines)
    assert deciding(lines, HERE, partner_id) == expected


@given(sayings, merges, st.integers(0, 3), st.sampled_from((YES, NO)))
@settings(max_examples=300, deadline=None)
def test_anybody_with_the_address_has_the_last_word(said, today, partner_id, answer):
    assert holds([*said, (HERE, 0, answer)], partner_id, today=today) == answer


@given(sayings, merges, st.integers(1, 3))
@settings(max_examples=300, deadline=None)
def test_a_no_that_was_just_said_holds(said, today, number):
    for key in (HERE, THERE):
        said = [*said, (key, number, NO)]
        if today[number]:
            assert holds(said, today[number], today=today) == NO
    assert holds([*said, (HERE, number, NO)], today=today) == NO


@given(sayings, merges, st.integers(1, 3))
@settings(max_examples=300, deadline=None)
def test_a_yes_needs_somebody_who_said_so_about_this_address(said, today, partner_id):
    if holds(said, partner_id, today=today) == YES:
        assert YES in {answer for key, _number, answer in said if key == HERE}
