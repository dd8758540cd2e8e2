# Part of mail_tracking. Licence: LGPL-3.
"""Keys, policies, names of servers, and what is made of them for a domain."""

import base64
import ipaddress
import re

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st
from test_spf import dns

from tools.authentication import answers, dkim, dmarc, domains, hosts, rules, texts
from tools.authentication.domains import Domain, Selector, check_domain
from tools.authentication.hosts import Host

NAME = "acme.example"
#: of a network that belongs to nobody's documentation: those are not public
PUBLIC, OTHER = "5.9.0.1", "5.9.0.2"


def key(private):
    data = private.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return base64.b64encode(data).decode()


RSA = {bits: key(rsa.generate_private_key(65537, bits)) for bits in (1024, 2048)}
ED25519 = base64.b64encode(
    ed25519.Ed25519PrivateKey.generate()
    .public_key()
    .public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
).decode()

#: what a domain has that does all right
GOOD = {
    NAME: [f"v=spf1 ip4:{PUBLIC} ~all"],
    f"_dmarc.{NAME}": ["v=DMARC1; p=reject; rua=mailto:d@acme.example"],
    f"s1._domainkey.{NAME}": [f"v=DKIM1; k=rsa; p={RSA[2048]}"],
    (NAME, "MX"): ["10 mail.acme.example", "20 b.acme.example"],
    ("mail.acme.example", "A"): [PUBLIC],
    ("b.acme.example", "A"): [PUBLIC],
}
FACTS = Domain(NAME, (NAME,), ("mail.acme.example",), (Selector(NAME, "s1", is_proven=True),))


def codes(found):
    """What was found of each kind."""
    result = {}
    for each in found:
        assert each["kind"] in texts.TITLES and each["code"] in texts.TEXTS
        texts.TEXTS[each["code"]].sentence % each["values"]
        result.setdefault(each["kind"], []).append(each["code"])
    return result


def check(facts=FACTS, failing=(), **changes):
    table = {**GOOD, **changes.get("table", {})}
    return check_domain(dns({key: value for key, value in table.items() if value}, failing), facts)


def test_a_domain_that_does_all_right():
    found = check()
    assert codes(found) == {
        "spf": ["spf_ok"],
        "dkim": ["dkim_ok"],
        "dmarc": ["dmarc_reject"],
        "alignment": ["alignment_spf"],
        "mx": ["mx_ok"],
    }
    assert {texts.TEXTS[each["code"]].verdict for each in found} == {"ok"}


