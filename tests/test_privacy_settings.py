"""What may be known of opens, as it is set: by country, in the settings, on the set-up page."""

from odoo.tests import Form, tagged

from ..hooks import post_init_hook
from .support.process_common import ProcessCase
from .support.setup_common import SetupCommon

AGE, WORDS = "mail_tracking.client_details_max_age_days", "mail_tracking.client_in_words"
MODES = (
    "mail_tracking_open_mode",
    "mail_tracking_unanswered",
    "mail_tracking_follows_country",
    "mail_tracking_foot",
)
#: what an update gives to companies that were there before
BEFORE = {
    "mail_tracking_open_mode": "identified",
    "mail_tracking_unanswered": "identified",
    "mail_tracking_follows_country": False,
    "mail_tracking_foot": False,
}


class PrivacyCommon(SetupCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.countries = {
            code: cls.env["res.country"].search([("code", "=", code)])
            for code in ("FR", "IT", "DE")
        }
        cls.france, cls.company = cls.countries["FR"], cls.env.company
        cls.others = cls.env["res.company"].search([]) - cls.company
        cls.others.write({**BEFORE, "mail_tracking_foot": True, "country_id": False})
        cls.others.mail_tracking_follows_country = True
        cls.params = cls.env["ir.config_parameter"]

    def set(self, country, **values):
        self.company.write({**BEFORE, **values})
        self.company.country_id = self.countries.get(country)

    def modes(self, company=None):
        return tuple((company or self.company)[name] for name in MODES)


@tagged("post_install", "-at_install")
class TestPrivacySettings(PrivacyCommon):
    # ------------------------------------------------------------
    # BY COUNTRY
    # ------------------------------------------------------------

    def test_a_new_database_starts_with_what_is_recommended(self):
        self.params.search([("key", "in", (AGE, WORDS))]).unlink()
        for country, expected in (
            ("FR", ("identified", "counted", True, True)),
            ("IT", ("identified", "counted", True, True)),
            ("DE", ("identified", "identified", True, False)),
            (None, ("identified", "identified", True, False)),
        ):
            with self.subTest(country):
                self.set(country)
                post_init_hook(self.env)
                self.assertEqual(self.modes(), expected)
        self.assertEqual(self.params.get_param(AGE), "30")
        self.assertEqual(self.params.get_param(WORDS), "True")

    def test_what_somebody_set_before_stays(self):
        self.params.set_param(AGE, "7")
        post_init_hook(self.env)
        self.assertEqual(self.params.get_param(AGE), "7")

    def test_a_company_that_comes_later_starts_so_as_well(self):
        Company = self.env["res.company"]
        france = self.france.id
        new, own, plain = Company.create(
            [
                {"name": "Neuve", "country_id": france},
                {"name": "Propre", "country_id": france, "mail_tracking_unanswered": "off"},
                {"name": "Plain"},
            ]
        )
        self.assertEqual(self.modes(new), ("identified", "counted", True, True))
        self.assertEqual(self.modes(own), ("identified", "off", True, True))
        self.assertEqual(self.modes(plain), tuple(BEFORE.values()))

    def test_another_country_changes_nothing_by_itself(self):
        self.set("DE")
        self.company.country_id = self.france
        self.assertEqual(self.modes(), tuple(BEFORE.values()))

    # ------------------------------------------------------------
    # SETTINGS
    # ------------------------------------------------------------

    def settings(self):
        return self.env["res.config.settings"].create({})

    def test_one_click_sets_what_is_recommended(self):
        self.set("FR")
        settings = self.settings()
        self.assertFalse(settings.mail_tracking_has_open_preset)
        self.assertIn("Recommended for France: people", settings.mail_tracking_open_preset)
        self.assertEqual(
            settings.mail_tracking_open_preset_button, "Use what is recommended for France"
        )
        settings.action_use_open_preset()
        self.assertEqual(self.modes(), ("identified", "counted", True, True))
        self.assertTrue(self.settings().mail_tracking_has_open_preset)

    def test_one_click_touches_no_foot_and_no_consent_that_were_chosen(self):
        self.set("DE", mail_tracking_open_mode="hygiene", mail_tracking_foot=True)
        self.settings().action_use_open_preset()
        self.assertEqual(self.modes(), ("hygiene", "identified", True, True))

    def test_a_company_without_a_country_is_told(self):
        self.set(None)
        settings = self.settings()
        self.assertIn("has no country", settings.mail_tracking_open_preset)
        self.assertEqual(settings.mail_tracking_open_preset_button, "Use what is recommended")

    def test_the_form_follows_what_is_chosen(self):
        self.set("IT")
        with Form(self.env["res.config.settings"]) as form:
            form.mail_tracking_unanswered = "counted"
            form.mail_tracking_follows_country = True
            self.assertFalse(form.mail_tracking_has_open_preset)
            form.mail_tracking_foot = True
            self.assertTrue(form.mail_tracking_has_open_preset)
            form.mail_tracking_foot_text = "What we note:"
            form.mail_tracking_open_mode = "hygiene"
        form.record.execute()
        self.assertEqual(self.modes(), ("hygiene", "counted", True, True))
        self.assertEqual(self.company.mail_tracking_foot_text, "What we note:")

    def test_the_foot_has_a_text_for_each_language(self):
        self.env["res.lang"]._activate_lang("fr_FR")
        self.company.mail_tracking_foot_text = "What we note:"
        french = self.settings().with_context(lang="fr_FR")
        french.mail_tracking_foot_text = "Ce que nous notons :"
        french.execute()
        company = self.company.with_context(lang="en_US")
        self.assertEqual(company.mail_tracking_foot_text, "What we note:")
        self.assertEqual(
            company.with_context(lang="fr_FR").mail_tracking_foot_text, "Ce que nous notons :"
        )

    def test_templates_and_models_are_marked_in_their_forms(self):
        with Form(self.env["mail.template"]) as form:
            form.name = "Recall"
            form.model_id = self.env["ir.model"]._get("res.partner")
            form.mail_tracking_open_mode = "legal"
        self.assertEqual(form.record.mail_tracking_open_mode, "legal")
        model = self.env["ir.model"]._get("res.partner").with_user(self.env.ref("base.user_admin"))
        with self.debug_mode(), Form(model) as form:
            form.mail_tracking_open_mode = "counted"
        self.assertEqual(model.mail_tracking_open_mode, "counted")

    # ------------------------------------------------------------
    # SET-UP PAGE
    # ------------------------------------------------------------

    def check(self):
        """Results of the check on our company and the database, by title."""
        results = {}
        for result in self.run_check("privacy"):
            if not result["subject"] or self.company.name in result["subject"]:
                results.setdefault(result["title"], result)
        return results

    def test_identified_where_consent_is_needed_is_a_warning(self):
        for country in ("FR", "IT"):
            with self.subTest(country):
                self.set(country)
                result = self.check()["People who never answered"]
                self.assert_result(result, "warning", "are identified")
                self.assertIn(self.countries[country].name, result["hint"])
                self.assertEqual(
                    (result["subject"], result["link"]), (self.company.name, "Settings")
                )

    def test_identified_elsewhere_is_a_note(self):
        for country in ("DE", None):
            with self.subTest(country):
                self.set(country)
                result = self.check()["People who never answered"]
                self.assert_result(result, "info", "are identified")
                self.assertIn("consent", result["hint"])

    def test_what_else_holds_is_said(self):
        for values, words in (
            ({"mail_tracking_unanswered": "counted"}, "counted, not tied to persons"),
            ({"mail_tracking_unanswered": "off"}, "not tracked"),
        ):
            with self.subTest(values):
                self.set("FR", **values)
                self.assert_result(self.check()["People who never answered"], "info", words)
                self.assertNotIn("What may be known at most", self.check())

    def test_a_limit_for_everybody_is_said_once(self):
        for mode, words in (
            ("hygiene", "only the day"),
            ("counted", "are counted"),
            ("off", "Nobody's opens"),
        ):
            with self.subTest(mode):
                self.set("FR", mail_tracking_open_mode=mode)
                results = self.check()
                self.assert_result(results["What may be known at most"], "info", words)
                self.assertNotIn("People who never answered", results)
        self.set("FR", mail_tracking_open_mode="hygiene", mail_tracking_unanswered="off")
        results = self.check()
        self.assert_result(results["What may be known at most"], "info", "only the day")
        self.assert_result(results["People who never answered"], "info", "not tracked")

    def test_the_recipients_country_is_missed_where_people_are_identified(self):
        self.set("DE")
        self.assert_result(self.check()["Country of the recipient"], "info", "is not followed")
        self.set("DE", mail_tracking_follows_country=True)
        self.assertNotIn("Country of the recipient", self.check())
        self.set("DE", mail_tracking_unanswered="counted")
        self.assertNotIn("Country of the recipient", self.check())

    def test_the_foot_is_missed_where_something_is_noted(self):
        self.set("FR", mail_tracking_unanswered="counted")
        self.assert_result(self.check()["Line at the foot"], "info", "is off")
        self.set("FR", mail_tracking_foot=True)
        self.assertNotIn("Line at the foot", self.check())
        self.set("FR", mail_tracking_open_mode="off")
        self.assertNotIn("Line at the foot", self.check())
        self.set("FR")
        self.params.set_param("mail_tracking.tracking_img_disabled", "True")
        self.assertNotIn("Line at the foot", self.check())

    def test_what_is_kept_of_clients(self):
        self.params.search([("key", "in", (AGE, WORDS))]).unlink()
        results = self.check()
        self.assert_result(results["IP address and mail client"], "warning", "kept for ever")
        self.assert_result(results["Mail client"], "warning", "All that a mail program says")
        for title in ("IP address and mail client", "Mail client"):
            self.assertEqual(results[title]["link"], "Settings")
        self.params.set_param(AGE, "30")
        self.params.set_param(WORDS, "True")
        results = self.check()
        self.assert_result(results["IP address and mail client"], "ok", "for 30 days")
        self.assert_result(results["Mail client"], "ok", "in words")

    def test_without_the_image_only_clicks_are_left(self):
        self.assertNotIn("Opens", self.check())
        self.params.set_param("mail_tracking.tracking_img_disabled", "True")
        self.env.registry.clear_cache()
        self.assert_result(self.check()["Opens"], "info", "Clicks")

    def test_it_gives_no_legal_advice(self):
        for country in ("FR", "DE"):
            self.set(country)
            results = self.run_check("privacy")
            self.assertIn("not legal advice", results[-1]["sentence"])
            for result in results:
                self.assertNotRegex(
                    f"{result['sentence']} {result['hint']}", r"(?i)lawful|\blegal\b(?! advice)"
                )

    def test_companies_are_named_on_the_screen_and_never_copied(self):
        self.set("FR")
        self.company.name = "Secret Works"
        for result in self.run_check("privacy"):
            self.assertNotIn("Secret Works", f"{result['sentence']} {result['hint']}")

    def test_many_companies_cost_no_more_queries(self):
        self.set("FR")
        counts = []
        for number in (1, 20):
            self.env["res.company"].create(
                [{"name": f"C{number}/{i}", "country_id": self.france.id} for i in range(number)]
            )
            self.Setup.run_check("privacy")  # fills caches
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            self.Setup.run_check("privacy")
            counts.append(self.env.cr.sql_log_count - before)
        few, many = counts
        self.assertLess(many - few, 5, "what is remembered of access rules comes and goes")


@tagged("post_install", "-at_install", "mail_tracking_processes")
class TestPrivacyInstallation(ProcessCase):
    """What is recommended comes with a new installation, and with no update."""

    SETTINGS = """SELECT mail_tracking_open_mode, mail_tracking_unanswered,
                         mail_tracking_follows_country, mail_tracking_foot
                    FROM res_company ORDER BY id LIMIT 1"""
    PARAMETERS = f"SELECT key, value FROM ir_config_parameter WHERE key IN ('{AGE}', '{WORDS}')"  # noqa: S608

    def test_only_a_new_installation_starts_with_what_is_recommended(self):
        database = self.new_database("privacy")
        self.sql(
            database,
            """UPDATE res_partner SET country_id = (SELECT id FROM res_country WHERE code = 'FR')
                WHERE id = (SELECT partner_id FROM res_company ORDER BY id LIMIT 1)""",
        )
        self.odoo("-d", database, "-i", "mail_tracking", "--stop-after-init")
        [modes] = self.sql(database, self.SETTINGS)
        self.assertEqual(modes, ("identified", "counted", True, True))
        self.assertEqual(dict(self.sql(database, self.PARAMETERS)), {AGE: "30", WORDS: "True"})
        # as an earlier version leaves it
        self.sql(
            database,
            """UPDATE res_company SET mail_tracking_unanswered = 'identified',
                      mail_tracking_follows_country = NULL, mail_tracking_foot = NULL""",
        )
        self.sql(database, "DELETE FROM ir_config_parameter WHERE key LIKE 'mail_tracking%'")
        self.odoo("-d", database, "-u", "mail_tracking", "--stop-after-init")
        [modes] = self.sql(database, self.SETTINGS)
        self.assertEqual(modes, ("identified", "identified", None, None))
        self.assertEqual(self.sql(database, self.PARAMETERS), [])
