"""Note who sent messages again before that was noted."""


def migrate(cr, version):
    """The row of a mail that was sent again was made by the user who did so.

    A retry of one and the same mail, which gave a row to a corrected address, was nobody's
    decision about this message.
    """
    if not version:
        return
    cr.execute(
        """
        UPDATE mail_tracking_email row SET resent_by_id = row.create_uid
          FROM mail_tracking_email old
         WHERE old.successor_id = row.id AND old.mail_id_int IS DISTINCT FROM row.mail_id_int
           AND row.resent_by_id IS NULL
           AND row.create_uid IN (SELECT id FROM res_users)
        """
    )
