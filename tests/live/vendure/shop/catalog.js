'use strict';
// What the store sells, where, at which tax rates: the input of Vendure's own populate().
const path = require('path');

const country = (code, name, zone) => ({ code, name, zone });
const paidBy = (name, code) => ({ name, handler: { code, arguments: [] } });

const initialData = {
  defaultLanguage: 'en',
  defaultZone: 'Europe',
  countries: [
    country('FR', 'France', 'Europe'), country('DE', 'Germany', 'Europe'), country('US', 'United States', 'Americas'),
  ],
  taxRates: [
    { name: 'Standard Tax', percentage: 20 },
    { name: 'Reduced Tax', percentage: 5.5 },
    { name: 'Zero Tax', percentage: 0 },
  ],
  shippingMethods: [
    { name: 'Standard Shipping', price: 500, taxRate: 20 },
    { name: 'Express Shipping', price: 1290, taxRate: 20 },
    // The rate of shipping belongs to the method, not to the address: untaxed exports need a method of their own.
    { name: 'Export Shipping', price: 2990, taxRate: 0 },
  ],
  paymentMethods: [
    paidBy('Card', 'card'), paidBy('Card authorize', 'card-authorize'), paidBy('Manual', 'manual'), paidBy('Gift card', 'gift-card'),
  ],
  roles: [],
  collections: [],
};

module.exports = { initialData, productsFile: path.join(__dirname, 'products.csv') };