@pytest.mark.parametrize(
    "kind, code, table",
    [
        ("domain", "domain_missing", dict.fromkeys([NAME, (NAME, "MX")])),
        ("spf", "spf_missing", {NAME: ["hello"]}),
        ("spf", "spf_several", {NAME: ["v=spf1 -all", "v=spf1 ~all"]}),
        ("spf", "spf_syntax", {NAME: ["v=spf1 ipv4:5.9.0.1 ~all"]}),
        ("spf", "spf_open", {NAME: ["v=spf1 +all"]}),
        ("spf", "spf_server", {NAME: ["v=spf1 ip4:5.9.0.2 ~all"]}),
        ("spf", "spf_lookups", {NAME: ["v=spf1 " + "mx " * 11 + "~all"]}),
        ("spf", "spf_voids", {NAME: ["v=spf1 a:1.example a:2.example a:3.example ~all"]}),
        ("spf", "spf_private", {("mail.acme.example", "A"): ["192.168.0.1"]}),
        ("spf", "spf_private", {("mail.acme.example", "A"): None}),
        ("dkim", "dkim_missing", {f"s1._domainkey.{NAME}": None}),
        ("dkim", "dkim_revoked", {f"s1._domainkey.{NAME}": ["v=DKIM1; p="]}),
        ("dkim", "dkim_broken", {f"s1._domainkey.{NAME}": ["v=DKIM1; p=abc"]}),
        ("dkim", "dkim_several", {f"s1._domainkey.{NAME}": [f"p={RSA[1024]}", f"p={RSA[2048]}"]}),
        ("dkim", "dkim_short", {f"s1._domainkey.{NAME}": [f"p={RSA[1024]}"]}),
        ("dkim", "dkim_testing", {f"s1._domainkey.{NAME}": [f"t=y:s; p={RSA[2048]}"]}),
        ("dmarc", "dmarc_missing", {f"_dmarc.{NAME}": None}),
        ("dmarc", "dmarc_several", {f"_dmarc.{NAME}": ["v=DMARC1; p=none", "v=DMARC1; p=none"]}),
        ("dmarc", "dmarc_broken", {f"_dmarc.{NAME}": ["v=DMARC1; p=nothing"]}),
        ("dmarc", "dmarc_broken", {f"_dmarc.{NAME}": ["v=dmarc1; p=none"]}),
        ("dmarc", "dmarc_none", {f"_dmarc.{NAME}": ["v=DMARC1;p=none"]}),
        ("dmarc", "dmarc_quarantine", {f"_dmarc.{NAME}": ["v=DMARC1; p=Quarantine"]}),
        ("mx", "mx_missing", {(NAME, "MX"): None}),
        ("mx", "mx_implicit", {(NAME, "MX"): None, (NAME, "A"): [PUBLIC]}),
        ("mx", "mx_null", {(NAME, "MX"): ["0 "]}),
        ("mx", "mx_dangling", {("b.acme.example", "A"): None}),
    ],
)
def test_one_thing_that_is_wrong(kind, code, table):
    found = check(table=table)
    assert codes(found)[kind] == [code]
    [result] = [each for each in found if each["kind"] == kind]
    if texts.TEXTS[code].verdict == "problem":
        assert texts.TEXTS[code].hint


@pytest.mark.parametrize(
    "kind, failing",
    [
        ("spf", [NAME]),
        ("dkim", [f"s1._domainkey.{NAME}"]),
        ("dmarc", [f"_dmarc.{NAME}"]),
        ("mx", [NAME]),
    ],
)
def test_what_dns_does_not_tell_is_not_known(kind, failing):
    assert codes(check(failing=failing))[kind] == ["no_answer"]


def test_what_to_enter():
    found = check(table={NAME: ["v=spf1 mx:other.example ~all"], f"_dmarc.{NAME}": None})
    entered = {each["code"]: each["enter"] for each in found}
    assert entered["spf_server"] == [[NAME, "TXT", f"v=spf1 mx:other.example ip4:{PUBLIC} ~all"]]
    assert entered["dmarc_missing"] == [
        [f"_dmarc.{NAME}", "TXT", f"v=DMARC1; p=none; rua=mailto:postmaster@{NAME}"]
    ]
    found = check(
        FACTS._replace(hosts=("mail.acme.example", "smtp.gmail.com", "smtp.sendgrid.net")),
        table={NAME: ["hello"]},
    )
    [missing] = [each for each in found if each["code"] == "spf_missing"]
    record = f"v=spf1 ip4:{PUBLIC} include:_spf.google.com ~all"
    assert missing["enter"] == [[NAME, "TXT", record]]
    [missing, *_others] = check(FACTS._replace(hosts=("postfix",)), table={NAME: ["hello"]})
    assert missing["enter"] == [[NAME, "TXT", "v=spf1 mx ~all"]]
    # what is recommended is right
    assert codes(check(table={NAME: [record], "_spf.google.com": ["v=spf1 -all"]}))["spf"] == [
        "spf_ok"
    ]


