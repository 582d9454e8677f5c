"""WooCommerce order → document. Pure: no I/O, no clock.

Worth knowing:

- ``total`` of an order is not reduced by refunds, so nothing of a refund is "already reduced".
- Cards of the "Gift Cards" extension are deducted from ``total``; here they are tenders and the
  total is what was sold.
- WooCommerce keeps no list of payments. An order is paid (in full, once) from its date of payment
  on; cash on delivery, checks and bank transfers have none until somebody confirms the money.
- A cancelled order keeps its lines and its total and is marked cancelled: without money there is
  nothing to book; with money, the money is owed to the customer.
- An order that was never paid and is marked as refunded by hand gave no money back: cancelled.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from ...core.canonical import (
    Discount,
    Line,
    LineKind,
    MoneyState,
    Refund,
    StoreDocument,
    TaxLine,
    TaxTotal,
    Tender,
)
from ...core.currencies import unit
from ...core.errors import PayloadError
from ...core.fulfilments import Fulfilment
from ...core.rounding import ZERO, quantize, total
from . import const
from .customer import read_customer
from .fields import Node
from .items import Item, Rate, read_items, read_rates, returned
from .rounding import Booked, Stated, settle, steps


def order_document(payload: Mapping[str, Any], zone: ZoneInfo) -> StoreDocument:
    """Translate ``{"order": …, "refunds": […]}``; times are given in ``zone``.

    :raises PayloadError: naming the order, the line and the field
    """
    order = payload.get("order")
    if not isinstance(order, Mapping):
        raise PayloadError("order", "it is missing")
    where = f"order {order.get('number') or order.get('id') or '?'}"
    try:
        return _Reader(Node(where, order), payload.get("refunds"), zone).document()
    except PayloadError as error:
        if error.where.startswith(where):
            raise
        raise PayloadError(f"{where}, {error.where}", error.problem, hint=error.hint) from None


class _Reader:
    """Reads one order."""

    def __init__(self, order: Node, refunds: Any, zone: ZoneInfo) -> None:
        self.order = order
        self.refunds = Node(order.where, {"refunds": refunds})
        self.zone = zone
        self.external_id = order.identity()
        self.currency = order.text("currency")
        self.unit = unit(self.currency)
        self.due = order.amount("total")
        if self.due < 0:
            raise PayloadError(order.at("total"), f"{self.due} is negative")
        self.gateway = order.text("payment_method") or const.UNNAMED_GATEWAY
        self.standing = const.STATUSES.get(order.text("status"), const.Standing.PLACED)
        self.created_at = self._instant(order, "date_created_gmt")
        self.paid_at = self._instant(order, "date_paid_gmt")

    def document(self) -> StoreDocument:
        """The order as a document."""
        order = self.order
        self._check_kind()
        cards = self._gift_cards()
        worth = self.due + total([amount for _id, amount in cards])
        rates = read_rates(order)
        items = read_items(order, rates, self._coarsest(worth, order.amount("total_tax")))
        booked = self._settle(items, rates, worth, order.amount("total_tax"))
        refunds = self._refunds(items, rates)
        undone = self._is_refunded_unpaid(refunds)
        return StoreDocument(
            external_id=self.external_id, number=order.text("number") or self.external_id, currency=self.currency,
            placed_at=self._placed_at(), updated_at=self._updated_at(), lines=self._lines(items, booked, rates),
            total=self._exact(worth), tenders=self._card_tenders(cards) + self._payments(),
            refunds=() if undone else refunds, customer=read_customer(order),
            tax_totals=self._tax_totals(rates, booked), cancelled=undone or self.standing is const.Standing.CANCELLED,
            fulfilments=self._fulfilments(), is_test=not const.TEST_META.isdisjoint(order.meta().items()),
        )  # fmt: skip

    def _check_kind(self) -> None:
        order = self.order
        if order.has(const.SUBSCRIPTION_FIELD):
            raise PayloadError(order.at(const.SUBSCRIPTION_FIELD), "it is a subscription, not an order")
        if order.text("parent_id") not in ("", "0"):
            raise PayloadError(
                order.at("parent_id"), f"it is a part of order {order.text('parent_id')}",
                hint="Orders split by a marketplace plug-in are not supported: both would be booked.",
            )  # fmt: skip

    # === DATES === #

    def _instant(self, node: Node, name: str) -> datetime | None:
        at = node.instant(name)
        return at and at.astimezone(self.zone)

    def _updated_at(self) -> datetime:
        return self._instant(self.order, "date_modified_gmt") or self._created()

    def _created(self) -> datetime:
        if self.created_at is None:
            raise PayloadError(self.order.at("date_created_gmt"), "it is missing")
        return self.created_at

    def _placed_at(self) -> datetime | None:
        """The order's date; None while nobody has bought. Money that arrived makes any order placed."""
        if self.standing is const.Standing.OPEN and self.paid_at is None:
            return None
        return self._created()

    # === AMOUNTS === #

    def _coarsest(self, *totals: Decimal) -> Decimal:
        """How coarsely the shop may round: its prices may have fewer decimals than the currency."""
        return list(steps(self.currency, totals))[-1]

    def _settle(
        self, items: Sequence[Item], rates: Mapping[str, Rate], worth: Decimal, total_tax: Decimal | None
    ) -> Booked:
        """Round lines and taxes so that they add up as the shop's do."""
        stated = Stated(
            nets=[item.net for item in items], taxes=[item.taxes for item in items],
            loose=frozenset(index for index, item in enumerate(items) if item.kind is LineKind.FEE),
            tax_rows={rate_id: rate.amount for rate_id, rate in rates.items()},
            total=worth, total_tax=total_tax,
            half_down=self.order.values.get("prices_include_tax") is True,
        )  # fmt: skip
        return settle(stated, self.currency)

    def _lines(self, items: Sequence[Item], booked: Booked, rates: Mapping[str, Rate]) -> tuple[Line, ...]:
        coupons, included = self._coupons(), self.order.values.get("prices_include_tax")
        return tuple(
            Line(
                external_id=item.external_id, kind=item.kind, key=item.key, description=item.description,
                quantity=item.quantity, net=self._exact(net), discount=quantize(item.discount, self.unit),
                discounts=self._discounts(item, coupons), of_line=item.refunded_id,
                taxes=tuple(
                    TaxLine(
                        code=rates[id_].code, rate=rates[id_].percent, amount=self._exact(amount),
                        included=included if isinstance(included, bool) else None,
                    )
                    for id_, amount in taxes.items()
                ),
            )
            for item, net, taxes in zip(items, booked.nets, booked.taxes, strict=True)
        )  # fmt: skip

    def _coupons(self) -> str:
        """Codes of the coupons that took something off. WooCommerce does not say which took how much of a line."""
        coupons = self.order.nodes("coupon_lines", "coupon")
        return " + ".join(sorted(node.text("code") for node in coupons if node.amount_or_zero("discount")))

    def _discounts(self, item: Item, coupons: str) -> tuple[Discount, ...]:
        amount = quantize(item.discount, self.unit)
        return (Discount(code=coupons, amount=amount),) if coupons and amount else ()

    def _tax_totals(self, rates: Mapping[str, Rate], booked: Booked) -> tuple[TaxTotal, ...]:
        # Two rates of one name and percentage (two towns, say) are one tax to everybody else.
        merged: dict[tuple[str, Decimal | None], Decimal] = {}
        for rate_id, amount in booked.tax_rows.items():
            name = (rates[rate_id].code, rates[rate_id].percent)
            merged[name] = merged.get(name, ZERO) + self._exact(amount)
        return tuple(TaxTotal(code=code, rate=percent, amount=amount) for (code, percent), amount in merged.items())

    def _exact(self, amount: Decimal) -> Decimal:
        """The amount written with the currency's decimals, unless it has more than those."""
        return amount if amount % self.unit else amount.quantize(self.unit)

    # === PAYMENTS === #

    def _gift_cards(self) -> list[tuple[str, Decimal]]:
        return [(card.identity(), card.amount("amount")) for card in self.order.nodes("gift_cards", "gift card")]

    def _card_tenders(self, cards: list[tuple[str, Decimal]]) -> tuple[Tender, ...]:
        # The card's code is as good as money: it stays out of the books.
        return tuple(
            Tender(
                external_id=f"{self.external_id}-gift-card-{card_id}", gateway=const.GIFT_CARD_GATEWAY,
                amount=self._exact(amount), at=self.paid_at or self._created(), state=self._card_state(),
            )
            for card_id, amount in cards
        )  # fmt: skip

    def _card_state(self) -> MoneyState:
        """The extension debits a card when the order is placed, and credits it again when that comes to nothing."""
        if self.paid_at is not None or self.standing is const.Standing.PLACED:
            return MoneyState.DONE
        if self.standing is const.Standing.CANCELLED or self.order.text("status") == const.FAILED:
            return MoneyState.VOIDED
        return MoneyState.AUTHORIZED

    def _payments(self) -> tuple[Tender, ...]:
        if self.paid_at is None or not self.due:
            return ()
        return (
            Tender(
                external_id=self.external_id, gateway=self.gateway, amount=self._exact(self.due), at=self.paid_at,
                transaction_id=self.order.text("transaction_id"),
            ),
        )  # fmt: skip

    def _fulfilments(self) -> tuple[Fulfilment, ...]:
        """WooCommerce itself knows of no shipments, but of the day on which the order was completed."""
        completed_at = self._instant(self.order, "date_completed_gmt")
        return (Fulfilment(external_id="completed", at=completed_at),) if completed_at else ()

    # === REFUNDS === #

    def _refunds(self, sold: list[Item], rates: Mapping[str, Rate]) -> tuple[Refund, ...]:
        """The refunds, oldest first; each that the order lists must be there with its details."""
        nodes = self.refunds.nodes("refunds", "refund", required=True)
        found = {node.identity(): node for node in nodes}
        for row in self.order.nodes("refunds", "refund"):
            details = found.get(row.identity())
            if details is None:
                raise PayloadError(row.where, "the order lists it, its details are missing", hint="Import it again.")
            listed, amount = -row.amount("total"), details.amount("amount")
            if listed != amount:
                raise PayloadError(details.at("amount"), f"it is {amount}, the order lists {listed}")
        refunds = [self._refund(node, sold, rates) for node in nodes]
        return tuple(sorted(refunds, key=lambda refund: (refund.at, refund.external_id)))

    def _refund(self, node: Node, sold: list[Item], rates: Mapping[str, Rate]) -> Refund:
        at = self._instant(node, "date_created_gmt")
        if at is None:
            raise PayloadError(node.at("date_created_gmt"), "it is missing")
        amount, own = node.amount("amount"), read_rates(node, sign=-1)
        # The order names the taxes; a rate that was since taken out of it is named by the refund.
        named = {**own, **rates}
        items = returned(read_items(node, named, self._coarsest(amount), sign=-1), sold)
        booked = self._settle(items, own, amount, None)
        reason = node.text("reason")
        if node.values.get("refunded_payment") is not True:
            reason = f"{reason}; {const.MANUAL_REFUND_NOTE}" if reason else const.MANUAL_REFUND_NOTE
        return Refund(
            external_id=node.identity(), gateway=self.gateway, amount=self._exact(amount), at=at, reason=reason,
            lines=self._lines(items, booked, named),
        )  # fmt: skip

    def _is_refunded_unpaid(self, refunds: tuple[Refund, ...]) -> bool:
        """Whether an order that nobody paid was marked as refunded: no money can have moved."""
        if self.paid_at is not None or not refunds:
            return False
        by_hand = all(refund.reason.endswith(const.MANUAL_REFUND_NOTE) for refund in refunds)
        return by_hand and total([refund.amount for refund in refunds]) == self.due
