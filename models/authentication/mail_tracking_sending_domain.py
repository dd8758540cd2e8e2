import time
from collections import defaultdict
from datetime import timedelta

from odoo import api, fields, models, tools
from odoo.fields import Domain as SearchDomain
from odoo.tools import config, email_normalize

from ...tools import dns_client, mail_hosts
from ...tools.authentication.domains import Domain, check_domain
from ...tools.authentication.hosts import Host, check_host
from ..guard import tracking_guard, tracking_savepoint, try_lock
from .mail_tracking_selector import MAX_SELECTORS, MAX_UNPROVEN

#: seconds that DNS gets for one domain, and for all of them when somebody waits
SECONDS, WAITING_SECONDS = 20, 20
#: domains and hosts that are looked after
MAX_RECORDS = 200
#: the scheduled action runs each day, give or take
DUE_HOURS = 20
#: name server to ask instead of those of the operating system, with its port
DNS_PARAMETER = "mail_tracking.dns_server"


class MailTrackingSendingDomain(models.Model):
    """What DNS says of a domain that we send from, or of a mail server that we send through.

    Kept, as DNS is asked by the scheduled action or when somebody wants to know, and never while
    a page is loaded.
    """

    _name = "mail.tracking.sending.domain"
    _description = "Sending domain"
    _order = "kind, name"

    name = fields.Char(required=True, readonly=True, help="As it stands in DNS.")
    kind = fields.Selection(
        [("domain", "Sender's domain"), ("host", "Mail server")],
        required=True,
        readonly=True,
        default="domain",
        help="What is checked.",
    )
    checked_on = fields.Datetime(readonly=True, help="When DNS was last asked.")
    results = fields.Json(readonly=True, help="What the last check found.")
    selector_ids = fields.One2many(
        "mail.tracking.selector", "domain_id", "Keys", help="Keys that its emails are signed with."
    )

    _name_unique = models.UniqueIndex("(kind, name)")

    # ------------------------------------------------------------
    # WHAT WE SEND FROM
    # ------------------------------------------------------------

    @api.model
    def _get_bounce_domains(self):
        """The domains that we send from, with those of the bounce addresses of their emails.

        :rtype: dict[str, set]
        """
        found = defaultdict(set)
        # sudo: res.company, mail.alias.domain - all that this database sends from
        for company in self.env["res.company"].sudo().search([], limit=MAX_RECORDS):
            alias_domain = company.alias_domain_id
            for address in (company.email, alias_domain.default_from_email):
                found[self._get_domain_of(address)].add(alias_domain.name)
        AliasDomain = self.env["mail.alias.domain"].sudo()
        for alias_domain in AliasDomain.search([], limit=MAX_RECORDS):
            for address in (alias_domain.name, alias_domain.default_from_email):
                found[self._get_domain_of(address)].add(alias_domain.name)
        Server = self.env["ir.mail_server"]
        filters = [*self._search_servers().mapped("from_filter"), Server._get_default_from_filter()]
        parts = [part for each in filters for part in Server._parse_from_filter(each)]
        for address in (*parts, Server._get_default_from_address()):
            found[self._get_domain_of(address)] |= set()
        return {
            name: {each.lower() for each in bounces if each}
            for name, bounces in sorted(found.items())[: MAX_RECORDS + 1]
            if name
        }

    @api.model
    def _get_domain_of(self, text):
        """The domain of an address, or one that stands there alone."""
        text = text or ""
        address = email_normalize(text, strict=False) if "@" in text else text
        return (address or "").strip().rpartition("@")[2].lower().rstrip(".")

    @api.model
    def _search_servers(self):
        # sudo: ir.mail_server - those of the database; accounts of single users are their own
        Server = self.env["ir.mail_server"].sudo()
        return Server.search([("owner_user_id", "=", False)], limit=MAX_RECORDS)

    @api.model
    def _get_hosts(self):
        """The mail servers that we send through.

        :return: name -> ``ir.mail_server``, an empty one for that of the configuration file
        """
        servers = self._search_servers()
        found = {server._tracking_address()[0]: server for server in reversed(servers)}
        if not servers:
            found = {config["smtp_server"]: servers}
        return {name.lower().rstrip("."): server for name, server in found.items() if name}

    @api.model
    @tools.ormcache()
    def _get_names(self):
        """The domains that we send from, as last seen."""
        # sudo: mail.tracking.sending.domain - whoever receives an email; the names are in any email
        return frozenset(self.sudo().search([("kind", "=", "domain")]).mapped("name"))

    @api.model
    def _sync(self):
        """Have a record for each domain and host, and for nothing else."""
        wanted = {("domain", name) for name in self._get_bounce_domains()}
        wanted |= {("host", name) for name in self._get_hosts()}
        records = self.search([], limit=10 * MAX_RECORDS)
        known = {(record.kind, record.name): record for record in records}
        if known.keys() == wanted:
            return
        self.union(*(known[key] for key in known.keys() - wanted)).unlink()
        missing = sorted(wanted - known.keys())
        self.create([{"kind": kind, "name": name} for kind, name in missing])
        self.env.registry.clear_cache()

    # ------------------------------------------------------------
    # CHECKING
    # ------------------------------------------------------------

    @api.model
    def _make_client(self, seconds):
        # sudo: ir.config_parameter - whom to ask
        address = self.env["ir.config_parameter"].sudo().get_param(DNS_PARAMETER) or ""
        return dns_client.DnsClient(seconds, address)

    @api.model
    def _run(self):
        """Check what was not checked today; called by the scheduled action."""
        self._sync()
        done, seconds = self.browse(), 1
        while seconds and dns_client.is_available() and (record := self._search_due(done)[:1]):
            done |= record
            with tracking_guard("checking a domain", "the others are checked"):
                with tracking_savepoint(self.env):
                    record._check(SECONDS)
            remaining = len(self._search_due(done))
            seconds = self.env["ir.cron"]._commit_progress(1, remaining=remaining)

    @api.model
    def _search_due(self, done):
        before = fields.Datetime.now() - timedelta(hours=DUE_HOURS)
        is_due = SearchDomain("checked_on", "=", False) | SearchDomain("checked_on", "<", before)
        return self.search(is_due & SearchDomain("id", "not in", done.ids), order="id")

    @api.model
    def _refresh(self):
        """Check all, as far as the time goes that somebody waits."""
        self._sync()
        deadline = time.monotonic() + WAITING_SECONDS
        # what was checked longest ago comes first
        order = "checked_on ASC NULLS FIRST, id"
        for record in self.search([], order=order, limit=2 * MAX_RECORDS):
            seconds = deadline - time.monotonic()
            if seconds <= 0:
                break
            record._check(seconds)

    def _check(self, seconds):
        """Ask DNS, and keep what it says; what it does not say leaves what is known."""
        self.ensure_one()
        client = self._make_client(seconds)
        if self.kind == "domain":
            results = check_domain(client, self._prepare_domain())
        else:
            results = check_host(client, self._prepare_host())
        if client.is_over and self.checked_on or not try_lock(self):
            return
        self.write({"results": results, "checked_on": fields.Datetime.now()})

    def _prepare_domain(self):
        """What is known of a domain without DNS."""
        hosts = self._get_hosts()
        names = [name for name, server in hosts.items() if self._is_sent_through(server)]
        return Domain(
            name=self.name,
            bounce_domains=tuple(sorted(self._get_bounce_domains().get(self.name, ()))),
            hosts=tuple(names or hosts),
            selectors=self.selector_ids._prepare_selectors(),
        )

    def _is_sent_through(self, server):
        parts = server._parse_from_filter(server.from_filter) if server else []
        return not parts or self.name in map(self._get_domain_of, parts)

    def _prepare_host(self):
        """What a mail server says of itself."""
        server = self._get_hosts().get(self.name) or self.env["ir.mail_server"]
        is_service = bool(mail_hosts.service_of(self.name))
        name, offers_tls = ("", None) if is_service else server._tracking_ask_greeting()
        return Host(
            self.name,
            is_encrypted=server._tracking_address()[2] != "none",
            is_service=is_service,
            greeting=name,
            offers_tls=offers_tls,
        )

    def _make_room(self, is_proven):
        """Tell whether one more key can be kept; for one that is proven, the oldest goes."""
        proven = self.selector_ids.filtered("is_proven")
        if not is_proven:
            return len(self.selector_ids - proven) < MAX_UNPROVEN
        if len(proven) >= MAX_SELECTORS:
            min(proven, key=lambda each: (each.seen_on, each.id)).unlink()
        return True