@pytest.mark.parametrize(
    "host, record, code",
    [
        ("smtp.gmail.com", "v=spf1 include:_spf.google.com ~all", "spf_ok"),
        ("smtp.gmail.com", "v=spf1 include:above.example ~all", "spf_ok"),
        ("smtp.gmail.com", "v=spf1 ~all", "spf_server"),
        ("SMTP.SendGrid.net.", "v=spf1 ~all", "spf_service"),
        ("5.9.0.1", "v=spf1 ip4:5.9.0.1 ~all", "spf_ok"),
        ("5.9.0.2", "v=spf1 ip4:5.9.0.1 ~all", "spf_server"),
        ("none.acme.com", "v=spf1 ip4:5.9.0.1 ~all", "host_missing"),
        ("postfix", "v=spf1 ip4:5.9.0.1 ~all", "spf_private"),
    ],
)
def test_services_are_known_by_their_hosts(host, record, code):
    table = {
        NAME: [record],
        "_spf.google.com": ["v=spf1 ip4:5.9.9.0/24 ~all"],
        "above.example": ["v=spf1 include:_spf.google.com ~all"],
    }
    assert codes(check(FACTS._replace(hosts=(host,)), table=table))["spf"] == [code]


def test_one_of_two_servers_is_not_allowed():
    facts = FACTS._replace(hosts=("mail.acme.example", "mail2.acme.example"))
    found = check(facts, table={("mail2.acme.example", "A"): [OTHER]})
    assert codes(found)["spf"] == ["spf_ok", "spf_server"]


@pytest.mark.parametrize(
    "bounces, selectors, aligned",
    [
        ((NAME,), (), "alignment_spf"),
        (("bounces.acme.example",), (), "alignment_spf"),
        (("other.example",), (), "alignment_unknown"),
        (("other.example",), (Selector(NAME, "s1", True),), "alignment_dkim"),
        (("other.example",), (Selector("other.example", "s", True),), "alignment_missing"),
        (("other.example",), (Selector(NAME, "gone", True),), "alignment_missing"),
        # a stranger can invent one
        (("other.example",), (Selector(NAME, "gone"),), "alignment_unknown"),
        ((NAME, "other.example"), (), "alignment_unknown"),
    ],
)
def test_alignment(bounces, selectors, aligned):
    facts = FACTS._replace(bounce_domains=bounces, selectors=selectors)
    assert codes(check(facts))["alignment"] == [aligned]


def test_strict_alignment():
    strict = {f"_dmarc.{NAME}": ["v=DMARC1; p=none; aspf=s; adkim=s"]}
    facts = FACTS._replace(
        bounce_domains=("b.acme.example",), selectors=(Selector("m.acme.example", "s", True),)
    )
    table = {"s._domainkey.m.acme.example": [f"p={RSA[2048]}"]}
    assert codes(check(facts, table=table))["alignment"] == ["alignment_spf"]
    found = codes(check(facts, table={**table, **strict}))
    assert (found["alignment"], found["dkim"]) == (["alignment_missing"], ["dkim_foreign"])


def test_a_service_with_its_own_bounce_address_needs_a_signature():
    facts = FACTS._replace(hosts=("smtp.sendgrid.net",))
    assert codes(check(facts))["alignment"] == ["alignment_dkim"]
    facts = facts._replace(selectors=())
    assert codes(check(facts))["alignment"] == ["alignment_unknown"]


def test_keys_that_are_not_used_any_more_may_be_gone():
    old = Selector(NAME, "old", is_proven=True, is_current=False)
    facts = FACTS._replace(selectors=(*FACTS.selectors, old))
    assert codes(check(facts))["dkim"] == ["dkim_ok"]
    assert codes(check(facts._replace(selectors=(old,))))["dkim"] == ["dkim_missing"]


@pytest.mark.parametrize(
    "name, servers, code",
    [
        ("gmail.com", ("smtp.gmail.com",), "domain_provider"),
        ("gmail.com", ("mail.acme.example",), "domain_foreign"),
        ("yahoo.fr", (), "domain_foreign"),
    ],
)
def test_domains_of_providers(name, servers, code):
    assert codes(check(Domain(name, (name,), servers)))["domain"] == [code]


