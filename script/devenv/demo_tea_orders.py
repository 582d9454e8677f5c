"""The orders of the demo's second store, a tea shop that hands over its orders as files.

They are of last month, so that what belongs to the end of a month is there to be looked at whenever the demo runs:
goods sold and not shipped, a gift card that is not used up, a day booked as a summary and what comes later for it,
an order that changes after its invoice, goods that come back, and what becomes known when the month is locked.
Prices are without the 20 % tax.
"""

import json
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

#: SKU -> name, price, what it costs, pieces in stock when the month begins, pieces counted at its end.
GOODS = {
    "TEA-GREEN": ("Green tea, 100 g", "10.00", "4.20", 40, 34),
    "TEA-BLACK": ("Black tea, 100 g", "8.00", "3.10", 30, 25),
    "TEAPOT": ("Teapot", "45.00", "18.00", 12, 7),
    "CUP": ("Cup", "12.50", "5.00", 30, 24),
}
GATEWAY = "terminal"
#: The files in the order in which they come, and what each tells; see ``files``.
FIRST, LATER, AFTER_LOCK = "orders-1.jsonl", "orders-2-later.jsonl", "orders-3-after-the-lock.jsonl"
COUNT, PAYOUTS = "stock-count.csv", "payouts.csv"
#: The day of the month from which a summary a day is booked.
SUMMARIES_FROM = 20


@dataclass(frozen=True)
class Month:
    """Last month, as seen from a day."""

    today: date

    @property
    def last(self) -> date:
        return self.today.replace(day=1) - timedelta(days=1)

    def day(self, number: int) -> date:
        return self.last.replace(day=number)

    @property
    def after(self) -> date:
        """A day after it that is not in the future."""
        return min(self.last + timedelta(days=3), self.today)


def files(month):
    """File name -> text of all files.

    :rtype: dict
    """
    first, later, after_lock = _first(month), _later(month), _after_lock(month)
    return {
        FIRST: _lines(first), LATER: _lines(later), AFTER_LOCK: _lines(after_lock), COUNT: stock_count(),
        PAYOUTS: _payouts(month, {order["id"]: order for order in [*first, *later]}.values()),
    }  # fmt: skip


def stock_count():
    """The count at the end of the month: a teapot and some other pieces are missing."""
    return "sku,quantity\n" + "".join(f"{sku},{facts[4]}\n" for sku, facts in GOODS.items())


def _first(month):
    """As the shop tells them a few days after the summaries begin."""
    day = month.day
    return [
        _order("T-1001", day(2), {"TEA-GREEN": 2, "TEAPOT": 1}, shipped=[(day(3), None)],
               refund=(day(9), {"TEAPOT": 1}, "damaged")),
        _gift_card("T-1002", day(3), "90.00"),
        _order("T-1003", day(5), {"TEA-BLACK": 3}, shipped=[(day(6), None)]),
        _order("T-1004", day(10), {"TEAPOT": 1}, shipped=[(day(11), None)], card="60.00"),
        _order("T-1005", day(12), {"CUP": 4}, shipped=[(day(13), None)], refund=(day(18), {"CUP": 2}, "stock")),
        _order("T-1006", day(18), {"TEAPOT": 2, "TEA-GREEN": 5}, shipped=[(day(19), {"TEAPOT": 1})]),
        _order("T-1007", day(20), {"TEA-GREEN": 1, "TEA-BLACK": 1}, shipped=[(day(21), None)]),
        _order("T-1008", day(20), {"CUP": 2}, coupon=10, shipped=[(day(21), None)]),
        _order("T-1009", day(20), {"TEAPOT": 1}, shipped=[(day(21), None)], refund=(day(23), {"TEAPOT": 1}, "stock")),
        _order("T-1010", day(21), {"TEA-GREEN": 3}, shipped=[(day(22), None)]),
        _order("T-1011", day(21), {"TEA-BLACK": 2, "CUP": 1}, shipped=[(day(22), None)]),
    ]  # fmt: skip


def _later(month):
    """An order that grew after its invoice, and one of a day that has its summary by now."""
    day = month.day
    return [
        _order("T-1003", day(5), {"TEA-BLACK": 3, "CUP": 2}, changed=day(12),
               paid=[(day(5), {"TEA-BLACK": 3}), (day(12), {"CUP": 2})],
               shipped=[(day(6), {"TEA-BLACK": 3}), (day(13), {"CUP": 2})]),
        _order("T-1012", day(20), {"CUP": 2}, changed=day(24), shipped=[(day(22), None)]),
    ]  # fmt: skip


def _after_lock(month):
    """What becomes known when the month is locked: a sale of it; and the rest of an order leaves."""
    day = month.day
    return [
        _order("T-1013", day(27), {"TEA-BLACK": 4}, changed=month.after, shipped=[(day(27), None)]),
        _order("T-1006", day(18), {"TEAPOT": 2, "TEA-GREEN": 5}, changed=month.after,
               shipped=[(day(19), {"TEAPOT": 1}), (month.after, None)]),
    ]  # fmt: skip


# === Orders as JSON === #


