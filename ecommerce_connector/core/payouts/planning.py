"""From a payout and its matches to one journal entry, or to all the reasons why not.

The entry moves a payout from clearing to in transit (design, "How a sale is booked"; cases 12,
13, 13n, 16, 22, 25): each charge and refund leaves clearing with its gross, so that its line is
reconciled with the payment; fees, disputes and reserves go where the rules say; what remains is
in transit to the bank. Amounts are in the payout's currency, debit positive. A negative payout
is the same entry with the signs turned by its own numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from ..dates import accounting_date
from ..errors import PlanUnbalanced
from ..mapping.rulebook import Rule, Rulebook, Target
from ..plan_text import money
from ..plans import PlanStatus
from ..reasons import Reason
from ..rounding import ZERO, total
from ..settlements import BalanceTransaction, Money, Payout, TransactionKind
from ..stated_rates import NO_RATE
from .fees import FeePart, fee_lines
from .matching import MatchedRow, MatchResult, MatchStatus
from .plans import Accrued, LineRole, Part, PayoutLine, PayoutPlan, PayoutPolicy, Returned
from .shares import CONVERSION_FEE, Share, ShareRules, in_payout_currency, named, shares_of

_HINTS: dict[MatchStatus, str] = {
    MatchStatus.MISSING_IN_LEDGER: "Import the order or the refund, or accept it: it then stays open on clearing.",
    MatchStatus.DIFFERENT: "Correct the payment, or accept it: the processor's amount then stays open on clearing.",
    MatchStatus.DUPLICATE: "Ask the processor why it is there again, or accept it: it then stays open on clearing.",
}


def plan_payout(
    payout: Payout,
    matches: MatchResult,
    rulebook: Rulebook,
    policy: PayoutPolicy,
    *,
    accept_open: frozenset[str] = frozenset(),
    withdrawn_by: Mapping[str, Rule] | None = None,
    returned: Mapping[str, Returned] | None = None,
    accrued: Mapping[str, Sequence[Accrued]] | None = None,
) -> PayoutPlan:
    """Plan the entry of a payout with the rules valid on the day of the payout.

    :param matches: of exactly this payout's transactions
    :param accept_open: balance transaction ids that a person accepted although the ledger has no
        free, equal payment for them; they are booked and stay open on clearing
    :param withdrawn_by: balance transaction id of disputed money that comes back → the rule that booked what was
        withdrawn: it leaves the account that it is on, whatever rules hold by now
    :param returned: balance transaction id of a payout that came back → the original: its item in transit is settled.
        What is not here stays open in transit
    :param accrued: balance transaction id → what is booked of its fee already; the entry books the rest of it
    :raises ValueError: if ``matches`` are not of this payout
    :raises PlanUnbalanced: never, unless there is a defect here
    """
    if Counter(payout.transactions) != Counter(row.transaction for row in matches.rows):
        raise ValueError(f"the matches are not those of payout {payout.external_id}")
    known = accrued or {}
    shares = [share for row in matches.rows for share in shares_of(row, known.get(row.transaction.external_id, ()))]
    rules = ShareRules(rulebook, payout, withdrawn_by or {})
    booked = [(share, rules.target(share, policy)) for share in shares]
    conversion = payout.conversion
    conversion_rule = rules.conversion_fee(conversion) if conversion and conversion.fee else None
    reasons: tuple[Reason, ...] = (
        *_payout_reasons(payout),
        *_match_reasons(payout, matches, accept_open),
        *rules.reasons(),
        *(_missing_rates(payout, shares, returned or {}) if policy.stated_rates else ()),
    )
    lines: tuple[PayoutLine, ...] = ()
    if not reasons:
        arrival = _arrival(payout, policy, conversion_rule)
        decided = [(share, *found) for share, found in booked if found]
        lines = _lines(payout, decided, arrival, returned or {}, stated_rates=policy.stated_rates)
        _check_balance(payout, lines)
        reasons = () if lines else (_nothing_to_book(payout),)
    has_tax = any(line.tax for line in lines)
    return PayoutPlan(
        payout=payout,
        true_date=payout.paid_on,
        date=accounting_date(payout.paid_on, policy.first_open_tax_day if has_tax else policy.first_open_day),
        status=PlanStatus.BLOCKED if reasons else PlanStatus.COMPLETE,
        lines=lines,
        rate=payout.exchange_rate if policy.stated_rates else None,
        reasons=reasons,
        decided=rules.decided,
    )


def _payout_reasons(payout: Payout) -> Iterator[Reason]:
    if not payout.transactions:
        yield Reason(
            code="payout_empty",
            message=f"Payout {payout.external_id} has no balance transactions.",
            hint="Read the itemized report of this payout.",
            amount=payout.amount,
            key=payout.external_id,
        )
    elif payout.difference:
        stated, rows, rest = (
            f"{money(amount, payout.currency)} {payout.currency}"
            for amount in (payout.amount, payout.amount - payout.difference, payout.difference)
        )
        yield Reason(
            code="payout_incomplete",
            message=f"Payout {payout.external_id} is {stated}, but its transactions add up to {rows}: "
            f"a difference of {rest}.",
            hint="The report is incomplete; read it again from the processor.",
            amount=payout.difference,
            key=payout.external_id,
        )


def _missing_rates(payout: Payout, shares: Iterable[Share], returned: Mapping[str, Returned]) -> Iterator[Reason]:
    """What has no rate, though the processor's are to be used; what is settled has the value that it is booked with."""
    rows = [share.row for share in shares if not _has_value(share, returned)]
    missing = dict.fromkeys(row.transaction.external_id for row in rows if row.transaction.exchange_rate is None)
    names = list(missing)
    if payout.amount and payout.exchange_rate is None and payout.conversion is None:
        names.append("the payout itself")
    if names:
        yield Reason(
            code=NO_RATE,
            message=f"Payout {payout.external_id}: the report states no exchange rate of {payout.currency} for "
            f"{named(names)}, and the processor's rates are to be used.",
            hint="Import a report with exchange_rate, or choose Odoo's rates on the processor account.",
            amount=payout.amount,
            key=payout.external_id,
        )


