"""Settle Odoo's own failures whose messages were reviewed: they still count in its menu."""


def migrate(cr, version):
    """Cancel the notifications of failed recipients who need no action any more."""
    if not version:
        return
    cr.execute(
        """
        UPDATE mail_notification
           SET notification_status = 'canceled'
          FROM mail_message
         WHERE mail_message.id = mail_notification.mail_message_id
           AND mail_notification.notification_type = 'email'
           AND mail_notification.notification_status IN ('bounce', 'exception')
           AND mail_message.mail_tracking_needs_action IS NOT TRUE
           AND EXISTS (
               SELECT FROM mail_tracking_email WHERE mail_message_id = mail_message.id)
        """
    )
