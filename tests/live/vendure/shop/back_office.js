'use strict';
// What the merchant's staff does to an order after it was placed.

const ORDER = `id code state totalWithTax
  lines { id quantity productVariant { sku } } payments { id state amount method } `;
const SHIPPED_BY = [{ name: 'method', value: 'Parcel' }];

class BackOffice {
  constructor(admin) { this.admin = admin; }

  async order(id) {
    return (await this.admin.query(`query($id: ID!) { order(id: $id) { ${ORDER} } }`, { id })).order;
  }

  /** Give back an amount of a payment. */
  refund(payment, amount, reason, lines = []) {
    // `lines` and the two zeros are deprecated, but their database columns still refuse null.
    return this.admin.attempt('refundOrder', 'RefundOrderInput',
      { paymentId: payment.id, amount, reason, lines, shipping: 0, adjustment: 0 }, '... on Refund { id state total }');
  }

  settleRefund(id, transactionId) {
    return this.admin.attempt('settleRefund', 'SettleRefundInput', { id, transactionId });
  }

  /** Cancel the whole order, or `lines` of it; the result has the new total. */
  cancel(orderId, reason, options = { cancelShipping: true }) {
    return this.admin.attempt('cancelOrder', 'CancelOrderInput', { orderId, reason, ...options }, '... on Order { id state totalWithTax }');
  }

  async capture(paymentId) {
    const { settlePayment } = await this.admin.query(
      'mutation($id: ID!) { settlePayment(id: $id) { ... on ErrorResult { message } ... on Payment { state } } }', { id: paymentId });
    if (settlePayment.state !== 'Settled') throw new Error(`payment ${paymentId} not captured: ${settlePayment.message}`);
  }

  async moveOrder(id, state) {
    const { transitionOrderToState: result } = await this.admin.query(`mutation($id: ID!, $state: String!) {
      transitionOrderToState(id: $id, state: $state) { ... on Order { id } ... on OrderStateTransitionError { transitionError } } }`,
    { id, state });
    if (result.transitionError) throw new Error(`order ${id} not moved to ${state}: ${result.transitionError}`);
  }

  modify(input) {
    return this.admin.attempt('modifyOrder', 'ModifyOrderInput', { dryRun: false, ...input }, '... on Order { id totalWithTax }');
  }

  payByHand(orderId, method, transactionId) {
    return this.admin.attempt('addManualPaymentToOrder', 'ManualPaymentInput', { orderId, method, transactionId, metadata: {} });
  }

  /** Ship `lines`; `delivered` goes one step further. */
  async ship(lines, trackingCode, delivered = false) {
    const handler = { code: 'manual-fulfillment', arguments: [...SHIPPED_BY, { name: 'trackingCode', value: trackingCode }] };
    const { id } = await this.admin.attempt('addFulfillmentToOrder', 'FulfillOrderInput', { lines, handler }, '... on Fulfillment { id }');
    for (const state of delivered ? ['Shipped', 'Delivered'] : ['Shipped']) {
      await this.admin.query(`mutation($id: ID!, $state: String!) { transitionFulfillmentToState(id: $id, state: $state) { __typename } }`,
        { id, state });
    }
  }
}

/** The line of a SKU. Lines come in no guaranteed order: SQLite dates them to the second. */
function lineOf(order, sku, quantity) {
  const line = order.lines.find(candidate => candidate.productVariant.sku === sku);
  return { orderLineId: line.id, quantity };
}

module.exports = { BackOffice, lineOf };