def _order(number, placed, cart, *, shipped=(), paid=None, card=None, coupon=0, refund=None, changed=None):
    """An order of ``{sku: quantity}`` with shipping costs of 5.00.

    :param shipped: (day, {sku: quantity}) pairs; None: all that is left
    :param paid: (day, cart) pairs, the first with the shipping; without: all at once
    :param card: this much by the gift card, all of it
    :param coupon: percent off the goods
    :param refund: (day, {sku: quantity}, what became of them)
    """
    lines = [_line(sku, quantity, coupon) for sku, quantity in cart.items()]
    lines.append({"id": "shipping", "kind": "shipping", "key": "parcel", "net": "5.00", "taxes": _tax(Decimal("5.00"))})
    total = sum(map(_gross, lines))
    parts = [(placed, total)]
    if paid:
        rest = [(day, sum(_gross(_line(sku, count, coupon)) for sku, count in part.items())) for day, part in paid[1:]]
        parts = [(placed, total - sum(amount for _day, amount in rest)), *rest]
    last = max([changed or placed, *(day for day, _part in shipped), *([refund[0]] if refund else ())])
    order = {
        "id": number, "number": number, "currency": "EUR", "placed_at": _at(placed), "updated_at": _at(last, "20:00"),
        "customer": {"name": f"Guest {number[-2:]}", "email": f"guest{number[-2:]}@example.com",
                     "shipping": {"street": "1 rue de la Paix", "city": "Paris", "postal_code": "75002",
                                  "country": "FR"}},
        "total": f"{total:.2f}", "lines": lines,
        "payments": [_payment(number, at, day, amount, card) for at, (day, amount) in enumerate(parts, 1)],
        "fulfilments": [_shipment(at, day, part) for at, (day, part) in enumerate(shipped, 1)],
    }  # fmt: skip
    if refund:
        order["refunds"] = [_refund(number, *refund)]
    return order


def _gift_card(number, day, amount):
    order = _order(number, day, {})
    line = {"id": "1", "kind": "gift_card", "key": "GIFT-CARD", "net": amount,
            "gift_cards": [{"id": "GC-1", "amount": amount}]}  # fmt: skip
    payment = _payment(number, 1, day, Decimal(amount), None)
    return order | {"total": amount, "lines": [line], "payments": [payment], "fulfilments": []}


def _line(sku, quantity, coupon=0):
    name, price, _cost, _stock, _counted = GOODS[sku]
    full = Decimal(price) * quantity
    off = (full * coupon / 100).quantize(Decimal("0.01"))
    line = {"id": sku, "key": sku, "description": name, "quantity": quantity, "net": f"{full - off:.2f}"}
    if off:
        line |= {"discount": f"{off:.2f}", "discounts": [{"code": "WELCOME", "amount": f"{off:.2f}"}]}
    return line | {"taxes": _tax(full - off)}


def _tax(net):
    return [{"code": "VAT", "rate": "20", "amount": f"{net * 20 / 100:.2f}"}]


def _gross(line):
    return Decimal(line["net"]) + sum(Decimal(tax["amount"]) for tax in line.get("taxes", ()))


def _payment(number, at, day, amount, card):
    paid = {"id": f"{number}-p{at}", "amount": f"{amount:.2f}", "at": _at(day, "09:05")}
    if card:
        return paid | {"gateway": "gift_card", "gift_card": {"id": "GC-1"}}
    return paid | {"gateway": GATEWAY, "transaction_id": f"{number}-p{at}"}


def _shipment(at, day, part):
    lines = {"lines": [{"line": sku, "quantity": quantity} for sku, quantity in part.items()]} if part else {}
    return {"id": f"f{at}", "at": _at(day, "15:00")} | lines


def _refund(number, day, cart, restock):
    lines = [_line(sku, quantity) | {"of_line": sku, "restock": restock} for sku, quantity in cart.items()]
    for line in lines:
        del line["description"]
    return {
        "id": f"{number}-r1", "gateway": GATEWAY, "amount": f"{sum(map(_gross, lines)):.2f}", "at": _at(day, "11:00"),
        "transaction_id": f"{number}-r1", "lines": lines,
    }  # fmt: skip


def _at(day, time="09:00"):
    # The first days of a month may be today: early enough not to be in the future.
    return f"{day}T{time if day.day > 3 else '00:30'}:00Z"


def _lines(orders):
    return "".join(json.dumps(order) + "\n" for order in orders)


# === The processor's report === #


def _payouts(month, orders):
    """Two payouts of the terminal's processor: of the middle of the month, and of its last day."""
    rows = ["payout_id,paid_on,transaction_id,type,gross,fee,net,date,source_id,order,bank_reference"]
    for order in orders:
        for kind, sign, moved in (("charge", 1, order["payments"]), ("refund", -1, order.get("refunds", ()))):
            for one in moved:
                if one["gateway"] != GATEWAY:
                    continue
                day = date.fromisoformat(one["at"][:10])
                (number, paid_on) = (1, month.day(15)) if day <= month.day(12) else (2, month.last)
                amount = sign * Decimal(one["amount"])
                rows.append(
                    f"TEA-{number},{paid_on},tx-{one['id']},{kind},{amount},0.00,{amount},{day},{one['id']},"
                    f"{order['number']},TERMINAL-7004{number}"
                )
    return "\n".join(rows) + "\n"