def _has_value(share: Share, returned: Mapping[str, Returned]) -> bool:
    """Whether a share leaves an account with what it was booked at there."""
    row = share.row
    if share.role is LineRole.IN_TRANSIT:
        return row.transaction.external_id in returned
    if share.role is LineRole.ACCRUED:
        return True
    return share.role is LineRole.CLEARING and row.status is MatchStatus.MATCHED and row.payment is not None


def _nothing_to_book(payout: Payout) -> Reason:
    return Reason(
        code="payout_empty",
        message=f"Payout {payout.external_id} moves no money: there is nothing to book.",
        hint="Archive it.",
        amount=payout.amount,
        key=payout.external_id,
    )


def _match_reasons(payout: Payout, matches: MatchResult, accept_open: frozenset[str]) -> Iterator[Reason]:
    for row in matches.rows:
        tx = row.transaction
        if row.status in _HINTS and tx.external_id not in accept_open:
            yield Reason(
                code=row.status.value,
                message=f"Payout {payout.external_id}: {_describe(tx)}, {money(tx.gross, tx.currency)} {tx.currency}"
                + (f" (row {tx.row})" if tx.row else "")
                + f", {_STATUS_WORDS[row.status]}: {'; '.join(row.reasons)}.",
                hint=_HINTS[row.status],
                amount=tx.gross,
                key=tx.external_id,
            )


_STATUS_WORDS = {
    MatchStatus.MISSING_IN_LEDGER: "is missing in the ledger",
    MatchStatus.DIFFERENT: "differs from the ledger",
    MatchStatus.DUPLICATE: "is a duplicate",
}


def _describe(tx: BalanceTransaction) -> str:
    """A balance transaction by its kind, its best known id and its order."""
    text = f"{tx.kind.value.replace('_', ' ')} {tx.source_id or tx.external_id}"
    return f"{text}, order {tx.order_reference}" if tx.order_reference else text


