import hashlib
import json
from datetime import timedelta
from typing import NamedTuple

from lxml import html

from odoo import api, models
from odoo.fields import Datetime
from odoo.tools import format_date
from odoo.tools.i18n import py_to_js_locale

from ...tools import languages, modes, tokens

#: of the addresses in a link, as JSON: some programs cut links off at 2,000 characters
MAX_LINK_BYTES = 1_200
#: so many contacts of one address are looked at
MAX_CONTACTS = 20
#: after so many answers for one address within a day, only a No is noted
MAX_ANSWERS = 20
#: blocks of text on the page
BLOCKS = "//p | //legend | //label | //button"


class Link(NamedTuple):
    """What the link at the foot of an email holds."""

    addresses: list  #: everybody who got the very same email
    lang: str  #: of its recipient, may be empty
    company_id: int  #: who sent it


class Visit(NamedTuple):
    """A request of the page.

    :param Link link: what the address of the page holds
    :param str address: the one that is meant, empty while the reader has to choose
    :param company: ``res.company`` that asks
    :param contacts: ``res.partner`` with that address
    :param str nonce: lets the page's own style through its Content-Security-Policy
    """

    link: Link
    address: str
    company: models.Model
    contacts: models.Model
    nonce: str


class MailTrackingConsent(models.Model):
    """The page behind the link at the foot of emails: what is asked there, and answered.

    What is called from its controller runs as the superuser: the link is the authorisation.
    """

    _inherit = "mail.tracking.consent"

    # ------------------------------------------------------------
    # LINK
    # ------------------------------------------------------------

    @api.model
    def _get_page_url(self, addresses, lang="", company_id=0):
        """The URL of the page where the recipients of an email answer for themselves.

        It holds all that the page needs, sealed: it works for years, also when the email, its
        tracking and the contact are gone.

        :param list addresses: normalised, of everybody who gets the very same email
        :param str lang: of the recipient; where it is empty, the browser says which one
        :param int company_id: who asks; the current company where it is empty
        """
        # sudo: ir.config_parameter - the public address of this database
        params = self.env["ir.config_parameter"].sudo()
        base = params.get_param("mail_tracking.base.url") or params.get_param("web.base.url") or ""
        kept, left = [], MAX_LINK_BYTES
        for address in addresses:
            left -= len(json.dumps(address, ensure_ascii=False).encode()) + 1
            if kept and left < 0:
                break
            kept.append(address)
        token = tokens.link_token(
            self.env["mail.tracking.email"]._get_sealing_key("link"),
            self.env.cr.dbname,
            [kept, lang or "", company_id or self.env.company.id],
        )
        return f"{base.rstrip('/')}/mail_tracking/privacy/{token}"

    @api.model
    def _open_page_link(self, sealed):
        """What the link of a page holds, None where another database or key made it."""
        key = self.env["mail.tracking.email"]._get_sealing_key("link")
        values = tokens.open_link(key, sealed)
        return Link(*values) if values else None

    # ------------------------------------------------------------
    # REQUESTS
    # ------------------------------------------------------------

    @api.model
    def _show_page(self, sealed, number, wishes, nonce, form=None):
        """The page behind a link; with a form, what it says is noted first.

        :param bytes sealed: what the link holds
        :param int number: which of the addresses in the link is meant, from 1; 0: not said
        :param list wishes: languages that the browser asks for, the best first
        :param str nonce: for the page's own style
        :param dict form: what was sent, None to show the page alone, which writes nothing
        :return: status of HTTP, and HTML
        """
        link = self._open_page_link(sealed)
        if link is None:
            lang = self._get_page_lang([], wishes)
            return 404, self.with_context(lang=lang)._render_page("broken", {"nonce": nonce})
        address = link.addresses[number - 1] if 0 < number <= len(link.addresses) else ""
        if len(link.addresses) == 1:
            address = link.addresses[0]
        company = self.env["res.company"].browse(link.company_id).exists() or self.env.company
        contacts = self.env["res.partner"]
        if address:
            contacts = contacts.search_fetch(
                [("email_normalized", "=", address)], ["lang"], limit=MAX_CONTACTS, order="id"
            )
        langs = [(form or {}).get("lang"), *contacts.mapped("lang"), link.lang]
        lang = self._get_page_lang(langs, wishes, company)
        own = self.with_context(lang=lang)
        visit = Visit(link, address, company.with_env(own.env), contacts, nonce)
        if not address:
            return 200, own._render_choice(visit)
        if form is None:
            return 200, own._render_question(visit)
        return own._receive_form(visit, form)

    @api.model
    def _get_page_lang(self, langs, wishes, company=None):
        """The language of the reader, one that is installed.

        :param list langs: codes that are known, the best first; may be empty
        :param list wishes: languages that the browser asks for
        """
        installed = [code for code, _name in self.env["res.lang"].get_installed()]
        known = next((lang for lang in langs if lang in installed), "")
        known = known or languages.choose(wishes, installed)
        if not known and company and company.partner_id.lang in installed:
            known = company.partner_id.lang
        return known or ("en_US" if "en_US" in installed else installed[0])

    @api.model
    def _receive_form(self, visit, form):
        """Note what a form says, and say so.

        :param dict form: ``opens`` and ``clicks``: ``yes`` or ``no``; ``shown``: what
            ``_get_shown_digest`` made of the text that was read
        :return: status of HTTP, and HTML
        """
        chosen = {
            purpose: form[purpose]
            for purpose in modes.PURPOSES
            if form.get(purpose) in (modes.YES, modes.NO)
        }
        if not chosen:
            alert = self.env._("Nothing was saved: choose Yes or No first.")
            return 400, self._render_question(visit, alert=alert)
        wording = self._get_wording(self._render_wording(visit, {}))
        if form.get("shown") != self._get_shown_digest(wording):
            alert = self.env._(
                "Nothing was saved yet: the text on this page has changed since you opened it."
                " Read it and save once more."
            )
            return 409, self._render_question(visit, chosen=chosen, alert=alert)
        held, lines = self._get_page_answers(visit)
        changed = {key: answer for key, answer in chosen.items() if held.get(key) != answer}
        # who has the link can send forms without end; a No of the owner always gets through
        if self._is_answered_too_often(lines) and modes.YES in changed.values():
            alert = self.env._(
                "Nothing was saved: this was changed too often today. You can say No at any"
                " time, and Yes again tomorrow."
            )
            return 429, self._render_question(visit, alert=alert)
        for answer in (modes.YES, modes.NO):
            if purposes := [key for key in modes.PURPOSES if changed.get(key) == answer]:
                lang = self.env.context["lang"]
                self.record_answer(visit.address, purposes, answer, "page", wording, lang)
        return 200, self._render_question(visit, done=self._get_confirmation(visit, chosen))

    # ------------------------------------------------------------
    # ANSWERS
    # ------------------------------------------------------------

    @api.model
    def _get_page_answers(self, visit):
        """What the owner of an address has answered.

        :return: pair of what holds by purpose, and the latest lines for that address
        """
        lines = self.search_fetch(
            [
                ("address_key", "=", self._get_address_key(visit.address)),
                ("answer", "in", (modes.YES, modes.NO)),
            ],
            ["purpose", "answer", "time"],
            limit=MAX_ANSWERS,
            order="id desc",
        )
        pairs = [(visit.address, partner_id) for partner_id in (0, *visit.contacts.ids)]
        found = self._get_answers(pairs)
        held = {}
        for purpose in modes.PURPOSES:
            said = {found[pair].get(purpose) for pair in pairs}
            held[purpose] = next((each for each in (modes.NO, modes.YES) if each in said), "")
        return held, lines

    @api.model
    def _is_answered_too_often(self, lines):
        """Whether the latest lines of an address are too many for one day."""
        return len(lines) == MAX_ANSWERS and lines[-1].time > Datetime.now() - timedelta(days=1)

    @api.model
    def _get_last_words(self, held, lines):
        """What was answered last, and when: a sentence for each purpose."""
        names = {modes.OPENS: self.env._("Opens"), modes.CLICKS: self.env._("Clicks")}
        words = {modes.YES: self.env._("Yes"), modes.NO: self.env._("No")}
        sentences = []
        for purpose, name in names.items():
            line = lines.filtered(
                lambda each, purpose=purpose: (
                    each.purpose == purpose and each.answer == held[purpose]
                )
            )[:1]
            if line:
                day = format_date(self.env, line.time, date_format="long")
                sentence = self.env._(
                    "%(subject)s: %(answer)s, on %(day)s.",
                    subject=name,
                    answer=words[line.answer],
                    day=day,
                )
            elif held[purpose]:
                sentence = self.env._(
                    "%(subject)s: %(answer)s.", subject=name, answer=words[held[purpose]]
                )
            else:
                sentence = self.env._("%(subject)s: not answered yet.", subject=name)
            sentences.append(sentence)
        return sentences

    # ------------------------------------------------------------
    # TEXTS
    # ------------------------------------------------------------

    @api.model
    def _get_question_texts(self, company):
        """All that is said before somebody answers.

        :param company: who asks
        :rtype: dict
        """
        name = company.name
        return {
            "intro": self.env._(
                "%(company)s asks you what it may note about the emails it sends you. You can"
                " change your answer here at any time.",
                company=name,
            ),
            "opens": self.env._(
                "May %(company)s note when you open its emails?",
                company=name,
            ),
            "opens_hint": self.env._(
                "This covers when and how often an email was displayed, in which program and from"
                " which IP address. A small invisible image in the email reports it."
            ),
            "clicks": self.env._(
                "May %(company)s note when you click links in its emails?",
                company=name,
            ),
            "clicks_hint": self.env._(
                "This covers when you clicked and on which link. Only newsletters, and emails that"
                " go through an email service, report it."
            ),
            "reach": self.env._(
                "A No also applies to emails you already have: nothing more is noted about them."
            ),
            "unaffected": self.env._(
                "You will get the same emails as before, whatever you answer. Whether an email was"
                " delivered is always known; that reads nothing from your device."
            ),
        }

    @api.model
    def _get_confirmation(self, visit, chosen):
        """What was noted: sentences.

        :param dict chosen: purpose -> answer
        """
        texts = {
            (modes.OPENS, modes.NO): self.env._(
                "Saved: %(company)s no longer notes when you open its emails, including those you"
                " already have.",
                company=visit.company.name,
            ),
            (modes.OPENS, modes.YES): self.env._(
                "Saved: %(company)s may note when you open its emails.", company=visit.company.name
            ),
            (modes.CLICKS, modes.NO): self.env._(
                "Saved: %(company)s no longer notes when you click links in its emails, including"
                " those you already have.",
                company=visit.company.name,
            ),
            (modes.CLICKS, modes.YES): self.env._(
                "Saved: %(company)s may note when you click links in its emails.",
                company=visit.company.name,
            ),
        }
        return [texts[item] for item in chosen.items()]

    # ------------------------------------------------------------
    # RENDERING
    # ------------------------------------------------------------

    @api.model
    def _render_page(self, name, values):
        """One of the templates of the page, in the language of the context."""
        lang = self.env.context["lang"]
        values = {
            "lang": lang,
            "html_lang": py_to_js_locale(lang),
            "direction": self.env["res.lang"]._get_data(code=lang).direction,
            **values,
        }
        qweb = self.env["ir.qweb"].with_context(minimal_qcontext=True)
        return qweb._render(f"mail_tracking.privacy_{name}", values)

    @api.model
    def _render_choice(self, visit):
        """The page where readers say which of the addresses is theirs."""
        return self._render_page(
            "choice",
            {
                "nonce": visit.nonce,
                "addresses": list(enumerate(visit.link.addresses, 1)),
                "title": self._get_page_title(visit),
                "email": visit.company.email,
            },
        )

    @api.model
    def _render_question(self, visit, chosen=None, done=(), alert=""):
        """The page where readers answer.

        :param dict chosen: what is ticked, by purpose; None: what was answered last
        :param list done: what was saved, sentences
        :param str alert: why nothing was saved
        """
        held, lines = self._get_page_answers(visit)
        form = self._render_wording(visit, held if chosen is None else chosen)
        return self._render_page(
            "question",
            {
                "nonce": visit.nonce,
                "title": self._get_page_title(visit),
                "address": visit.address,
                "is_shared": len(visit.link.addresses) > 1,
                "last_words": self._get_last_words(held, lines),
                "wording": form,
                "shown": self._get_shown_digest(self._get_wording(form)),
                "done": done,
                "alert": alert,
            },
        )

    @api.model
    def _get_page_title(self, visit):
        return self.env._(
            "What may %(company)s note about its emails to you?", company=visit.company.name
        )

    @api.model
    def _render_wording(self, visit, ticked):
        """The part of the page that is kept with an answer: it says nothing of who reads it.

        :param dict ticked: purpose -> answer
        """
        values = {"texts": self._get_question_texts(visit.company), "ticked": ticked}
        return self._render_page("wording", values)

    @api.model
    def _get_wording(self, form):
        """The text of that part, as it is kept: a line for each block."""
        blocks = html.fragment_fromstring(str(form), create_parent=True).xpath(BLOCKS)
        return "\n".join(" ".join(block.text_content().split()) for block in blocks)

    @api.model
    def _get_shown_digest(self, wording):
        """Stands for a text in the form below it: what is kept is what was read."""
        return hashlib.sha256(f"{self.env.context['lang']}\n{wording}".encode()).hexdigest()
