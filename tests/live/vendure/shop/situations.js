'use strict';
// The orders of the store: one per situation that the books must get right. Amounts are minor units.
const { Shopper } = require('./client');
const { BackOffice, lineOf } = require('./back_office');
const { GROSS_CHANNEL } = require('./settings');

/** The tools of a situation: place an order, pay it, work on it. */
class Desk {
  constructor(base, admin, variantIds) {
    this.base = base;
    this.staff = new BackOffice(admin);
    this.variantIds = variantIds;
  }

  /** Place an order of `{SKU: quantity}` and leave it unpaid; `.pay` is the shopper's. */
  async placed(person, cart, { currency, channel, ...options } = {}) {
    const shopper = new Shopper(this.base, { currency, channel });
    const lines = Object.entries(cart).map(([sku, quantity]) => [this.variantIds[sku], quantity]);
    const order = await shopper.place({ lines, person, ...options });
    return { ...order, pay: (method, metadata) => shopper.pay(method, metadata) };
  }

  async paid(method, person, cart, options) {
    const order = await this.placed(person, cart, options);
    await order.pay(method);
    return this.staff.order(order.id);
  }
}

const surcharge = (description, price, taxRate) => ({
  description, sku: description.toUpperCase().replace(' ', '-'), price, priceIncludesTax: false, taxRate, taxDescription: `Tax ${taxRate} %`,
});

const SITUATIONS = {
  'multi-tax': desk => desk.paid('card', 'Ada Lovelace',
    { ESPRESSO: 1, HANDBOOK: 3, SAMPLE: 2, FILTER: 7 }, { company: 'Analytical SARL' }),

  'order-coupon': desk => desk.paid('card', 'Blaise Pascal', { ESPRESSO: 1, ATLAS: 3, SAMPLE: 1 }, { coupons: ['ORDER10'] }),

  'line-discount': desk => desk.paid('card', 'Carl Gauss', { 'APRON-S': 3, HANDBOOK: 1 }, { coupons: ['APRON25', 'MINUS7'] }),

  'free-shipping': desk => desk.paid('card', 'Dorothy Hodgkin', { HANDBOOK: 2 }, { coupons: ['FREESHIP', 'LINE3'], shipping: '2' }),

  async surcharges(desk) {
    const { staff } = desk;
    const order = await desk.paid('card', 'Emmy Noether', { FILTER: 2 });
    await staff.moveOrder(order.id, 'Modifying');
    await staff.modify({ orderId: order.id, surcharges: [surcharge('Gift wrap', 400, 20), surcharge('Goodwill', -100, 0)] });
    await staff.moveOrder(order.id, 'ArrangingAdditionalPayment');
    await staff.payByHand(order.id, 'bank-transfer', 'WIRE-1');
    await staff.moveOrder(order.id, 'PaymentSettled');
    return order;
  },

  async 'partial-refunds'(desk) {
    const order = await desk.paid('card', 'Felix Klein', { 'APRON-L': 2, HANDBOOK: 1 });
    await desk.staff.refund(order.payments[0], 1234, 'damaged');
    await desk.staff.refund(order.payments[0], 100, 'goodwill');
    return order;
  },

  async 'cancelled-refunded'(desk) {
    const order = await desk.paid('manual', 'Grace Hopper', { ATLAS: 2 });
    await desk.staff.cancel(order.id, 'customer changed her mind');
    const refund = await desk.staff.refund(order.payments[0], order.payments[0].amount, 'cancelled');
    await desk.staff.settleRefund(refund.id, 'WIRE-BACK-1');
    return order;
  },

  async 'refund-pending'(desk) {
    const order = await desk.paid('manual', 'Henri Poincare', { FILTER: 5, HANDBOOK: 2 }, { coupons: ['ORDER10'] });
    const lines = [lineOf(order, 'FILTER', 2)];
    const { totalWithTax } = await desk.staff.cancel(order.id, 'out of stock', { lines });
    await desk.staff.refund(order.payments[0], order.totalWithTax - totalWithTax, 'out of stock', lines);
    return order;
  },

  'authorized-only': desk => desk.paid('card-authorize', 'Ida Rhodes', { HANDBOOK: 1 }),

  async 'declined-then-captured'(desk) {
    const order = await desk.placed('Joan Clarke', { HANDBOOK: 1 });
    await order.pay('card', { decline: true });
    await order.pay('card-authorize');
    const { payments } = await desk.staff.order(order.id);
    await desk.staff.capture(payments.find(payment => payment.state === 'Authorized').id);
    return order;
  },

  async 'gift-card-and-card'(desk) {
    const order = await desk.placed('Kurt Godel', { 'APRON-S': 4 });
    await order.pay('gift-card', { balance: 3000, code: 'GC-0001' });
    await order.pay('card');
    return order;
  },

  async 'partially-paid'(desk) {
    const order = await desk.placed('Lise Meitner', { 'APRON-S': 4 });
    await order.pay('gift-card', { balance: 3000, code: 'GC-0002' });
    return order;
  },

  async 'two-fulfillments'(desk) {
    const order = await desk.paid('card', 'Maria Mayer', { ESPRESSO: 3, FILTER: 3 });
    await desk.staff.ship([lineOf(order, 'ESPRESSO', 2)], 'TRACK-1', true);
    await desk.staff.ship([lineOf(order, 'ESPRESSO', 1), lineOf(order, 'FILTER', 3)], 'TRACK-2');
    return order;
  },

  dollars: desk => desk.paid('card', 'Niels Bohr', { ESPRESSO: 1, HANDBOOK: 1 }, { currency: 'USD', country: 'DE' }),

  'export-untaxed': desk => desk.paid('card', 'Oliver Heaviside',
    { ESPRESSO: 1, HANDBOOK: 1 }, { currency: 'USD', country: 'US', shipping: '3' }),

  'tax-included': desk => desk.paid('card', 'Paul Dirac',
    { 'APRON-L': 3, ATLAS: 3, SAMPLE: 1 }, { channel: GROSS_CHANNEL.token }),

  async 'cancelled-before-capture'(desk) {
    const order = await desk.paid('card-authorize', 'Rosalind Franklin', { HANDBOOK: 1 });
    await desk.staff.cancel(order.id, 'suspected fraud');
    return order;
  },

  async 'changed-downwards'(desk) {
    const order = await desk.paid('card', 'Sofia Kovalevskaya', { 'APRON-S': 3, GIFT50: 1 });
    const change = { orderId: order.id, adjustOrderLines: [lineOf(order, 'APRON-S', 1)] };
    await desk.staff.moveOrder(order.id, 'Modifying');
    const { totalWithTax } = await desk.staff.modify({ ...change, dryRun: true });
    const amount = order.totalWithTax - totalWithTax;
    await desk.staff.modify({ ...change, refunds: [{ paymentId: order.payments[0].id, reason: 'two too many', amount }] });
    await desk.staff.moveOrder(order.id, 'PaymentSettled');
    return order;
  },
};

/** Place every order, one after the other; returns order codes by situation. */
async function placeAll(base, admin, variantIds) {
  const desk = new Desk(base, admin, variantIds);
  const codes = {};
  for (const [name, situation] of Object.entries(SITUATIONS)) {
    codes[name] = (await situation(desk)).code;
  }
  return codes;
}

module.exports = { placeAll };
