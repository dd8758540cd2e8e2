"""What is known of the programs that load images and follow links."""

from functools import lru_cache
from types import MappingProxyType

from odoo.tools._vendor.useragents import UserAgent

from ..tools import clients


@lru_cache(maxsize=256)  # few programs load most images
def describe_client(agent):
    """Values of an event that say which program it was.

    :param str agent: what it calls itself, of bounded length
    :return: values that are not to be changed
    :rtype: Mapping
    """
    parsed = UserAgent(agent)
    return MappingProxyType(
        {
            "os_family": parsed.platform or False,
            "ua_family": clients.name_of(agent) or parsed.browser or False,
            "mobile": parsed.platform in ("android", "iphone", "ipad"),
        }
    )
