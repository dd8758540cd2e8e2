# Part of mail_tracking. Licence: LGPL-3.
"""Whether a domain that emails are sent from proves that they are its own."""

from typing import NamedTuple

from .. import mail_hosts
from . import answers, dkim, dmarc, spf
from .answers import Ask, addresses, finding, ip_of, missing
from .hosts import check_mx

#: servers and selectors that are looked at, and addresses of one server
MAX_SERVERS, MAX_SELECTORS, MAX_ADDRESSES = 10, 20, 4


class Selector(NamedTuple):
    """A key that emails are signed with."""

    domain: str
    name: str
    is_proven: bool = False  #: it was seen on an email of ours
    is_current: bool = True  #: it was seen lately


class Domain(NamedTuple):
    """What is known of a domain without DNS."""

    name: str
    bounce_domains: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()  #: of the mail servers that send for it
    selectors: tuple[Selector, ...] = ()


def check_domain(ask: Ask, domain: Domain) -> list[dict]:
    """Check a domain, as far as DNS answers."""
    services = [mail_hosts.service_of(host) for host in domain.hosts]
    provider = mail_hosts.provider_of_domain(domain.name)
    if provider:
        is_theirs = services and all(each and each.name == provider for each in services)
        return [finding("domain", "domain_provider" if is_theirs else "domain_foreign", provider)]
    if ask(domain.name, "TXT").status == answers.MISSING:
        return [finding("domain", "domain_missing", domain.name)]
    policy = dmarc.look_up(ask, domain.name)
    keys = [(each, dkim.look_up(ask, each.domain, each.name)) for each in _selectors(domain)]
    # what was not seen on an email of ours may be the invention of a stranger
    keys = [(each, key) for each, key in keys if each.is_proven or key.status == dkim.VALID]
    found = [
        *check_spf(ask, domain),
        *check_dkim(ask, domain.name, keys, policy),
        check_dmarc(domain.name, policy),
        check_alignment(ask, domain, keys, policy),
    ]
    if domain.name in domain.bounce_domains:
        found.append(check_mx(ask, domain.name))
    return found


def _selectors(domain):
    return sorted(domain.selectors, key=lambda each: not each.is_proven)[:MAX_SELECTORS]


# ------------------------------------------------------------
# SPF
# ------------------------------------------------------------


def check_spf(ask: Ask, domain: Domain) -> list[dict]:
    """Check the record of a domain, and that it allows our mail servers."""
    found = spf.survey(ask, domain.name)
    if found.result == spf.TEMPERROR:
        return [finding("spf", "no_answer", found.detail)]
    if found.result == spf.NONE:
        mechanisms = [_mechanism(ask, host) for host in domain.hosts[:MAX_SERVERS]]
        record = " ".join(["v=spf1", *dict.fromkeys(filter(None, mechanisms)), "~all"])
        return [finding("spf", "spf_missing", domain.name, [(domain.name, "TXT", record)])]
    if found.problem == spf.LOOKUPS:
        return [finding("spf", "spf_lookups", found.record, number=found.lookups)]
    if found.problem == spf.VOIDS:
        return [finding("spf", "spf_voids", found.record, number=found.voids)]
    if found.problem:
        return [finding("spf", f"spf_{found.problem}", found.detail)]
    if found.result == spf.PASS:
        return [finding("spf", "spf_open", found.record)]
    servers = [
        _check_server(ask, domain.name, host, found.record) for host in domain.hosts[:MAX_SERVERS]
    ]
    good = [each for each in servers if each["code"] == "spf_ok"]
    bad = [each for each in servers if each["code"] != "spf_ok"]
    ok = finding("spf", "spf_ok", found.record, number=found.lookups)
    return bad if bad and not good else [ok, *bad]


def _check_server(ask, domain, host, record):
    """Whether the record allows one mail server."""
    service = mail_hosts.service_of(host)
    if service:
        if service.has_own_bounces:
            return finding("spf", "spf_service", service.name)
        if _includes(ask, domain, service.include):
            return finding("spf", "spf_ok", record)
        enter = [(domain, "TXT", spf.extended(record, f"include:{service.include}"))]
        return finding("spf", "spf_server", service.name, enter)
    ips, is_sure = ([ip_of(host)], True) if ip_of(host) else addresses(ask, host)
    if not ips:
        return finding("spf", missing(host, is_sure, "spf_private"), host)
    public = [ip for ip in ips if ip.is_global][:MAX_ADDRESSES]
    if not public:
        return finding("spf", "spf_private", host)
    for ip in public:
        result = spf.check(ask, domain, ip).result
        if result == spf.TEMPERROR:
            return finding("spf", "no_answer", host)
        if result != spf.PASS:
            enter = [(domain, "TXT", spf.extended(record, f"ip{ip.version}:{ip}"))]
            return finding("spf", "spf_server", f"{host} ({ip}): {result}", enter)
    return finding("spf", "spf_ok", record)


