# Part of mail_tracking. Licence: LGPL-3.
"""Who runs a mail server: told from the names of hosts and domains alone.

The tables are rules of thumb, out of what is generally known and what companies publish for their
customers: nobody is asked, and companies change names. Where a provider is missing or wrong, emails
are counted under another name; where a service is, the set-up page may recommend a wrong entry for
SPF. No email is sent or held back by these tables.

Names of companies are shown as they are and are not translated.
"""

from typing import NamedTuple

#: domains that the names of mail servers end with -> who runs them
MX_ENDINGS = {
    "1and1.com": "IONOS",
    "1und1.de": "IONOS",
    "163.com": "NetEase",
    "amazonaws.com": "Amazon",
    "antispamcloud.com": "SpamExperts",
    "aruba.it": "Aruba",
    "barracudanetworks.com": "Barracuda",
    "bluewin.ch": "Swisscom",
    "comcast.net": "Comcast",
    "emailsrvr.com": "Rackspace",
    "free.fr": "Free",
    "gandi.net": "Gandi",
    "gmx.com": "GMX and WEB.DE",
    "gmx.net": "GMX and WEB.DE",
    "google.com": "Google",
    "googlemail.com": "Google",
    "hinet.net": "HiNet",
    "hornetsecurity.com": "Hornetsecurity",
    "hostinger.com": "Hostinger",
    "icloud.com": "Apple",
    "infomaniak.ch": "Infomaniak",
    "infomaniak.com": "Infomaniak",
    "iol.it": "Libero",
    "ionos.com": "IONOS",
    "ionos.de": "IONOS",
    "ionos.es": "IONOS",
    "ionos.fr": "IONOS",
    "ionos.it": "IONOS",
    "iphmx.com": "Cisco",
    "kundenserver.de": "IONOS",
    "laposte.net": "La Poste",
    "libero.it": "Libero",
    "mail.ru": "VK",
    "mailbox.org": "mailbox.org",
    "mailgun.org": "Mailgun",
    "messagelabs.com": "Broadcom",
    "messagingengine.com": "Fastmail",
    "mimecast.com": "Mimecast",
    "mx.microsoft": "Microsoft",
    "naver.com": "Naver",
    "netease.com": "NetEase",
    "odoo.com": "Odoo",
    "onet.pl": "Onet",
    "orange.fr": "Orange",
    "outlook.com": "Microsoft",
    "ovh.ca": "OVHcloud",
    "ovh.net": "OVHcloud",
    "perfora.net": "IONOS",
    "posteo.de": "Posteo",
    "ppe-hosted.com": "Proofpoint",
    "pphosted.com": "Proofpoint",
    "protonmail.ch": "Proton",
    "qq.com": "Tencent",
    "register.it": "Register.it",
    "rzone.de": "STRATO",
    "secureserver.net": "GoDaddy",
    "seznam.cz": "Seznam",
    "sfr.fr": "SFR",
    "t-online.de": "Telekom",
    "telenet-ops.be": "Telenet",
    "telenet.be": "Telenet",
    "tiscali.it": "Tiscali",
    "trendmicro.com": "Trend Micro",
    "tutanota.de": "Tuta",
    "wanadoo.fr": "Orange",
    "web.de": "GMX and WEB.DE",
    "wp.pl": "WP",
    "yahoo.co.jp": "Yahoo Japan",
    "yahoodns.net": "Yahoo",
    "yandex.net": "Yandex",
    "yandex.ru": "Yandex",
    "zoho.com": "Zoho",
    "zoho.eu": "Zoho",
    "zoho.in": "Zoho",
    "zohomail.com": "Zoho",
}
#: domains of mailboxes -> who runs their mail servers
DOMAINS = {
    "126.com": "NetEase",
    "163.com": "NetEase",
    "alice.it": "Telecom Italia",
    "bluewin.ch": "Swisscom",
    "comcast.net": "Comcast",
    "fastmail.com": "Fastmail",
    "fastmail.fm": "Fastmail",
    "free.fr": "Free",
    "freenet.de": "freenet",
    "gmail.com": "Google",
    "googlemail.com": "Google",
    "icloud.com": "Apple",
    "ik.me": "Infomaniak",
    "inwind.it": "Libero",
    "iol.it": "Libero",
    "laposte.net": "La Poste",
    "libero.it": "Libero",
    "mac.com": "Apple",
    "mail.ru": "VK",
    "mailbox.org": "mailbox.org",
    "me.com": "Apple",
    "msn.com": "Microsoft",
    "naver.com": "Naver",
    "orange.fr": "Orange",
    "pm.me": "Proton",
    "posteo.de": "Posteo",
    "posteo.net": "Posteo",
    "proton.me": "Proton",
    "protonmail.ch": "Proton",
    "protonmail.com": "Proton",
    "qq.com": "Tencent",
    "rocketmail.com": "Yahoo",
    "seznam.cz": "Seznam",
    "sfr.fr": "SFR",
    "t-online.de": "Telekom",
    "telenet.be": "Telenet",
    "tiscali.it": "Tiscali",
    "tuta.com": "Tuta",
    "tutanota.com": "Tuta",
    "virgilio.it": "Libero",
    "wanadoo.fr": "Orange",
    "web.de": "GMX and WEB.DE",
    "wp.pl": "WP",
    "yahoo.co.jp": "Yahoo Japan",  # another company
    "yandex.com": "Yandex",
    "yandex.ru": "Yandex",
    "ymail.com": "Yahoo",
    "zoho.com": "Zoho",
    "zohomail.com": "Zoho",
}
#: the same name in many countries: ``yahoo.fr``, ``hotmail.co.uk``
BRANDS = {
    "aol": "Yahoo",
    "gmx": "GMX and WEB.DE",
    "hotmail": "Microsoft",
    "live": "Microsoft",
    "outlook": "Microsoft",
    "yahoo": "Yahoo",
}
#: what stands ahead of a country: ``co.uk``, ``com.br``
_SECOND_LABELS = ("co", "com")


