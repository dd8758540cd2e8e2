# Part of mail_tracking. Licence: LGPL-3.
"""Messages of Amazon SNS: who signed them, and whether it may be believed.

https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html
"""

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timezone
from urllib.parse import urlsplit

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256

from . import values
from .base import check_age, same_as_any
from .errors import Malformed, Refused, Unavailable

#: an hour of new attempts, and clocks
WINDOW = 2 * 3600
CONFIRMATION = "SubscriptionConfirmation"
NOTIFICATION = "Notification"

_SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SIGNED_CONFIRMATION = (
    "Message",
    "MessageId",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
)
_TYPE_TO_SIGNED = {
    NOTIFICATION: _SIGNED,
    CONFIRMATION: _SIGNED_CONFIRMATION,
    "UnsubscribeConfirmation": _SIGNED_CONFIRMATION,
}
#: a topic says in which region it lives, and that says who signs for it
_ARN = re.compile(
    r"arn:(aws|aws-cn|aws-us-gov|aws-eusc):sns:([a-z]{2,4}(?:-[a-z]+)+-\d):\d{12}:[\w-]{1,256}",
    re.ASCII,
)
#: partition -> domain of its hosts
_DOMAINS = {"aws-cn": "amazonaws.com.cn", "aws-eusc": "amazonaws.eu"}
#: nothing marks the end of what is signed: with line breaks anywhere but in the message itself,
#: the same signature would fit another division into fields
_ONE_LINE = re.compile(r"[^\x00-\x1f\x7f]{1,4000}")
_CERTIFICATE_PATH = re.compile(r"/SimpleNotificationService-[0-9a-f]{1,64}\.pem", re.ASCII)


def is_topic(text: str) -> bool:
    """Tell whether a text is the ARN of a topic."""
    return bool(_ARN.fullmatch(text))


def host_of(topic: str) -> str:
    """Return the host that signs for a topic, empty for what is no topic."""
    found = _ARN.fullmatch(topic)
    if not found:
        return ""
    return f"sns.{found[2]}.{_DOMAINS.get(found[1], 'amazonaws.com')}"


def verify(
    message: dict,
    topics: Sequence[str],
    now: float,
    fetch: Callable[[str], bytes] | None,
    *,
    modern_only: bool = False,
) -> None:
    """Check that SNS signed this recently, for one of our topics.

    The cheap checks come first: nothing is fetched for a stranger's topic.

    :param Sequence topics: ARNs that are allowed. Anybody can have SNS sign messages of a topic
        of theirs, so the signature alone proves nothing.
    :param Callable fetch: gets a certificate, raises `Unavailable`.
    :param bool modern_only: refuse version 1, which is SHA-1.
    :raise Refused: otherwise; `Malformed`, `Unavailable`.
    """
    topic = message.get("TopicArn")
    if not isinstance(topic, str) or not same_as_any(topic, filter(is_topic, topics)):
        raise Refused("topic")
    version = message.get("SignatureVersion")
    if version not in ("1", "2") or (version == "1" and modern_only):
        raise Refused("version")
    check_age(values.seconds(message.get("Timestamp")), now, WINDOW)
    signed = string_to_sign(message)
    url = certificate_url(message, topic)
    if fetch is None:
        raise Unavailable
    key = certificate_key(fetch(url), now)
    try:
        key.verify(
            values.decoded(message.get("Signature")),
            signed,
            padding.PKCS1v15(),
            SHA1() if version == "1" else SHA256(),  # noqa: S303 - version 1 is SHA-1
        )
    except InvalidSignature as error:
        raise Refused from error


def string_to_sign(message: dict) -> bytes:
    """Return what SNS signed: names and decoded values, line by line.

    :raise Malformed: when a part is missing.
    """
    names = _TYPE_TO_SIGNED.get(values.text(message.get("Type")))
    if not names:
        raise Malformed
    lines = []
    for name in names:
        value = message.get(name)
        if value is None and name == "Subject":
            continue
        if not isinstance(value, str) or not (name == "Message" or _ONE_LINE.fullmatch(value)):
            raise Malformed
        lines += [name, value]
    try:
        return "".join(f"{line}\n" for line in lines).encode()
    except UnicodeEncodeError as error:  # half a character: another message would read the same
        raise Malformed from error


def certificate_url(message: dict, topic: str) -> str:
    """Return the address of the certificate, built from the topic's own host.

    Only the name of the file comes from the message, which is not verified yet.

    :raise Refused: when the message names any other place.
    """
    return _own_url(message.get("SigningCertURL"), topic, _CERTIFICATE_PATH, with_query=False)


def confirmation_url(message: dict) -> str:
    """Return the address that confirms the subscription of a verified message.

    :raise Refused: when it is not at the topic's own host.
    """
    if message.get("Type") != CONFIRMATION:
        return ""
    url = _own_url(
        message.get("SubscribeURL"),
        values.text(message.get("TopicArn")),
        re.compile(r"/?"),
        with_query=True,
    )
    if "Action=ConfirmSubscription" not in urlsplit(url).query.split("&"):
        raise Refused("address")
    return url


def _own_url(url, topic: str, path: re.Pattern, *, with_query: bool) -> str:
    host = host_of(topic)
    if not host or not isinstance(url, str) or len(url) > 4000 or not url.isascii():
        raise Refused("address")
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise Refused("address") from error
    pinned = parts.scheme == "https" and parts.netloc == host and path.fullmatch(parts.path)
    if not pinned or re.search(r"[\s\\#]", url) or (parts.query and not with_query):
        raise Refused("address")
    return f"https://{host}{parts.path or '/'}" + (f"?{parts.query}" if with_query else "")


def certificate_key(pem: bytes, now: float) -> rsa.RSAPublicKey:
    """Return the key of a certificate that is valid now.

    :raise Unavailable: when there is none; it may be there at the next attempt.
    """
    try:
        certificate = x509.load_pem_x509_certificate(pem)
        key = certificate.public_key()
    except (ValueError, TypeError, x509.InvalidVersion) as error:
        raise Unavailable from error
    today = datetime.fromtimestamp(now, timezone.utc).replace(tzinfo=None)
    begin, end = _validity(certificate)
    if not begin <= today <= end or not isinstance(key, rsa.RSAPublicKey):
        raise Unavailable
    return key


def _validity(certificate) -> tuple[datetime, datetime]:
    if hasattr(certificate, "not_valid_before_utc"):  # cryptography 42 and later
        begin, end = certificate.not_valid_before_utc, certificate.not_valid_after_utc
        return begin.replace(tzinfo=None), end.replace(tzinfo=None)
    return certificate.not_valid_before, certificate.not_valid_after
