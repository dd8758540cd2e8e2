# Part of mail_tracking. Licence: LGPL-3.
"""Mail servers in DNS: those that get the bounces, and those that send the emails."""

from typing import NamedTuple

from . import answers
from .answers import Ask, addresses, finding, ip_of, missing

#: hosts and names that are looked at
MAX_HOSTS = 10


class Host(NamedTuple):
    """A mail server that takes emails from Odoo."""

    name: str  #: or its address
    is_encrypted: bool = False  #: on the way from Odoo
    is_service: bool = False  #: it belongs to an email service
    greeting: str = ""  #: what it calls itself
    offers_tls: bool | None = None  #: None where it was not asked


def check_mx(ask: Ask, domain: str) -> dict:
    """Check that bounces find a mail server."""
    answer = ask(domain, "MX")
    if answer.status == answers.FAILED:
        return finding("mx", "no_answer", domain)
    hosts = mx_hosts(answer)
    if answer.values and not any(hosts):  # RFC 7505
        return finding("mx", "mx_null", domain)
    if not hosts:
        found, is_sure = addresses(ask, domain)
        if not is_sure and not found:
            return finding("mx", "no_answer", domain)
        enter = [(domain, "MX", f"10 mail.{domain}")]
        return finding("mx", "mx_implicit" if found else "mx_missing", domain, enter)
    for host in hosts[:MAX_HOSTS]:
        found, is_sure = addresses(ask, host)
        if is_sure and not found:
            return finding("mx", "mx_dangling", host)
    return finding("mx", "mx_ok", ", ".join(hosts[:MAX_HOSTS]))


def mx_hosts(answer) -> list[str]:
    """The names of mail servers, the preferred first; an empty name where there shall be none."""

    def preference(value):
        number = value.partition(" ")[0]
        return int(number) if number.isdecimal() else 0

    return [value.partition(" ")[2].strip() for value in sorted(answer.values, key=preference)]


def check_host(ask: Ask, host: Host) -> list[dict]:
    """Check the names of a mail server, and whether emails get there encrypted."""
    ip = ip_of(host.name)
    found, is_sure = ([ip], True) if ip else addresses(ask, host.name)
    tls = check_tls(host, found)
    if host.is_service:
        return [finding("ptr", "ptr_service", host.name), tls]
    if not found:
        return [finding("ptr", missing(host.name, is_sure, "ptr_private"), host.name), tls]
    public = [each for each in found if each.is_global][:MAX_HOSTS]
    if not public:
        return [finding("ptr", "ptr_private", ", ".join(map(str, found[:MAX_HOSTS]))), tls]
    names = [check_ptr(ask, each, host.greeting or host.name) for each in public]
    return [*names, check_helo(ask, public, host.greeting), tls]


def check_tls(host: Host, ips) -> dict:
    """Check that emails get to the server encrypted."""
    if host.is_encrypted:
        return finding("tls", "tls_ok")
    is_here = host.name == "localhost" or ips and all(ip.is_loopback for ip in ips)
    if is_here:
        return finding("tls", "tls_local")
    return finding("tls", "tls_offered" if host.offers_tls else "tls_missing", host.name)


def check_ptr(ask: Ask, ip, name: str) -> dict:
    """Check that an address has a name that leads back to it (RFC 1912 section 2.1)."""
    answer = ask(ip.reverse_pointer, "PTR")
    if answer.status == answers.FAILED:
        return finding("ptr", "no_answer", str(ip))
    enter = [(ip.reverse_pointer, "PTR", "" if ip_of(name) else name)]
    if not answer.values:
        return finding("ptr", "ptr_missing", str(ip), enter)
    for each in answer.values[:MAX_HOSTS]:
        found, is_sure = addresses(ask, each)
        if ip in found:
            return finding("ptr", "ptr_ok", f"{ip} = {each}")
        if not is_sure:
            return finding("ptr", "no_answer", each)
    record_type = "A" if ip.version == 4 else "AAAA"
    enter = [(answer.values[0], record_type, str(ip))]
    return finding("ptr", "ptr_unconfirmed", f"{ip}: {answer.values[0]}", enter)


def check_helo(ask: Ask, ips, name: str) -> dict:
    """Check the name that a server gives itself (RFC 5321 section 4.1.1.1)."""
    if not name:
        return finding("helo", "helo_unknown")
    if ip_of(name) or "." not in name:
        return finding("helo", "helo_no_name", name)
    found, is_sure = addresses(ask, name)
    if set(found) & set(ips):
        return finding("helo", "helo_ok", name)
    if not is_sure:
        return finding("helo", "no_answer", name)
    enter = [(name, "A" if ips[0].version == 4 else "AAAA", str(ips[0]))]
    return finding("helo", "helo_elsewhere" if found else "helo_missing", name, enter)