def test_the_policy_of_the_organisation_holds_for_what_is_below():
    table = {f"_dmarc.{NAME}": ["v=DMARC1; p=none; sp=reject"]}
    found = dmarc.look_up(dns(table), f"a.b.{NAME}")
    assert (found.domain, found.policy) == (NAME, "reject")
    assert dmarc.look_up(dns(table), NAME).policy == "none"
    table["_dmarc.example"] = ["v=DMARC1; p=reject; psd=y"]
    assert dmarc.organisation(dns(table), f"a.b.{NAME}") == NAME
    assert dmarc.organisation(dns({"_dmarc.example": table["_dmarc.example"]}), NAME) == NAME
    table[f"_dmarc.b.{NAME}"] = ["v=DMARC1; p=none; psd=n"]
    assert dmarc.organisation(dns(table), f"a.b.{NAME}") == f"b.{NAME}"


# ------------------------------------------------------------
# KEYS
# ------------------------------------------------------------


@pytest.mark.parametrize(
    "text, result",
    [
        (f"v=DKIM1; p={RSA[2048]}", dkim.Key(dkim.VALID, "rsa", 2048)),
        (f"p = {RSA[2048][:50]} {RSA[2048][50:]} ;", dkim.Key(dkim.VALID, "rsa", 2048)),
        (f"k=ed25519; p={ED25519}", dkim.Key(dkim.VALID, "ed25519", 256)),
        (f"k=ed25519; p={RSA[1024]}", dkim.Key(dkim.BROKEN, "ed25519")),
        (f"k=dsa; p={RSA[1024]}", dkim.Key(dkim.BROKEN, "dsa")),
        (f"v=DKIM2; p={RSA[1024]}", dkim.Key(dkim.BROKEN)),
        ("v=DKIM1; k=rsa", dkim.Key(dkim.BROKEN)),
        ("hello", dkim.Key(dkim.BROKEN)),
        ("p=", dkim.Key(dkim.REVOKED, "rsa")),
    ],
)
def test_keys(text, result):
    assert dkim.read(text) == result


def test_a_key_of_another_kind_is_none():
    text = f"p={key(ec.generate_private_key(ec.SECP256R1()))}"
    assert dkim.read(text).status == dkim.BROKEN


@pytest.mark.parametrize("bits, code", [(512, "dkim_weak"), (1024, "dkim_short")])
def test_short_keys(bits, code):
    found = domains._check_key(Selector(NAME, "s"), dkim.Key(dkim.VALID, "rsa", bits))
    assert (found["code"], found["values"]) == (code, {"number": bits})


# ------------------------------------------------------------
# MAIL SERVERS
# ------------------------------------------------------------

PTR = (ipaddress.ip_address(PUBLIC).reverse_pointer, "PTR")
SERVER = {("mail.acme.example", "A"): [PUBLIC], PTR: ["mail.acme.example"]}


@pytest.mark.parametrize(
    "host, table, ptr, helo, tls",
    [
        (Host("mail.acme.example", True, greeting="mail.acme.example"), {}, "ptr_ok", "helo_ok", 1),
        (Host("mail.acme.example", True), {}, "ptr_ok", "helo_unknown", 1),
        (Host("mail.acme.example", greeting="odoo"), {}, "ptr_ok", "helo_no_name", 0),
        (Host("mail.acme.example", greeting="x.example"), {}, "ptr_ok", "helo_missing", 0),
        (
            Host("mail.acme.example", greeting="x.example"),
            {("x.example", "A"): [OTHER]},
            "ptr_ok",
            "helo_elsewhere",
            0,
        ),
        (Host("mail.acme.example"), {PTR: None}, "ptr_missing", "helo_unknown", 0),
        (Host("mail.acme.example"), {PTR: ["x.example"]}, "ptr_unconfirmed", "helo_unknown", 0),
        (Host(PUBLIC, greeting="mail.acme.example"), {}, "ptr_ok", "helo_ok", 0),
        (Host("none.acme.com"), {}, "host_missing", None, 0),
        # names that DNS need not know
        (Host("mail.local"), {}, "ptr_private", None, 0),
        (Host("postfix", True), {}, "ptr_private", None, 1),
        (Host("localhost"), {}, "ptr_private", None, "tls_local"),
        (Host("127.0.0.1"), {}, "ptr_private", None, "tls_local"),
        (Host("192.168.1.1", offers_tls=True), {}, "ptr_private", None, "tls_offered"),
        (Host("smtp.sendgrid.net", True, True), {}, "ptr_service", None, 1),
    ],
)
def test_names_of_mail_servers(host, table, ptr, helo, tls):
    table = {**SERVER, **table}
    ask = dns({name: values for name, values in table.items() if values})
    found = codes(hosts.check_host(ask, host))
    tls = {0: "tls_missing", 1: "tls_ok"}.get(tls, tls)
    assert found == {"ptr": [ptr], "tls": [tls], **({"helo": [helo]} if helo else {})}