def _lines(
    payout: Payout,
    decided: Iterable[tuple[Share, Target, Rule | None]],
    arrival: Iterable[PayoutLine],
    returned: Mapping[str, Returned],
    *,
    stated_rates: bool,
) -> tuple[PayoutLine, ...]:
    lines: list[PayoutLine] = list(arrival)
    fees: dict[Rule, list[Share]] = {}
    for share, target, rule in decided:
        if share.role is LineRole.FEE and rule:
            fees.setdefault(rule, []).append(share)
        else:
            line = _line(share, target, rule, stated_rates=stated_rates)
            original = returned.get(share.row.transaction.external_id) if share.role is LineRole.IN_TRANSIT else None
            lines.append(_of_original(line, original, payout.currency) if original else line)
    for rule, shares in fees.items():
        transactions = [(share, share.row.transaction) for share in shares]
        parts = [
            FeePart(share.key, tx.external_id, share.amount, tx.at.date(), tx.exchange_rate if stated_rates else None)
            for share, tx in transactions
        ]
        lines += fee_lines(rule, parts, payout.currency)
    order = list(LineRole)
    # The payout's own line in transit is the last, after payouts that came back.
    return tuple(sorted(lines, key=lambda line: (order.index(line.role), not line.transaction_ids)))


def _arrival(payout: Payout, policy: PayoutPolicy, conversion_rule: Rule | None) -> Iterator[PayoutLine]:
    """The payout in transit, in the currency it arrives in, and what its conversion cost."""
    if not payout.amount:
        return
    rest, conversion = payout.amount, payout.conversion
    if conversion and conversion_rule:
        parts = [FeePart(CONVERSION_FEE, payout.external_id, conversion.fee, payout.paid_on)]
        for line in fee_lines(conversion_rule, parts, conversion.currency):
            amount = in_payout_currency(payout, conversion, line.amount)
            base = in_payout_currency(payout, conversion, line.base)
            own = Money(line.amount, conversion.currency)
            rest -= amount
            yield replace(line, amount=amount, own=own, base=base, by_day=(), transaction_ids=())
    yield PayoutLine(
        role=LineRole.IN_TRANSIT,
        target=policy.in_transit,
        rule=None,
        amount=rest,
        label=f"payout {payout.external_id}",
        own=payout.at_bank if conversion else None,
    )


def _line(share: Share, target: Target, rule: Rule | None, *, stated_rates: bool) -> PayoutLine:
    row = share.row
    tx = row.transaction
    is_matched = share.role is LineRole.CLEARING and row.status is MatchStatus.MATCHED
    return PayoutLine(
        role=share.role,
        target=target,
        rule=rule,
        amount=share.amount,
        label=_label(share),
        transaction_ids=(tx.external_id,),
        payment_id=row.payment.id if row.payment and is_matched else None,
        accrual_id=share.accrual.item if share.accrual else None,
        own=_in_ledger(row) if is_matched else None,
        by_day=(Part(tx.at.date(), share.amount, tx.exchange_rate if stated_rates else None),),
    )


def _label(share: Share) -> str:
    described = _describe(share.row.transaction)
    if share.row.transaction.kind is TransactionKind.PAYOUT:
        return f"returned {described}"
    return f"fee of {described}, booked in a summary" if share.accrual else described


def _of_original(line: PayoutLine, original: Returned, currency: str) -> PayoutLine:
    """A payout that came back leaves transit in the currency, and with the value, that it is there in."""
    there = original.in_transit
    own = None if there.currency == currency else Money(-there.amount, there.currency)
    return replace(line, returned_id=original.payout_id, own=own)


def _in_ledger(row: MatchedRow) -> Money | None:
    """What leaves clearing, where that is not what the processor put on its balance."""
    tx, payment = row.transaction, row.payment
    if payment is None or (payment.amount, payment.currency) == (tx.gross, tx.currency):
        return None
    return Money(-payment.amount, payment.currency)


def _check_balance(payout: Payout, lines: tuple[PayoutLine, ...]) -> None:
    rest = total([line.amount for line in lines])
    if rest != ZERO:
        raise PlanUnbalanced(f"The entry of payout {payout.external_id} is off by {rest} {payout.currency}.")
