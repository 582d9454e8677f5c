import json
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

from cryptography.fernet import Fernet

from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged
from odoo.tools import config, mute_logger

from ..core.errors import ConnectorError
from ..models.store.secret_box import ENVIRONMENT_VARIABLE, seal, unseal
from .common import ConnectorCommon
from .woocommerce_common import LoopbackRequests

KEY, SECRET, TOKEN = "ck_visible-to-nobody-1", "cs_visible-to-nobody-2", "tk_visible-to-nobody-3"
FIELDS = ("client_id", "client_secret", "access_token")


@tagged("post_install", "-at_install")
class TestCredentials(LoopbackRequests, ConnectorCommon):
    """Encrypted at rest with a key that is not in the database; write-only everywhere else."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.shop = cls.env["ecommerce.store"].create(
            {
                "name": "Secret shop", "platform": "woocommerce", "timezone": "UTC", "company_id": cls.company.id,
                "base_url": "https://shop.example", "client_id": KEY, "client_secret": SECRET,
            }
        )  # fmt: skip

    def stored(self):
        """The sealed column as PostgreSQL has it."""
        self.env.flush_all()
        self.env.cr.execute("SELECT sealed_credentials FROM ecommerce_store WHERE id = %s", [self.shop.id])
        return self.env.cr.fetchone()[0]

    def assert_no_secret(self, value):
        for secret in (KEY, SECRET, TOKEN):
            self.assertNotIn(secret, json.dumps(value, default=str))

    # === At rest === #

    def test_column_is_encrypted(self):
        sealed = self.stored()
        self.assertTrue(sealed)
        self.assert_no_secret(sealed)
        self.assertEqual(json.loads(unseal(sealed)), {"client_id": KEY, "client_secret": SECRET})

    def test_no_other_column_holds_a_secret(self):
        self.shop.message_post(body="looked at it")
        self.env.flush_all()
        for table in ("ecommerce_store", "mail_message", "mail_tracking_value", "ir_logging", "ir_config_parameter"):
            self.env.cr.execute(f"SELECT * FROM {table}")  # pylint: disable=sql-injection
            self.assert_no_secret(self.env.cr.fetchall())

    def test_same_secret_is_sealed_differently_each_time(self):
        self.assertNotEqual(seal(SECRET), seal(SECRET))

    def test_key_is_not_in_the_database(self):
        """It comes from the environment, from Odoo's configuration, or from a file only its owner can read."""
        key = Fernet.generate_key().decode()
        with patch.dict(os.environ, {ENVIRONMENT_VARIABLE: key}):
            self.shop.write({"client_id": KEY, "client_secret": "cs_sealed-with-the-other-key"})
            sealed = self.stored()
            self.assertEqual(
                json.loads(Fernet(key.encode()).decrypt(sealed.encode())),
                {"client_id": KEY, "client_secret": "cs_sealed-with-the-other-key"},
            )
        self.env.cr.execute("SELECT value FROM ir_config_parameter")
        self.assertNotIn(key, str(self.env.cr.fetchall()))

    # === Write-only === #

    def test_fields_read_as_nothing(self):
        self.env.invalidate_all()
        self.assertEqual([self.shop[name] for name in FIELDS], [False] * 3)
        self.assertEqual(self.shop.read(FIELDS), [{"id": self.shop.id, **dict.fromkeys(FIELDS, False)}])
        self.assert_no_secret(self.shop.read())
        self.assert_no_secret(self.shop.sudo().read())
        self.assert_no_secret(self.shop.export_data([*FIELDS, "name", "stored_credentials"])["datas"])

    def test_fields_are_closed_to_other_groups(self):
        for group in ("viewer", "accountant"):
            user = new_test_user(
                self.env, login=f"ec_{group}", groups=f"ecommerce_connector.group_{group}", company_id=self.company.id,
                company_ids=[(6, 0, self.company.ids)],
            )  # fmt: skip
            shop = self.shop.with_user(user)
            for name in (*FIELDS, "sealed_credentials"):
                with self.subTest(group=group, field=name):
                    with self.assertRaises(AccessError):
                        shop.read([name])
                    with self.assertRaises(UserError):
                        shop.export_data([name])
                    with self.assertRaises(AccessError):
                        shop.search([(name, "!=", False)])
                    with self.assertRaises(AccessError):
                        shop.write({name: "mine"})
                    self.assertNotIn(name, shop.fields_get())
            self.assert_no_secret(shop.read())
            self.assertEqual(shop.stored_credentials, "Consumer key, Consumer secret")
        self.assertEqual(json.loads(unseal(self.stored())), {"client_id": KEY, "client_secret": SECRET})

    def test_administrator_of_stores_cannot_read_the_sealed_column(self):
        user = new_test_user(
            self.env, login="ec_admin", groups="ecommerce_connector.group_administrator", company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )  # fmt: skip
        shop = self.shop.with_user(user)
        with self.assertRaises(AccessError):
            shop.read(["sealed_credentials"])
        self.assert_no_secret(shop.read())
        shop.access_token = TOKEN
        self.assertEqual(json.loads(unseal(self.stored()))["access_token"], TOKEN)

    def test_copy_has_no_credentials(self):
        copy = self.shop.copy()
        self.assertFalse(copy.sudo().sealed_credentials)
        self.assertFalse(copy.stored_credentials)
        self.assertEqual(copy.state, "draft")

    def test_changing_one_keeps_the_others(self):
        self.shop.client_secret = "  cs_new-secret  "
        self.assertEqual(json.loads(unseal(self.stored())), {"client_id": KEY, "client_secret": "cs_new-secret"})
        self.shop.write({"access_token": TOKEN, "name": "Renamed"})
        self.assertEqual(
            json.loads(unseal(self.stored())),
            {"client_id": KEY, "client_secret": "cs_new-secret", "access_token": TOKEN},
        )

    def test_empty_field_of_a_saved_form_keeps_what_is_stored(self):
        self.shop.write({"client_id": False, "client_secret": "", "name": "Renamed"})
        self.assertEqual(json.loads(unseal(self.stored())), {"client_id": KEY, "client_secret": SECRET})

    def test_chatter_and_log_show_no_secret(self):
        with self.assertLogs("odoo", "DEBUG") as logs:
            self.shop.client_secret = SECRET + "-changed"
            self.shop.base_url = "http://127.0.0.1:9"
            self.shop.action_check_connection()
            self.env.flush_all()
        self.assertEqual(self.shop.state, "error")
        self.assert_no_secret([line for line in logs.output if "odoo.sql_db" not in line])
        self.assert_no_secret(self.shop.state_message)
        self.assert_no_secret(self.shop.message_ids.mapped("body"))
        self.assertNotIn(SECRET, repr(self.shop._credentials()))
        self.assertNotIn(SECRET, repr(vars(self.shop._platform())))

    # === Key lost === #

    def test_wrong_key_is_told_clearly(self):
        with patch.dict(os.environ, {ENVIRONMENT_VARIABLE: Fernet.generate_key().decode()}):
            self.shop.invalidate_recordset()
            with self.assertRaisesRegex(ConnectorError, "cannot be decrypted.*Restore the key"):
                self.shop._credentials()
            self.assertIn("cannot be decrypted", self.shop.stored_credentials)
            answer = self.shop.action_check_connection()
            self.assertEqual(answer["params"]["type"], "danger")
            self.assertIn("enter the credentials again", self.shop.state_message)
            with mute_logger("odoo.addons.ecommerce_connector.models.sync.ecommerce_store_sync"):
                run = self.shop._sync(streams=["orders"])
            self.assertIn("cannot be decrypted", run.error)
        self.shop.invalidate_recordset()
        self.assertEqual(self.shop._credentials().client_secret, SECRET)

    def test_credentials_entered_again_after_the_key_was_lost(self):
        """The way out that the message names must be open."""
        with patch.dict(os.environ, {ENVIRONMENT_VARIABLE: Fernet.generate_key().decode()}):
            self.shop.write({"client_id": "ck_new-one", "client_secret": "cs_new-one"})
            self.shop.invalidate_recordset()
            found = self.shop._credentials()
            self.assertEqual((found.client_id, found.client_secret), ("ck_new-one", "cs_new-one"))

    def test_key_that_is_no_key_is_told_clearly(self):
        with patch.dict(os.environ, {ENVIRONMENT_VARIABLE: "too-short"}):
            self.shop.invalidate_recordset()
            with self.assertRaisesRegex(ConnectorError, ENVIRONMENT_VARIABLE):
                self.shop._credentials()
            with self.assertRaisesRegex(UserError, ENVIRONMENT_VARIABLE):
                self.shop.client_secret = "cs_new"

    def test_key_file_is_made_once_and_readable_by_its_owner_alone(self):
        with TemporaryDirectory() as folder, patch.dict(os.environ), patch.dict(config.options, {"data_dir": folder}):
            os.environ.pop(ENVIRONMENT_VARIABLE, None)
            with self.assertRaisesRegex(ConnectorError, "missing.*Restore"):
                unseal("x")
            sealed = seal(SECRET)
            (file,) = Path(folder).iterdir()
            self.assertEqual(file.stat().st_mode & 0o777, 0o600)
            self.assertEqual(unseal(sealed), SECRET)
            self.assertNotEqual(seal("another"), sealed)
            self.assertEqual(unseal(sealed), SECRET)
