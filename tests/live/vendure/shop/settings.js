'use strict';
// Channels, prices, promotions and the connector's key: what a merchant sets up before the first sale.

const GROSS_CHANNEL = { code: 'tax-included', token: 'tax-included' };
const DOLLARS_PER_EURO = 1.1;

// The least a connector needs to read orders, payments and refunds. README.md says how this was found.
const CONNECTOR_PERMISSIONS = ['ReadOrder'];

const args = values => Object.entries(values).map(([name, value]) => ({ name, value: String(value) }));

async function setUpDefaultChannel(admin) {
  await admin.attempt('updateChannel', 'UpdateChannelInput', {
    id: 1, defaultCurrencyCode: 'EUR', availableCurrencyCodes: ['EUR', 'USD'], pricesIncludeTax: false,
  });
}

/** Give each variant its price in dollars; the import sets euros only. Returns variant ids by SKU. */
async function priceInDollars(admin) {
  const { productVariants: { items } } = await admin.query('{ productVariants { items { id sku price productId } } }');
  const input = items.map(({ id, price }) => ({
    id, prices: [{ currencyCode: 'EUR', price }, { currencyCode: 'USD', price: Math.round(price * DOLLARS_PER_EURO) }],
  }));
  await admin.input('updateProductVariants', '[UpdateProductVariantInput!]', input);
  return items;
}

/** An export is taxed at 0 %, whatever the category. */
async function exemptExports(admin) {
  const { taxRates: { items } } = await admin.query('{ taxRates { items { id zone { name } } } }');
  for (const { id } of items.filter(rate => rate.zone.name === 'Americas')) {
    await admin.input('updateTaxRate', 'UpdateTaxRateInput', { id, value: 0 });
  }
}

async function addTaxIncludedChannel(admin, variants) {
  const { id } = await admin.attempt('createChannel', 'CreateChannelInput', {
    ...GROSS_CHANNEL, pricesIncludeTax: true, defaultLanguageCode: 'en', availableLanguageCodes: ['en'],
    defaultCurrencyCode: 'EUR', availableCurrencyCodes: ['EUR'], defaultTaxZoneId: 1, defaultShippingZoneId: 1,
  }, '... on Channel { id }');
  const productIds = [...new Set(variants.map(variant => variant.productId))];
  await admin.input('assignProductsToChannel', 'AssignProductsToChannelInput', { channelId: id, productIds, priceFactor: 1 }, 'id');
  await admin.input('assignShippingMethodsToChannel', 'AssignShippingMethodsToChannelInput',
    { channelId: id, shippingMethodIds: ['1', '2'] }, 'id');
  await admin.input('assignPaymentMethodsToChannel', 'AssignPaymentMethodsToChannelInput',
    { channelId: id, paymentMethodIds: ['1', '2', '3', '4'] }, 'id');
}

async function addPromotions(admin, variantIds) {
  const aprons = JSON.stringify([variantIds['APRON-S'], variantIds['APRON-L']]);
  const promotions = [
    ['10 % off the order', 'ORDER10', 'order_percentage_discount', { discount: 10 }],
    ['7 off the order', 'MINUS7', 'order_fixed_discount', { discount: 700 }],
    ['Aprons 25 % off', 'APRON25', 'products_percentage_discount', { discount: 25, productVariantIds: aprons }],
    ['Free shipping', 'FREESHIP', 'free_shipping', {}],
    ['3 off each line', 'LINE3', 'order_line_fixed_discount', { discount: 300 }],
  ];
  for (const [name, couponCode, action, values] of promotions) {
    await admin.attempt('createPromotion', 'CreatePromotionInput', {
      enabled: true, couponCode, conditions: [], actions: [{ code: action, arguments: args(values) }],
      translations: [{ languageCode: 'en', name, description: name }],
    });
  }
}

/** A role that may only read orders, and a key of that role: what a merchant should give to a connector. */
async function createConnectorKey(admin) {
  const role = await admin.input('createRole', 'CreateRoleInput', {
    code: 'connector', description: 'Reads orders', permissions: CONNECTOR_PERMISSIONS, channelIds: ['1'],
  }, 'id');
  const { apiKey } = await admin.input('createApiKey', 'CreateApiKeyInput', {
    roleIds: [role.id], translations: [{ languageCode: 'en', name: 'Connector' }],
  }, 'apiKey');
  return apiKey;
}

/** Set up the store; returns variant ids by SKU and the connector's key. */
async function setUp(admin) {
  await setUpDefaultChannel(admin);
  const variants = await priceInDollars(admin);
  const variantIds = Object.fromEntries(variants.map(({ sku, id }) => [sku, id]));
  await exemptExports(admin);
  await addTaxIncludedChannel(admin, variants);
  await addPromotions(admin, variantIds);
  return { variantIds, apiKey: await createConnectorKey(admin) };
}

module.exports = { setUp, GROSS_CHANNEL };
