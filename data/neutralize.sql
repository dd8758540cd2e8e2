-- a copy of a database must not tell the original's mails from its own
UPDATE ir_config_parameter SET value = 'True' WHERE key = 'mail_tracking.tracking_img_disabled';
INSERT INTO ir_config_parameter (key, value)
SELECT 'mail_tracking.tracking_img_disabled', 'True'
 WHERE NOT EXISTS (
    SELECT 1 FROM ir_config_parameter WHERE key = 'mail_tracking.tracking_img_disabled'
 );
DELETE FROM ir_config_parameter WHERE key = 'mail_tracking.base.url';