class Service(NamedTuple):
    """A service that takes emails from Odoo and passes them on."""

    name: str
    include: str  #: what its customers have in their SPF records
    has_own_bounces: bool = False  #: it replaces the bounce address by one of its own


_IONOS = Service("IONOS", "_spf-eu.ionos.com")
_ZOHO = Service("Zoho", "zohomail.com")
#: domains that the names of the servers of services end with
SERVICES = {
    "amazonaws.com": Service("Amazon SES", "amazonses.com", True),
    "azurecomm.net": Service("Azure Communication Services", "spf.protection.outlook.com"),
    "brevo.com": Service("Brevo", "spf.brevo.com", True),
    "fastmail.com": Service("Fastmail", "spf.messagingengine.com"),
    "gandi.net": Service("Gandi", "_mailcust.gandi.net"),
    "gmail.com": Service("Google", "_spf.google.com"),
    "infomaniak.com": Service("Infomaniak", "spf.infomaniak.ch"),
    "ionos.co.uk": _IONOS,
    "ionos.com": Service("IONOS", "_spf-us.ionos.com"),
    "ionos.de": _IONOS,
    "ionos.es": _IONOS,
    "ionos.fr": _IONOS,
    "ionos.it": _IONOS,
    "mailbox.org": Service("mailbox.org", "mailbox.org"),
    "mailgun.org": Service("Mailgun", "mailgun.org", True),
    "mailjet.com": Service("Mailjet", "spf.mailjet.com", True),
    "mandrillapp.com": Service("Mandrill", "spf.mandrillapp.com", True),
    "office365.com": Service("Microsoft", "spf.protection.outlook.com"),
    "outlook.com": Service("Microsoft", "spf.protection.outlook.com"),
    "ovh.net": Service("OVHcloud", "mx.ovh.com"),
    "postmarkapp.com": Service("Postmark", "spf.mtasv.net", True),
    "protonmail.ch": Service("Proton", "_spf.protonmail.ch"),
    "resend.com": Service("Resend", "amazonses.com", True),
    "sendgrid.net": Service("SendGrid", "sendgrid.net", True),
    "sendinblue.com": Service("Brevo", "spf.brevo.com", True),
    "sparkpostmail.com": Service("SparkPost", "sparkpostmail.com", True),
    "zoho.com": _ZOHO,
    "zoho.eu": Service("Zoho", "zohomail.eu"),
}
#: parents of a name that are looked at
_MAX_LABELS = 10


def provider_of_hosts(hosts) -> str:
    """Who runs the mail servers of a domain.

    :param hosts: names of its MX records, the preferred first
    :return: empty where nobody known does
    """
    return next(filter(None, (_ending(host, MX_ENDINGS) for host in hosts)), "")


def provider_of_domain(domain: str) -> str:
    """Who runs the mail servers of a domain that many people have a mailbox of.

    :param str domain: in lower case
    :return: empty for all others
    """
    if domain in DOMAINS:
        return DOMAINS[domain]
    brand, _dot, country = domain.partition(".")
    second, _dot, last = country.rpartition(".")
    is_country = len(last) == 2 and second in ("", *_SECOND_LABELS)
    return BRANDS.get(brand, "") if is_country or country in ("com", "net") else ""


def service_of(host: str) -> Service | None:
    """The service that a mail server belongs to, None for one of our own."""
    return _ending(host, SERVICES)


def _ending(host, table):
    labels = host.lower().rstrip(".").split(".")[-_MAX_LABELS:]
    names = (".".join(labels[start:]) for start in range(len(labels)))
    return next((table[name] for name in names if name in table), None)
