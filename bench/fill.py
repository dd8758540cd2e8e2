"""The contents of the measured databases, as SQL: the same mails with and without the addon.

So many recipients of mails are spread over a year and over twenty authors. Each message went
to five contacts, and one in four to the inbox of a colleague as well; one recipient in a hundred
was never reached; one contact got one mail in a hundred of all.
"""

#: Numbers of the records that are made here; everything else stays far below.
PARTNERS = 1_000_000
MESSAGES = 10_000_000
ROWS = 20_000_000
CHATTER = 19_000_000
AUTHORS = 20
#: Logins: who sees all mails, who may post to contacts, and who is notified in the inbox.
POSTMASTER = "bench_postmaster"
SENDER = "bench_sender"
READER = "bench_inbox"
#: What takes all mails.
SERVER = "smtp.bench.example"
RECIPIENTS = 5
#: The contact with one mail in a hundred.
HEAVY = PARTNERS
#: Chatters that are opened: name -> record, number of messages, recipients of each.
CHATTERS = {
    "30 x 5": (PARTNERS + 2, 30, 5),
    "100 x 5": (PARTNERS + 3, 100, 5),
    "30 x 20": (PARTNERS + 4, 30, 20),
}
#: Contacts that stand in lists of eighty and in chatters, whatever the size.
FEWEST_PARTNERS = 200

TABLES = {
    "plain": ("res_partner", "mail_message", "mail_notification"),
    "addon": ("mail_tracking_email", "mail_tracking_event"),
}

PLAIN = """
CREATE TEMP TABLE author AS
    SELECT row_number() OVER (ORDER BY login) - 1 AS number, partner_id AS id
      FROM res_users WHERE login LIKE 'bench\\_author\\_%%';
INSERT INTO res_partner (id, name, complete_name, email, email_normalized, active, type, lang,
        partner_share, is_company, commercial_partner_id, create_date, write_date)
    SELECT %(PARTNERS)s + k, 'Contact ' || k, 'Contact ' || k, address, address, true, 'contact',
           'en_US', true, false, %(PARTNERS)s + k, now(), now()
      FROM generate_series(0, %(partners)s - 1) AS k,
           LATERAL (SELECT 'contact' || k || '@customer' || k %% 500 || '.example') AS a(address);
CREATE TEMP TABLE message AS
    SELECT %(MESSAGES)s + m AS id, author.id AS author_id,
           %(PARTNERS)s + 5 + m %% (%(partners)s - 5) AS res_id,
           date_trunc('second', now() - (%(messages)s - m) * interval '365 days' / %(messages)s)
           AS time, m * %(RECIPIENTS)s AS first_row, %(RECIPIENTS)s AS recipients
      FROM generate_series(0, %(messages)s - 1) AS m
      JOIN author ON author.number = (m * 7 + m / %(AUTHORS)s) %% %(AUTHORS)s;
INSERT INTO message
    SELECT %(CHATTER)s + messages_before + m, author.id, record,
           date_trunc('second', now()) - m * interval '1 minute',
           %(size)s + rows_before + m * recipients, recipients
      FROM (SELECT *, sum(count) OVER earlier - count AS messages_before,
                   sum(count * recipients) OVER earlier - count * recipients AS rows_before
              FROM (VALUES %(chatters)s) AS given(record, count, recipients)
            WINDOW earlier AS (ORDER BY record)) AS chatter
      JOIN author ON author.number = 0, generate_series(0, count - 1) AS m;
INSERT INTO mail_message (id, model, res_id, author_id, message_type, subtype_id, date, create_date,
        write_date, subject, body, message_id, email_from, is_internal)
    SELECT message.id, 'res.partner', message.res_id, message.author_id, 'comment', subtype.res_id,
           message.time, message.time, message.time, 'Offer ' || message.id,
           '<p>Dear customer,</p><p>' || repeat('here is what you asked for. ', 15) || '</p>',
           '<' || message.id || '@bench.example>', partner.email, false
      FROM message JOIN res_partner partner ON partner.id = message.author_id,
           ir_model_data subtype
     WHERE subtype.module = 'mail' AND subtype.name = 'mt_comment' ORDER BY message.id;
INSERT INTO mail_notification (id, author_id, mail_message_id, res_partner_id, notification_type,
        notification_status, failure_type, is_read)
    SELECT %(ROWS)s + i, message.author_id, message.id, CASE WHEN i %% 100 = 7 THEN %(PARTNERS)s
           ELSE %(PARTNERS)s + 5 + i::bigint * 7919 %% (%(partners)s - 5) END, 'email',
           CASE WHEN i %% 100 = 50 THEN 'bounce' ELSE 'sent' END,
           CASE WHEN i %% 100 = 50 THEN 'mail_email_invalid' END, true
      FROM message, generate_series(first_row, first_row + recipients - 1) AS i ORDER BY i;
INSERT INTO mail_notification (id, author_id, mail_message_id, res_partner_id, notification_type,
        notification_status, is_read)
    SELECT 2 * %(ROWS)s + message.id - %(MESSAGES)s, message.author_id, message.id, colleague.id,
           'inbox', 'sent', true
      FROM message JOIN author ON author.id = message.author_id
      JOIN author colleague ON colleague.number = (author.number + 1) %% %(AUTHORS)s
     WHERE message.id < %(CHATTER)s AND message.id %% 4 = 2 ORDER BY message.id;
SELECT setval('res_partner_id_seq', 50000000), setval('mail_message_id_seq', 50000000),
       setval('mail_notification_id_seq', 50000000);
"""

