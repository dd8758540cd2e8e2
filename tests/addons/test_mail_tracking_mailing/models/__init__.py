from . import mailing_contact
