"""Authenticated encryption of store credentials.

The key never lives in the database, so that a database dump alone is useless to a thief. It is
looked for in the environment, then in Odoo's configuration, then in a file beside the filestore,
which is made on first use.
"""

import os
from pathlib import Path

from cryptography.fernet import Fernet, InvalidToken

from odoo.tools import config

from ..core.errors import ConnectorError

ENVIRONMENT_VARIABLE = "ECOMMERCE_CONNECTOR_KEY"
CONFIGURATION_OPTION = "ecommerce_connector_key"
KEY_FILE = "ecommerce_connector.key"


def seal(text: str) -> str:
    """Encrypt a text."""
    return Fernet(_key()).encrypt(text.encode()).decode()


def unseal(token: str) -> str:
    """Decrypt what ``seal`` made.

    :raises ConnectorError: if the key is missing or another one
    """
    try:
        return Fernet(_key(create=False)).decrypt(token.encode()).decode()
    except InvalidToken:
        raise ConnectorError(
            "The stored credentials cannot be decrypted: the encryption key is not the one they were saved with.",
            hint=f"Restore the key ({ENVIRONMENT_VARIABLE} or {CONFIGURATION_OPTION}), or enter the credentials again.",
        ) from None


def _key(create: bool = True) -> bytes:
    configured = os.environ.get(ENVIRONMENT_VARIABLE) or config.get(CONFIGURATION_OPTION)
    if configured:
        return configured.encode()
    path = Path(config["data_dir"]) / KEY_FILE
    if not path.exists():
        if not create:
            raise ConnectorError(
                "The encryption key of the store credentials is missing.",
                hint=f"Restore {KEY_FILE} in Odoo's data folder, or enter the credentials again.",
            )
        _create_key_file(path)
    return path.read_bytes().strip()


def _create_key_file(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another worker was faster; its key is the one
    with os.fdopen(descriptor, "wb") as file:
        file.write(Fernet.generate_key())
