'use strict';
// The two APIs of the store as the seed uses them: an administrator and a shopper.
const { CREDENTIALS } = require('./config');

const ERROR = '... on ErrorResult { errorCode message }';

async function post(url, query, variables, headers) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ query, variables }),
  });
  const { data, errors } = await answer.json();
  if (errors) throw new Error(`${errors[0].message}\n${query}\n${JSON.stringify(variables)}`);
  return { data, token: answer.headers.get('vendure-auth-token') };
}

/** The only field of an answer. Vendure reports a refused action as a result of type ErrorResult. */
function resultOf(data) {
  const [result] = Object.values(data);
  if (result && result.errorCode) throw new Error(`${result.errorCode}: ${JSON.stringify(result)}`);
  return result;
}

class Admin {
  constructor(base) { this.url = `${base}/admin-api`; }

  async login() {
    const query = `mutation($u: String!, $p: String!) { login(username: $u, password: $p) { __typename ${ERROR} } }`;
    const variables = { u: CREDENTIALS.identifier, p: CREDENTIALS.password };
    this.token = (await post(this.url, query, variables)).token;
    return this;
  }

  async query(query, variables) {
    return (await post(this.url, query, variables, { authorization: `Bearer ${this.token}` })).data;
  }

  /** Run `name(input: …)`, the form of nearly every mutation of Vendure. */
  async input(name, type, input, fields = '__typename') {
    return resultOf(await this.query(`mutation($input: ${type}!) { ${name}(input: $input) { ${fields} } }`, { input }));
  }

  /** The same for a mutation whose result may be a refusal; `fields` is a fragment. */
  async attempt(name, type, input, fields = '') {
    return this.input(name, type, input, `__typename ${ERROR} ${fields}`);
  }
}

class Shopper {
  constructor(base, { currency, channel } = {}) {
    this.url = `${base}/shop-api${currency ? `?currencyCode=${currency}` : ''}`;
    this.headers = channel ? { 'vendure-token': channel } : {};
  }

  async run(query, variables) {
    const { data, token } = await post(this.url, query, variables, this.headers);
    if (token) this.headers.authorization = `Bearer ${token}`;
    return resultOf(data);
  }

  async place({ lines, person, coupons = [], shipping = '1', country = 'FR', company }) {
    for (const [productVariantId, quantity] of lines) {
      await this.run(`mutation($v: ID!, $n: Int!) { addItemToOrder(productVariantId: $v, quantity: $n) { __typename ${ERROR} } }`,
        { v: productVariantId, n: quantity });
    }
    await this.identify(person, country, company);
    for (const code of coupons) {
      await this.run(`mutation($c: String!) { applyCouponCode(couponCode: $c) { __typename ${ERROR} } }`, { c: code });
    }
    await this.run(`mutation($s: [ID!]!) { setOrderShippingMethod(shippingMethodId: $s) { __typename ${ERROR} } }`, { s: [shipping] });
    return this.run(`mutation { transitionOrderToState(state: "ArrangingPayment") {
      __typename ${ERROR} ... on Order { id code totalWithTax } } }`);
  }

  async identify(person, country, company) {
    const [firstName, lastName] = person.split(' ');
    const emailAddress = `${firstName}.${lastName}@example.com`.toLowerCase();
    await this.run(`mutation($i: CreateCustomerInput!) { setCustomerForOrder(input: $i) { __typename ${ERROR} } }`,
      { i: { firstName, lastName, emailAddress } });
    const address = { fullName: person, company, countryCode: country, ...ADDRESSES[country] };
    await this.run(`mutation($i: CreateAddressInput!) {
      shipping: setOrderShippingAddress(input: $i) { __typename ${ERROR} }
      billing: setOrderBillingAddress(input: $i) { __typename ${ERROR} } }`, { i: address });
  }

  /** Pay what is open. A decline is an answer, not a failure: the shopper tries again. */
  async pay(method, metadata = {}) {
    const { data } = await post(this.url, `mutation($i: PaymentInput!) { addPaymentToOrder(input: $i) {
      __typename ${ERROR} ... on Order { id state } } }`, { i: { method, metadata } }, this.headers);
    const result = data.addPaymentToOrder;
    if (result.errorCode && result.errorCode !== 'PAYMENT_DECLINED_ERROR') resultOf(data);
    return result;
  }
}

const ADDRESSES = {
  FR: { streetLine1: '1 rue de la Paix', city: 'Paris', postalCode: '75002' },
  DE: { streetLine1: 'Unter den Linden 6', city: 'Berlin', postalCode: '10117' },
  US: { streetLine1: '350 Fifth Avenue', city: 'New York', postalCode: '10118', province: 'NY' },
};

module.exports = { Admin, Shopper, ERROR };
