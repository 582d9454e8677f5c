"""Orders of customers that come back, buy for companies, and are guests."""

from .common import ConnectorCommon, D

VAT = "DE123456788"


class CustomerCommon(ConnectorCommon):
    """A store whose orders are paid."""

    def paid(self, number, total="120.00", **more):
        """A paid order of one T-shirt, at 20 %."""
        net = D(total) / D("1.2")
        line = self.line("TSH", f"{net:.2f}", f"{D(total) - net:.2f}")
        return self.order(number, [line], total, [self.payment(f"p-{number}", total)], **more)

    @staticmethod
    def someone(number, **more):
        """A customer with an account."""
        return {"id": str(number), "name": f"Customer {number}", "email": f"c{number}@example.com", **more}

    def buy(self, number, customer=None, **more):
        """Post an order of a customer; returns it."""
        payload = self.paid(number, **({"customer": customer} if customer is not None else {}), **more)
        (order,) = self.accept(payload)
        self.assertEqual(order.state, "posted", order.explanation)
        return order

    def contact(self, name, **values):
        """A contact that an accountant made."""
        return self.env["res.partner"].create({"name": name, **values})

    def second_store(self):
        """Another store of the company, which the helpers work on from now on."""
        self.store = self.env["ecommerce.store"].create(
            {"name": "Second shop", "platform": "file", "timezone": "Europe/Paris", "company_id": self.company.id}
        )
        self.store._create_accounting(currencies=["EUR"], rates={D(20)})
        return self.store

    def customer(self, external_id, store=None):
        """The record of a customer with an account."""
        return self.env["ecommerce.customer"].search(
            [("store_id", "=", (store or self.store).id), ("external_id", "=", external_id), ("is_guest", "=", False)]
        )

    def exceptions(self, customer, code):
        """Open exceptions of a customer."""
        return customer.exception_ids.filtered(lambda item: item.state == "open" and item.code == code)

    def settled(self, *orders):
        """Each order is on its contact's account alone, and is paid."""
        for order in orders:
            invoice = self.moves_of(order, "invoice")
            self.assertRecordValues(invoice, [{"payment_state": "paid", "amount_residual": 0.0}])
            lines = (invoice | order.payment_ids.receivable_line_id.move_id).line_ids
            receivable = lines.filtered(lambda line: line.account_id.account_type == "asset_receivable")
            self.assertEqual(receivable.partner_id, invoice.partner_id.commercial_partner_id)