ADDON = """
INSERT INTO mail_tracking_email (id, name, timestamp, time, date, mail_message_id, mail_id_int,
        author_id, company_id, sender, partner_id, recipient, recipient_address, recipient_domain,
        is_cc, token, state, state_time, needs_action, smtp_server, error_type,
        error_description, error_code, error_status, open_count, machine_open_count, click_count,
        first_open, last_open, delivery_report, create_date, write_date, model, res_id, is_outside,
        open_mode, first_reply, is_address_dead, is_counted)
    SELECT notification.id, message.subject, extract(epoch FROM message.date), message.date,
           message.date::date, message.id, notification.id, message.author_id, company.id,
           message.email_from, partner.id, '"' || partner.name || '" <' || partner.email || '>',
           partner.email, split_part(partner.email, '@', 2), false,
           md5('token ' || notification.id), outcome.state,
           message.date + interval '1 minute', outcome.state = 'bounced', '%(SERVER)s',
           CASE WHEN outcome.state = 'bounced' THEN 'user_unknown' END,
           CASE WHEN outcome.state = 'bounced' THEN '550 5.1.1 No such user here' END,
           CASE WHEN outcome.state = 'bounced' THEN '550' END,
           CASE WHEN outcome.state = 'bounced' THEN '5.1.1' END, outcome.opens, 0, 0,
           CASE WHEN outcome.opens > 0 THEN message.date + interval '1 minute' END,
           CASE WHEN outcome.opens > 0 THEN message.date + interval '1 minute' END,
           CASE WHEN outcome.state = 'sent' THEN 'failure' END, message.date, message.date,
           message.model, message.res_id, true,
           CASE WHEN notification.id %% 10 = 3 THEN 'counted' ELSE 'identified' END,
           CASE WHEN notification.id %% 30 = 5 THEN message.date + interval '1 hour' END,
           notification.id %% 1000 = 50, true
      FROM mail_notification notification
      JOIN mail_message message ON message.id = notification.mail_message_id
      JOIN res_partner partner ON partner.id = notification.res_partner_id,
           (SELECT min(id) AS id FROM res_company) AS company,
           LATERAL (SELECT CASE WHEN notification.notification_status = 'bounce' THEN 'bounced'
                    ELSE (ARRAY['sent', 'delivered', 'opened'])[notification.id %% 3 + 1] END)
                    AS word(state),
           LATERAL (SELECT word.state, CASE WHEN word.state = 'opened' THEN 1 ELSE 0 END)
                    AS outcome(state, opens)
     WHERE notification.id >= %(ROWS)s AND notification.notification_type = 'email'
     ORDER BY notification.id;
INSERT INTO mail_tracking_event (tracking_email_id, event_type, source, timestamp, time, date,
        recipient_address, smtp_server, error_type, error_description, create_date, write_date)
    SELECT row.id, event.type, event.source, row.timestamp + event.delay,
           row.time + event.delay * interval '1 second', row.date, row.recipient_address,
           row.smtp_server, CASE WHEN event.type = 'hard_bounce' THEN row.error_type END,
           CASE WHEN event.type = 'hard_bounce' THEN row.error_description END, row.time, row.time
      FROM mail_tracking_email row,
           LATERAL (VALUES ('sent', NULL, 0), (CASE row.state WHEN 'bounced' THEN 'hard_bounce'
                    WHEN 'opened' THEN 'open' ELSE 'delivered' END, 'report', 60))
                    AS event(type, source, delay)
     WHERE row.id >= %(ROWS)s ORDER BY row.id, event.delay;
UPDATE mail_message SET mail_tracking_needs_action = true
     WHERE id IN (SELECT mail_message_id FROM mail_tracking_email WHERE needs_action);
UPDATE mail_notification SET mail_tracking_needs_action = true
     WHERE mail_message_id IN (SELECT id FROM mail_message WHERE mail_tracking_needs_action)
       AND res_partner_id IS NOT NULL;
SELECT setval('mail_tracking_email_id_seq', 50000000);
"""

#: Foreign keys are sure to hold, and checking a million of them takes minutes.
UNCHECKED = """
DO $$ BEGIN SET session_replication_role = replica;
EXCEPTION WHEN insufficient_privilege THEN NULL; END $$;
"""


def plain(size):
    """Return the SQL that fills a database without the addon, for so many recipients."""
    partners = max(FEWEST_PARTNERS, size // 50)
    values = {
        **globals(),
        "partners": partners,
        "messages": size // RECIPIENTS,
        "size": size,
        "chatters": ", ".join(map(str, CHATTERS.values())),
    }
    return UNCHECKED + PLAIN % values


def addon():
    """Return the SQL that fills the tables of the addon in a filled database."""
    return UNCHECKED + ADDON % globals()
