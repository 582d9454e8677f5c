"""Authenticated encryption of store credentials.

The key never lives in the database, so that a database dump alone is useless to a thief. It is
looked for in the environment, then in Odoo's configuration, then in a file beside the filestore,
which is made on first use.
"""

import os
from contextlib import suppress
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography.fernet import Fernet, InvalidToken

from odoo.tools import config

from ...core.errors import ConnectorError

ENVIRONMENT_VARIABLE = "ECOMMERCE_CONNECTOR_KEY"
CONFIGURATION_OPTION = "ecommerce_connector_key"
KEY_FILE = "ecommerce_connector.key"


def seal(text: str) -> str:
    """Encrypt a text.

    :raises ConnectorError: if the configured key is none
    """
    return _box().encrypt(text.encode()).decode()


def unseal(token: str) -> str:
    """Decrypt what ``seal`` made.

    :raises ConnectorError: if the key is missing, or another one, or none
    """
    try:
        return _box(create=False).decrypt(token.encode()).decode()
    except InvalidToken:
        raise ConnectorError(
            "The stored credentials cannot be decrypted: the encryption key is not the one they were saved with.",
            hint=f"Restore the key ({ENVIRONMENT_VARIABLE} or {CONFIGURATION_OPTION}), or enter the credentials again.",
        ) from None


def _box(create: bool = True) -> Fernet:
    try:
        return Fernet(_key(create))
    except ValueError:
        raise ConnectorError(
            "The encryption key of the store credentials is not one: it must be 32 bytes in URL-safe base64.",
            hint=f"Correct {ENVIRONMENT_VARIABLE}, {CONFIGURATION_OPTION} or {KEY_FILE}, whichever is used.",
        ) from None


def _key(create: bool) -> bytes:
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
    with NamedTemporaryFile(dir=path.parent, prefix=f"{KEY_FILE}.") as file:  # only its owner can read it
        file.write(Fernet.generate_key())
        file.flush()
        with suppress(FileExistsError):  # another worker was faster; its key is the one
            os.link(file.name, path)
