-- a copy of a database must not tell the original's mails from its own
INSERT INTO ir_config_parameter (key, value)
VALUES ('mail_tracking.tracking_img_disabled', 'True')
    ON CONFLICT (key) DO UPDATE SET value = EXCLUDED.value;
DELETE FROM ir_config_parameter WHERE key = 'mail_tracking.base.url';
-- nor take events that are meant for the original; an addon of the same name, whose database
-- was not upgraded yet, has no such tables
DO $$ BEGIN
    IF to_regclass('mail_tracking_webhook') IS NOT NULL THEN
        UPDATE mail_tracking_webhook
           SET active = false, secret = NULL, previous_secret = NULL, path_secret = NULL,
               topics = NULL;
    END IF;
    IF to_regclass('mail_tracking_webhook_waiting') IS NOT NULL THEN
        DELETE FROM mail_tracking_webhook_waiting;  -- as earlier versions kept them
    END IF;
    DELETE FROM mail_tracking_event WHERE tracking_email_id IS NULL;
END $$;
