import random
from datetime import date
from decimal import Decimal

import pytest

from ecommerce_connector.core.corrections import Amounts, Booking, Item
from ecommerce_connector.core.errors import PlanUnbalanced
from ecommerce_connector.core.summary import Mode, Place, Row, added_up, document_rows, mode_on

D = Decimal
SALES, DISCOUNTS, TAX, CLEARING, CUSTOMER = 1, 2, 3, 4, 5
VAT = Booking(account=TAX, repartition=7, tags=(70,))


def amounts(amount, balance=None, base=None):
    return Amounts(amount=D(amount), balance=D(balance or amount), base=D(base or 0))


def base(account, amount, tax, *, rule=1):
    """A line of a sale, signed as in the ledger, with its tax."""
    share = Amounts(amount=D(tax), balance=D(tax), base_amount=D(amount), base=D(amount))
    return Item(
        booking=Booking(account=account, taxes=(9,), tags=(71,)), amounts=amounts(amount), rule=rule,
        shares=((VAT, share),),
    )  # fmt: skip


def tax(amount, of):
    return Item(booking=VAT, amounts=amounts(amount, base=of), rule=8)


def customer(order, posting, amount, balance=None):
    place = Place(booking=Booking(account=CUSTOMER), alone=posting, is_debit=D(amount) > 0)
    return Row(order=order, posting=posting, place=place, amounts=amounts(amount, balance), is_customer=True)


def clearing(order, posting, amount, balance=None):
    place = Place(booking=Booking(account=CLEARING), alone=posting, is_debit=D(amount) > 0)
    return Row(order=order, posting=posting, place=place, amounts=amounts(amount, balance))


def sale(order, net="-100.00", vat="-20.00"):
    """Rows of an invoice."""
    items = [base(SALES, net, vat), tax(vat, net)]
    rows = document_rows(order, f"{order}:invoice", items, is_refund=False)
    return [*rows, customer(order, f"{order}:invoice", -D(net) - D(vat))]


def found(rows):
    return [
        (line.place.booking.account, line.place.is_refund, str(line.amounts.amount), len(line.rows))
        for line in added_up(rows)
    ]


class TestModes:
    def test_before_any_switch_each_order_has_an_invoice(self):
        assert mode_on([], date(2026, 1, 1)) is Mode.ORDER
        assert mode_on([(date(2026, 2, 1), Mode.DAY)], date(2026, 1, 31)) is Mode.ORDER

    def test_the_latest_switch_decides_from_its_day_on(self):
        switches = [(date(2026, 3, 1), Mode.ORDER), (date(2026, 2, 1), Mode.DAY)]
        days = [date(2026, 1, 31), date(2026, 2, 1), date(2026, 2, 28), date(2026, 3, 1)]
        for told in (switches, switches[::-1]):
            assert [mode_on(told, day) for day in days] == [Mode.ORDER, Mode.DAY, Mode.DAY, Mode.ORDER]