def _includes(ask, domain, name, depth=0):
    """Whether the record of a domain includes another one, or one that does."""
    try:
        terms = spf.parse(spf.check(ask, domain, limit=0).record or "v=spf1")
    except ValueError:
        return False
    others = [term.value.lower() for term in terms if term.name in ("include", "redirect")]
    return name in others or (
        depth < 3 and any(_includes(ask, other, name, depth + 1) for other in others[:10])
    )


def _mechanism(ask, host):
    """What to write for a mail server in a new record."""
    service = mail_hosts.service_of(host)
    if service:
        return "" if service.has_own_bounces else f"include:{service.include}"
    ip = ip_of(host)
    public = [each for each in ([ip] if ip else addresses(ask, host)[0]) if each.is_global]
    # the public address is not known: most of those servers take the emails of the domain as well
    return " ".join(f"ip{each.version}:{each}" for each in public[:MAX_ADDRESSES]) or "mx"


# ------------------------------------------------------------
# DKIM
# ------------------------------------------------------------


def check_dkim(ask: Ask, domain: str, keys, policy) -> list[dict]:
    """Check the keys of the signatures that were seen.

    :param keys: pairs of a `Selector` and its `dkim.Key`
    """
    own = [(each, key) for each, key in keys if _speaks_for(ask, domain, each, policy)]
    if not keys:
        return [finding("dkim", "dkim_unseen", domain)]
    if not own:
        detail = ", ".join(dict.fromkeys(each.domain for each, _key in keys))
        return [finding("dkim", "dkim_foreign", detail)]
    # a key that is not used any more may be gone
    current = [(each, key) for each, key in own if each.is_current or key.is_usable]
    return [_check_key(each, key) for each, key in current or own[:1]]


def _speaks_for(ask, domain, selector, policy):
    strict = policy.is_strict_dkim
    return dmarc.is_aligned(ask, domain, selector.domain, is_strict=strict)


def _check_key(selector, key):
    name = dkim.name_of(selector.domain, selector.name)
    if key.status == dkim.UNKNOWN:
        return finding("dkim", "no_answer", name)
    if key.status == dkim.MISSING:
        return finding("dkim", "dkim_missing", name, [(name, "TXT", "")])
    if key.status != dkim.VALID:
        return finding("dkim", f"dkim_{key.status}", name)
    if key.algorithm == "rsa" and key.bits < dkim.GOOD_BITS:
        code = "dkim_short" if key.bits >= dkim.MIN_BITS else "dkim_weak"
        return finding("dkim", code, name, number=key.bits)
    if key.is_testing:
        return finding("dkim", "dkim_testing", name)
    return finding("dkim", "dkim_ok", f"{name}: {key.algorithm} {key.bits}")


# ------------------------------------------------------------
# DMARC
# ------------------------------------------------------------


def check_dmarc(domain: str, policy) -> dict:
    """Check what receivers are asked to do with emails that prove nothing."""
    if policy.status == dmarc.UNKNOWN:
        return finding("dmarc", "no_answer", f"_dmarc.{policy.domain}")
    if policy.status == dmarc.MISSING:
        value = f"v=DMARC1; p=none; rua=mailto:postmaster@{domain}"
        return finding("dmarc", "dmarc_missing", domain, [(f"_dmarc.{domain}", "TXT", value)])
    if policy.status != dmarc.VALID:
        detail = policy.record or f"_dmarc.{policy.domain}"
        return finding("dmarc", f"dmarc_{policy.status}", detail)
    return finding("dmarc", f"dmarc_{policy.policy}", f"_dmarc.{policy.domain}: {policy.record}")


def check_alignment(ask: Ask, domain: Domain, keys, policy) -> dict:
    """Check that SPF or DKIM speak for the domain that people see (RFC 7489 section 3.1)."""
    services = [mail_hosts.service_of(host) for host in domain.hosts]
    bounces = [
        each
        for each in domain.bounce_domains or (domain.name,)
        if not dmarc.is_aligned(ask, domain.name, each, is_strict=policy.is_strict_spf)
    ]
    if not bounces and not any(each and each.has_own_bounces for each in services):
        return finding("alignment", "alignment_spf", ", ".join(domain.bounce_domains))
    others = ", ".join(bounces) or ", ".join({each.name for each in services if each})
    own = [key for each, key in keys if _speaks_for(ask, domain.name, each, policy)]
    if any(key.is_usable for key in own):
        return finding("alignment", "alignment_dkim", others)
    if not keys or any(key.status == dkim.UNKNOWN for key in own):
        return finding("alignment", "alignment_unknown", others)
    return finding("alignment", "alignment_missing", others)
