"""Store platforms.

``BUILTIN`` lists those in this addon; an addon adds its own by extending
``ecommerce.store._get_platforms()`` (see docs/adding-a-platform.md).
"""

from __future__ import annotations

from .base import Platform
from .file import FilePlatform
from .medusa import MedusaPlatform
from .vendure import VendurePlatform
from .woocommerce import WooCommercePlatform

BUILTIN: dict[str, type[Platform]] = {
    platform.code: platform for platform in (FilePlatform, MedusaPlatform, VendurePlatform, WooCommercePlatform)
}