def test_servers_that_dns_does_not_tell_of():
    for host, failing in (("mail.acme.com", "mail.acme.com"), ("mail.acme.example", PTR[0])):
        found = codes(hosts.check_host(dns(SERVER, [failing]), Host(host)))
        assert found["ptr"] == ["no_answer"]


# ------------------------------------------------------------
# RULES, TEXTS, HOSTILE ANSWERS
# ------------------------------------------------------------


def test_rules():
    good = check()
    assert rules.verdict_of(good, ("spf", "dkim")) == "ok"
    assert rules.verdict_of(good, ("ptr",)) == "unknown", "nothing was checked"
    bad = check(table={NAME: ["v=spf1 ~all"]})
    assert rules.verdict_of([*good, *bad], ("spf", "dkim")) == "problem"
    assert rules.verdict_of([*good, *bad], ("dmarc",)) == "ok"
    unknown = check(FACTS._replace(selectors=()))
    assert rules.verdict_of(unknown, ("spf", "dkim")) == "unknown"
    foreign = check(Domain("gmail.com"))
    assert rules.verdict_of([*good, *foreign], ("dmarc",)) == "problem"


@pytest.mark.parametrize(
    "complaints, emails, verdict",
    [
        (0, 0, "unknown"),
        (0, 9_999, "unknown"),
        (1, 901, "unknown"),
        (1, 10_000, "ok"),
        (6, 1_906, "problem"),
    ],
)
def test_complaints(complaints, emails, verdict):
    assert rules.complaints_verdict(complaints, emails) == verdict


def test_texts_name_nobody():
    for text in texts.TEXTS.values():
        assert text.verdict in ("ok", "unknown", "warning", "problem")
        assert bool(text.hint) >= (text.verdict != "ok")
        assert "@" not in text.sentence + text.hint
        assert set(re.findall(r"%\((\w+)\)", text.sentence)) <= {"number"}


ANSWERS = st.builds(
    answers.Answer,
    st.sampled_from([answers.FOUND, answers.EMPTY, answers.MISSING, answers.FAILED]),
    st.lists(
        st.one_of(
            st.text(max_size=60),
            st.sampled_from(
                [
                    "v=spf1 include:acme.example a mx ~all",
                    "v=DMARC1; p=none; psd=y",
                    "p=" + RSA[1024],
                    "10 mail.acme.example",
                    PUBLIC,
                    "::1",
                ]
            ),
        ),
        max_size=4,
    ).map(tuple),
)


@given(st.lists(ANSWERS, min_size=1, max_size=12))
def test_whatever_dns_says_the_findings_are_small_and_have_words(said):
    asked = []

    def ask(name, record_type):
        asked.append(name)
        return said[len(asked) * 7 % len(said)]

    found = check_domain(ask, FACTS._replace(bounce_domains=(NAME, "other.example")))
    found += hosts.check_host(ask, Host("mail.acme.example", greeting="x.example"))
    codes(found)
    assert len(asked) < 600
    for each in found:
        assert len(each["detail"]) <= answers.MAX_DETAIL
        assert each["detail"].isprintable()
