# Part of mail_tracking. Licence: LGPL-3.
"""Which servers may send: RFC 7208, with a DNS that is a table."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.authentication import answers, spf, spf_macros
from tools.authentication.answers import Answer

IP = ipaddress.ip_address("192.0.2.3")
IP6 = ipaddress.ip_address("2001:db8::3")


def dns(table, failing=()):
    """A DNS that knows these records: {(name, type): [value]}; a name alone stands for TXT."""
    table = {key if isinstance(key, tuple) else (key, "TXT"): table[key] for key in table}

    def ask(name, record_type):
        if name in failing:
            return Answer(answers.FAILED)
        values = table.get((name, record_type))
        if values:
            return Answer(answers.FOUND, tuple(values))
        known = any(each == name for each, _type in table)
        return Answer(answers.EMPTY if known else answers.MISSING)

    return ask


@pytest.mark.parametrize(
    "record, result",
    [
        ("v=spf1 -all", spf.FAIL),
        ("v=spf1 ~all", spf.SOFTFAIL),
        ("v=spf1 ?all", spf.NEUTRAL),
        ("v=spf1 all", spf.PASS),
        ("V=SPF1  ALL ", spf.PASS),
        ("v=spf1", spf.NEUTRAL),
        ("v=spf1 ip4:192.0.2.3 -all", spf.PASS),
        ("v=spf1 ip4:192.0.2.0/24 -all", spf.PASS),
        ("v=spf1 ip4:192.0.2.4 -all", spf.FAIL),
        ("v=spf1 -ip4:192.0.2.0/24 +all", spf.FAIL),
        ("v=spf1 a -all", spf.PASS),
        ("v=spf1 a:other.example -all", spf.FAIL),
        ("v=spf1 a:other.example/24 -all", spf.PASS),
        ("v=spf1 mx -all", spf.PASS),
        ("v=spf1 mx:other.example/24//64 -all", spf.FAIL),
        ("v=spf1 include:in.example -all", spf.PASS),
        ("v=spf1 include:out.example ?all", spf.NEUTRAL),
        ("v=spf1 redirect=in.example", spf.PASS),
        ("v=spf1 redirect=in.example -all", spf.FAIL),
        ("v=spf1 exists:%{ir}.list.%{d} -all", spf.PASS),
        ("v=spf1 exists:%{i}.list.%{d} -all", spf.FAIL),
        ("v=spf1 ptr -all", spf.FAIL),
        ("v=spf1 other=ignored ip4:192.0.2.3 -all", spf.PASS),
        # mistakes
        ("v=spf1 ip4:192.0.2.3.4 -all", spf.PERMERROR),
        ("v=spf1 ip4:2001:db8::1 -all", spf.PERMERROR),
        ("v=spf1 ip4:192.0.2.3/33 -all", spf.PERMERROR),
        ("v=spf1 ip4:192.0.2.3/255.255.255.0 -all", spf.PERMERROR),
        ("v=spf1 ip6:192.0.2.3 -all", spf.PERMERROR),
        ("v=spf1 all:x", spf.PERMERROR),
        ("v=spf1 include -all", spf.PERMERROR),
        ("v=spf1 include:nothing.example -all", spf.PERMERROR),
        ("v=spf1 redirect=nothing.example", spf.PERMERROR),
        ("v=spf1 redirect=", spf.PERMERROR),
        ("v=spf1 redirect=in.example redirect=in.example", spf.PERMERROR),
        ("v=spf1 include:%{z}.example -all", spf.PERMERROR),
        ("v=spf1 ipv4:192.0.2.3 -all", spf.PERMERROR),
        ("v=spf1 include:loop.example", spf.PERMERROR),
        ("v=spf1 include:down.example -all", spf.TEMPERROR),
        ("v=spf10 all", spf.NONE),
        ("something else", spf.NONE),
    ],
)
def test_results(record, result):
    ask = dns(
        {
            "acme.example": ["other text", record],
            "in.example": ["v=spf1 ip4:192.0.2.0/24 -all"],
            "out.example": ["v=spf1 -all"],
            "loop.example": ["v=spf1 include:loop.example"],
            ("acme.example", "A"): ["192.0.2.3"],
            ("acme.example", "MX"): ["10 mail.acme.example"],
            ("mail.acme.example", "A"): ["192.0.2.3"],
            ("other.example", "A"): ["192.0.2.9"],
            ("3.2.0.192.list.acme.example", "A"): ["127.0.0.2"],
        },
        failing=["down.example"],
    )
    found = spf.check(ask, "acme.example", IP)
    assert found.result == result, found


@pytest.mark.parametrize(
    "record, result",
    [
        ("v=spf1 ip6:2001:db8::/32 -all", spf.PASS),
        ("v=spf1 ip6:2001:db8::3 -all", spf.PASS),
        ("v=spf1 ip6:2001:db8::4 -all", spf.FAIL),
        ("v=spf1 ip6:2001:db8::4/129 -all", spf.PERMERROR),
        ("v=spf1 a//64 -all", spf.PASS),
        ("v=spf1 a/8 -all", spf.FAIL),
    ],
)
def test_results_of_longer_addresses(record, result):
    ask = dns({"acme.example": [record], ("acme.example", "AAAA"): ["2001:db8::9"]})
    assert spf.check(ask, "acme.example", IP6).result == result


def test_two_records_are_none_at_all():
    ask = dns({"acme.example": ["v=spf1 +all", "v=spf1 -all"]})
    found = spf.check(ask, "acme.example", IP)
    assert (found.result, found.problem) == (spf.PERMERROR, spf.SEVERAL)


def chain(number):
    names = [f"n{index}.example" for index in range(number + 1)]
    table = {names[at]: [f"v=spf1 include:{names[at + 1]}"] for at in range(number)}
    return dns({**table, names[-1]: ["v=spf1 ip4:192.0.2.3 -all"]})


def test_ten_look_ups_and_no_more():
    assert spf.check(chain(10), "n0.example", IP).result == spf.PASS
    found = spf.check(chain(11), "n0.example", IP)
    assert (found.result, found.problem) == (spf.PERMERROR, spf.LOOKUPS)


def test_the_survey_counts_what_no_server_needs():
    names = [f"a:{index}.example" for index in range(14)]
    table = {(f"{index}.example", "A"): ["192.0.2.3"] for index in range(14)}
    ask = dns({**table, "acme.example": [f"v=spf1 ip4:192.0.2.3 {' '.join(names)} -all"]})
    assert spf.check(ask, "acme.example", IP).result == spf.PASS
    found = spf.survey(ask, "acme.example")
    assert (found.problem, found.lookups) == (spf.LOOKUPS, 14)


def test_two_look_ups_may_find_nothing():
    for number, result in ((2, spf.SOFTFAIL), (3, spf.PERMERROR)):
        names = " ".join(f"a:{index}.example" for index in range(number))
        ask = dns({"acme.example": [f"v=spf1 {names} ~all"]})
        assert spf.check(ask, "acme.example", IP).result == result
        found = spf.survey(ask, "acme.example")
        assert (found.result, found.voids) == (result, number)


def test_more_mail_servers_than_anybody_has():
    ask = dns(
        {
            "acme.example": ["v=spf1 mx -all"],
            ("acme.example", "MX"): [f"10 m{index}.example" for index in range(11)],
        }
    )
    assert spf.check(ask, "acme.example", IP).result == spf.PERMERROR


@pytest.mark.parametrize(
    "text, name",
    [  # the examples of RFC 7208 section 7.4, as far as a domain can have them
        ("%{d}.x", "email.example.com.x"),
        ("%{d2}", "example.com"),
        ("%{dr}", "com.example.email"),
        ("%{d2r}", "example.email"),
        ("%{ir}.%{v}._spf.%{d2}", "3.2.0.192.in-addr._spf.example.com"),
        ("%{lr-}.lp", "postmaster.lp"),
        ("a%%b%_c%-d", "a%b c%20d"),
        ("X.Example.", "x.example"),
    ],
)
def test_macros(text, name):
    assert spf_macros.expand(text, "sender.example", "email.example.com", IP) == name


@pytest.mark.parametrize("text", ["%", "%{d", "%{x}", "%{d0}", "%a", "a b", "ü.example", ""])
def test_what_is_no_macro(text):
    with pytest.raises(ValueError):
        spf_macros.expand(text, "sender.example", "email.example.com", IP)


def test_a_long_name_loses_its_beginning():
    found = spf_macros.expand("a" * 60 + ".%{d}" * 10, "s.example", "email.example.com", IP)
    assert len(found) <= 253 and found.endswith("email.example.com")


@pytest.mark.parametrize(
    "record, result",
    [
        ("v=spf1 -all", "v=spf1 ip4:192.0.2.3 -all"),
        ("v=spf1 a ~all", "v=spf1 a ip4:192.0.2.3 ~all"),
        ("v=spf1 mx redirect=x.example", "v=spf1 mx ip4:192.0.2.3 redirect=x.example"),
        ("v=spf1 mx", "v=spf1 mx ip4:192.0.2.3"),
    ],
)
def test_a_record_for_one_more_server(record, result):
    assert spf.extended(record, "ip4:192.0.2.3") == result


WORDS = st.sampled_from(
    "a mx ptr all ip4: ip6: include: exists: redirect= / // 24 %{ir} %{d} %{ . - ~ ? + : "
    "a.example b.example 192.0.2.3 2001:db8:: exp= v=spf1".split()
)
RECORDS = st.lists(st.one_of(WORDS, st.just(" "), st.text(max_size=4)), max_size=25).map("".join)


@given(st.lists(RECORDS, min_size=3, max_size=3), st.sampled_from([IP, IP6, None]))
def test_whatever_stands_in_dns_there_is_an_end_and_a_result(records, ip):
    asked = []
    ask = dns(
        {
            "a.example": ["v=spf1 " + records[0]],
            "b.example": ["v=spf1 " + records[1], records[2]],
            ("a.example", "MX"): ["10 b.example"],
            ("b.example", "A"): ["192.0.2.3", "no address"],
        }
    )

    def count(*question):
        asked.append(question)
        return ask(*question)

    results = (spf.PASS, spf.FAIL, spf.SOFTFAIL, spf.NEUTRAL, spf.PERMERROR, spf.TEMPERROR)
    assert spf.check(count, "a.example", ip).result in results
    assert len(asked) <= 1 + spf.MAX_LOOKUPS * (1 + spf.MAX_HOSTS)
    assert spf.survey(ask, "a.example").result in (*results, spf.NONE)


@given(RECORDS)
def test_parsing_is_all_or_an_error(record):
    try:
        terms = spf.parse("v=spf1 " + record)
    except ValueError:
        return
    assert len(terms) <= spf.MAX_TERMS + 1
    assert all(term.name == "redirect" for term in terms if term.text.startswith("redirect="))
