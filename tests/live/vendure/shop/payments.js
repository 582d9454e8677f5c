'use strict';
// How the store is paid. Each handler is one behavior the connector has to book, nothing more.
const { LanguageCode, Payment, PaymentMethodHandler, Refund, TransactionalConnection } = require('@vendure/core');
const { Like } = require('typeorm');

let connection;
const init = injector => { connection = injector.get(TransactionalConnection); };
const text = value => [{ languageCode: LanguageCode.en, value }];

// What a card processor keeps: 1.4 % and 0.25 of each charge.
const processorFee = amount => Math.round(amount * 0.014) + 25;

/** Number the second and later charges of an order, so that a charge id is unique as with a real processor. */
async function chargeId(ctx, order) {
  const earlier = await connection.getRepository(ctx, Payment)
    .count({ where: { order: { id: order.id }, transactionId: Like('ch_%') } });
  return `ch_${order.code}${earlier ? `_${earlier + 1}` : ''}`;
}

/** Number the refunds of a payment: two equal refunds must not share an id. */
async function refundId(ctx, order, payment) {
  const earlier = await connection.getRepository(ctx, Refund).count({ where: { paymentId: payment.id } });
  return `re_${order.code}_${payment.id}_${earlier + 1}`;
}

const settleRefundAtOnce = async (ctx, input, amount, order, payment) => ({
  state: 'Settled', transactionId: await refundId(ctx, order, payment),
});

/** A card charged at once. The fee is kept where real plug-ins keep the processor's answer. */
const card = new PaymentMethodHandler({
  code: 'card', description: text('Card, charged at once'), args: {}, init,
  async createPayment(ctx, order, amount, args, metadata) {
    if (metadata.decline) {
      return { amount, state: 'Declined', errorMessage: 'Your card was declined.', metadata: { code: 'card_declined' } };
    }
    const kept = { brand: 'visa', last4: '4242', fee: processorFee(amount) };
    return { amount, state: 'Settled', transactionId: await chargeId(ctx, order), metadata: kept };
  },
  settlePayment: async () => ({ success: true }),
  createRefund: settleRefundAtOnce,
});

/** A card only authorized: no money has moved until somebody captures it. */
const cardAuthorize = new PaymentMethodHandler({
  code: 'card-authorize', description: text('Card, authorized only'), args: {}, init,
  createPayment: async (ctx, order, amount) => ({
    amount, state: 'Authorized', transactionId: await chargeId(ctx, order), metadata: { brand: 'visa', last4: '4242' },
  }),
  settlePayment: async (ctx, order, payment) => ({ success: true, metadata: { fee: processorFee(payment.amount) } }),
  cancelPayment: async () => ({ success: true }),
  createRefund: settleRefundAtOnce,
});

/** Paid outside the store. No createRefund: its refunds stay Pending until somebody settles them. */
const manual = new PaymentMethodHandler({
  code: 'manual', description: text('Bank transfer, entered by hand'), args: {},
  createPayment: async (ctx, order, amount) => ({ amount, state: 'Settled', transactionId: `wire_${order.code}` }),
  settlePayment: async () => ({ success: true }),
});

/** Pays what the card holds (metadata.balance, minor units) and leaves the rest to another payment. */
const giftCard = new PaymentMethodHandler({
  code: 'gift-card', description: text('Gift card'), args: {}, init,
  createPayment: async (ctx, order, amount, args, { balance, code }) => ({
    amount: Math.min(amount, balance), state: 'Settled', transactionId: `gc_${code}`, metadata: { public: { code } },
  }),
  settlePayment: async () => ({ success: true }),
  createRefund: settleRefundAtOnce,
});

module.exports = { handlers: [card, cardAuthorize, manual, giftCard] };
