-- a copy of a database must not tell the original's mails from its own
UPDATE ir_config_parameter SET value = 'True' WHERE key = 'mail_tracking.tracking_img_disabled';
INSERT INTO ir_config_parameter (key, value)
SELECT 'mail_tracking.tracking_img_disabled', 'True'
 WHERE NOT EXISTS (
    SELECT 1 FROM ir_config_parameter WHERE key = 'mail_tracking.tracking_img_disabled'
 );
DELETE FROM ir_config_parameter WHERE key = 'mail_tracking.base.url';
-- nor take events that are meant for the original
UPDATE mail_tracking_webhook
   SET active = false, secret = NULL, previous_secret = NULL, path_secret = NULL, topics = NULL;
DELETE FROM mail_tracking_webhook_waiting;