class TestDocumentRows:
    def test_a_tax_is_on_the_side_of_what_it_is_charged_on(self):
        items = [base(SALES, "-100.00", "-20.00"), base(DISCOUNTS, "40.00", "8.00"), tax("-12.00", "-60.00")]
        rows = document_rows(1, "1", items, is_refund=False)
        taxes = {
            row.place.is_debit: (str(row.amounts.amount), str(row.amounts.base))
            for row in rows if row.place.booking == VAT
        }  # fmt: skip
        assert taxes == {False: ("-20.00", "-100.00"), True: ("8.00", "40.00")}
        assert {row.place.rule for row in rows if row.place.booking == VAT} == {8}

    def test_what_no_line_accounts_for_is_kept(self):
        """A tax that only Odoo can split over lines: on the side it has."""
        item = Item(booking=Booking(account=SALES, taxes=(9,)), amounts=amounts("-100.00"), rule=1)
        rows = document_rows(1, "1", [item, tax("-20.00", "-100.00")], is_refund=False)
        assert sorted(str(row.amounts.amount) for row in rows) == ["-100.00", "-20.00"]

    def test_a_correction_has_a_tax_item_per_side(self):
        """As ``corrections.difference`` gives it: a sale moves from one tax to another, a deduction back."""
        items = [
            base(SALES, "-100.00", "-20.00"), base(DISCOUNTS, "40.00", "8.00"), tax("-20.00", "-100.00"),
            tax("8.00", "40.00"),
        ]  # fmt: skip
        rows = document_rows(1, "1", items, is_refund=False)
        assert sorted(str(row.amounts.amount) for row in rows if row.place.booking == VAT) == ["-20.00", "8.00"]

    def test_what_moves_within_a_tax_has_no_tax_item(self):
        """A correction of the account alone: the tax stays where it is."""
        items = [base(SALES, "100.00", "20.00"), base(DISCOUNTS, "-100.00", "-20.00")]
        rows = document_rows(1, "1", items, is_refund=False)
        assert [str(row.amounts.amount) for row in rows] == ["100.00", "-100.00"]

    def test_lines_of_one_place_are_one_row(self):
        rows = document_rows(
            1, "1", [base(SALES, "-100.00", "-20.00"), base(SALES, "-50.00", "-10.00"), tax("-30.00", "-150.00")],
            is_refund=False,
        )  # fmt: skip
        assert [str(row.amounts.amount) for row in rows] == ["-150.00", "-30.00"]
        ((booking, share),) = rows[0].charged
        assert (booking, share.amount, share.base) == (VAT, D("-30.00"), D("-150.00"))

    def test_two_rules_are_two_rows(self):
        items = [base(SALES, "-100.00", "-20.00"), base(SALES, "-50.00", "-10.00", rule=2), tax("-30.00", "-150.00")]
        rows = document_rows(1, "1", items, is_refund=False)
        assert [(row.place.rule, str(row.amounts.amount)) for row in rows] == [
            (1, "-100.00"), (2, "-50.00"), (8, "-30.00"),
        ]  # fmt: skip


class TestAddedUp:
    def test_orders_are_added_up_and_settled_customers_need_no_line(self):
        rows = []
        for order in (1, 2):
            rows += sale(order)
            rows += [clearing(order, f"{order}:p", "120.00"), customer(order, f"{order}:p", "-120.00")]
        assert found(rows) == [
            (SALES, False, "-200.00", 2), (TAX, False, "-40.00", 2),
            (CLEARING, False, "120.00", 1), (CLEARING, False, "120.00", 1),
        ]  # fmt: skip

    def test_who_still_owes_has_a_line_per_posting(self):
        rows = [*sale(1), clearing(1, "1:p", "50.00"), customer(1, "1:p", "-50.00")]
        owed = [line for line in added_up(rows) if line.is_customer]
        assert [str(line.amounts.amount) for line in owed] == ["-50.00", "120.00"]

    def test_cents_of_the_company_currency_are_no_settlement(self):
        """Nothing is open in the order's currency, but a cent is in the company's: Odoo books the difference."""
        rows = [
            customer(1, "a", "10.00", "9.01"),
            customer(1, "b", "-10.00", "-9.00"),
            clearing(1, "c", "0.00", "-0.01"),
        ]
        assert len([line for line in added_up(rows) if line.is_customer]) == 2

    def test_sales_and_refunds_stay_apart(self):
        back = document_rows(1, "1:r", [base(SALES, "50.00", "10.00"), tax("10.00", "50.00")], is_refund=True)
        rows = [*sale(1), *back, customer(1, "1:r", "-60.00")]
        assert [item[:3] for item in found(rows) if item[0] in (SALES, TAX)] == [
            (SALES, False, "-100.00"), (SALES, True, "50.00"), (TAX, False, "-20.00"), (TAX, True, "10.00"),
        ]  # fmt: skip

    def test_what_does_not_balance_is_refused(self):
        with pytest.raises(PlanUnbalanced):
            added_up(sale(1)[:-1])

    def test_each_line_is_the_sum_of_its_rows(self):
        """Law 16, for any orders."""
        chance = random.Random(7)
        for _run in range(50):
            rows = []
            for order in range(chance.randint(1, 20)):
                net = D(chance.randint(1, 10_000)) / -100
                rows += sale(order, net, (net / 5).quantize(D("0.01")))
                if chance.randrange(2):
                    paid = -rows[-1].amounts.amount if chance.randrange(2) else D(-1)
                    rows += [clearing(order, f"{order}:p", -paid), customer(order, f"{order}:p", paid)]
            lines = added_up(rows)
            for line in lines:
                assert sum(rows[number].amounts.amount for number in line.rows) == line.amounts.amount
            used = [number for line in lines for number in line.rows]
            assert len(used) == len(set(used))
            left = [row for number, row in enumerate(rows) if number not in used]
            assert all(row.is_customer for row in left)
            assert sum(row.amounts.amount for row in left) == 0
