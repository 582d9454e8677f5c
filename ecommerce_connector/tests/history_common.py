"""Random order histories: what a store says of an order, state by state, in the project's JSON format."""

from .common import D

CENT = D("0.01")
RATES = ("20", "5.5", "0")
#: Currency -> its unit, and how many of it a price is counted in.
UNITS = {"EUR": CENT, "USD": CENT, "JPY": D(1), "KWD": D("0.001")}


class History:
    """The states of one order, each a payload; a later one contains all of an earlier one.

    Nothing that is posted changes afterwards: payments are captured, refunds come and settle or fail, the order is
    cancelled in the end.

    :param random: decides
    :param bool edits: the goods change after they were paid
    """

    def __init__(self, random, number, currency="EUR", mode="payment", *, edits=False):
        self.random, self.number, self.unit = random, number, UNITS[currency]
        self.clock = 0
        self.lines = [self._line(at) for at in range(random.randint(1, 4))]
        total = sum(self._gross(line) for line in self.lines)
        off = random.choice((0, 0, 0, 1, -1)) * self.unit
        self.order = {
            "id": f"id-{number}", "number": number, "currency": currency, "placed_at": self._now(),
            "total": str(total + off), "lines": self.lines, "payments": [], "refunds": [],
            "customer": {"name": "Ada Byron", "email": f"{number.lower()}@example.com"},
        }  # fmt: skip
        self.states = []
        self._live(mode, edits)

    # === What happens === #

    def _live(self, mode, edits):
        self._say()
        self._pay(mode)
        for _at in range(self.random.choice((0, 1, 1, 2)) if edits else 0):
            self._edit()
        ships = mode == "fulfilment"
        for at in range(self.random.choice((0, 0, 1, 1, 2, 3))):
            if ships:
                self._ship(at)
            self._refund(at)
        if ships and self.random.randrange(6):
            self._ship("last", whole=True)
            if self.random.randrange(2):
                self._refund("late")
            return
        if ships or (not self.random.randrange(6) and mode != "paid"):
            self.order |= {"cancelled": True, "cancelled_at": self._now()}
            self._say()

    def _pay(self, mode):
        left = D(self.order["total"])
        if not self.random.randrange(5):
            self.order["payments"].append(self._money("auth", left, "card", "authorized"))
            self._say()
            self.order["payments"][0] |= {"state": self.random.choice(("failed", "voided")), "at": self._now()}
        for at in range(self.random.randint(1, 3)):
            if left <= 0:
                break
            part = left if at == 2 or self.random.randrange(2) else self._share(left)
            if not part:
                break
            gateway = self.random.choice(("card", "card", "gift card"))
            self.order["payments"].append(self._money(f"p{at}", part, gateway))
            left -= part
            self._say()
            if left and mode != "paid" and not self.random.randrange(4):
                break  # never paid in full
        if left <= 0 and mode != "paid" and not self.random.randrange(8):
            self.order["payments"].append(self._money("again", D(self.order["total"]), "card"))  # paid twice
            self._say()

    def _refund(self, at):
        captured = sum(D(payment["amount"]) for payment in self.order["payments"] if payment["state"] == "done")
        given = sum(D(refund["amount"]) for refund in self.order["refunds"] if refund["state"] != "failed")
        left = min(captured, D(self.order["total"])) - given
        if left <= 0 or not captured:
            return
        amount, lines = self._share(left) or left, []
        line = self.random.choice(self.lines)
        if self.random.randrange(2) and D(0) < self._gross(line) <= left and not self.order["refunds"]:
            amount, lines = self._gross(line), [line]
        refund = self._money(f"r{at}", amount, "card", self.random.choice(("done", "done", "pending"))) | {
            "lines": lines
        }
        self.order["refunds"].append(refund)
        self._say()
        if refund["state"] == "pending":
            self.order["refunds"][-1] = refund | {"state": self.random.choice(("done", "failed")), "at": self._now()}
            self._say()

    def _edit(self):
        """A line comes, goes or changes."""
        off = D(self.order["total"]) - sum(self._gross(line) for line in self.lines)
        lines = list(self.lines)
        if len(lines) > 1 and self.random.randrange(2):
            lines.remove(self.random.choice(lines))
        if self.random.randrange(2):
            lines.append(self._line(f"e{self.clock}"))
        else:
            at = self.random.randrange(len(lines))
            lines[at] = self._line(at) | {"id": lines[at]["id"]}
        self.lines = lines
        self.order |= {"lines": lines, "total": str(sum(self._gross(line) for line in lines) + off)}
        self._say()

    def _ship(self, at, *, whole=False):
        """A shipment of some of the goods, or of all that is left."""
        goods = [line for line in self.lines if line["kind"] == "product"]
        if not goods or self.random.randrange(5) == 0 and not whole:
            return
        some = self.random.sample(goods, self.random.randint(1, len(goods)))
        lines = [{"line": line["id"], "quantity": str(self.random.randint(1, 3))} for line in some]
        shipment = {"id": f"f{at}", "at": self._now(), **({} if whole else {"lines": lines})}
        self.order.setdefault("fulfilments", []).append(shipment)
        self._say()

    # === Parts === #

    def _line(self, at):
        rate = self.random.choice(RATES)
        net = self.random.randint(1, 30_000) * self.unit
        discount = self.random.choice((D(0), D(0), self.unit * self.random.randint(1, 500)))
        tax = (net * D(rate) / 100).quantize(self.unit)
        tax += self.random.choice((0, 0, 0, 1, -1)) * self.unit if tax > self.unit else 0
        coupon = {"discount": str(discount), "discounts": [{"code": "SPRING", "amount": str(discount)}]}
        return {
            "id": f"l{at}", "kind": self.random.choice(("product", "product", "product", "shipping", "fee")),
            "key": self.random.choice(("MUG", "CUP", "POT")), "quantity": str(self.random.randint(1, 5)),
            "net": str(net), "taxes": [{"code": "VAT", "rate": rate, "amount": str(tax)}],
            **(coupon if discount else {}),
        }  # fmt: skip

    @staticmethod
    def _gross(line):
        return D(line["net"]) + sum(D(tax["amount"]) for tax in line["taxes"])

    def _share(self, amount):
        return (amount * self.random.randint(1, 99) / 100).quantize(self.unit)

    def _money(self, name, amount, gateway, state="done"):
        return {
            "id": name, "gateway": gateway, "amount": str(amount), "at": self._now(), "state": state,
            "transaction_id": f"{name}_{self.number}",
        }  # fmt: skip

    def _now(self):
        """Some hours later than before: histories cross midnight and the end of a month."""
        self.clock += self.random.randint(1, 30)
        return (
            f"2026-03-{25 + self.clock // 24:02d}T{self.clock % 24:02d}:30:00Z"
            if self.clock < 168
            else (f"2026-04-{self.clock // 24 - 6:02d}T{self.clock % 24:02d}:30:00Z")
        )

    def _say(self):
        copied = {name: [dict(item) for item in value] if isinstance(value, list) else value
                  for name, value in self.order.items()}  # fmt: skip
        self.states.append(copied | {"updated_at": self._now()})
