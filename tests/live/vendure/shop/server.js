'use strict';
// node server.js --port N --data DIRECTORY [--seed]
// Serves DIRECTORY/store.sqlite. With --seed the store is built first, in memory: then the directory gets
// store.sqlite, its copy seeded.sqlite for a reset, and seeded.json (order codes by situation, the API key).
const path = require('path');
const { parseArgs } = require('util');
const { bootstrap, TransactionalConnection } = require('@vendure/core');
const { populate } = require('@vendure/core/cli');
const { initialData, productsFile } = require('./catalog');
const { Admin } = require('./client');
const { config, replaceFile } = require('./config');
const { setUp } = require('./settings');
const { placeAll } = require('./situations');

const { values } = parseArgs({ options: { port: { type: 'string' }, data: { type: 'string' }, seed: { type: 'boolean' } } });
const inData = name => path.join(values.data, name);

async function seed(app) {
  const base = `http://127.0.0.1:${values.port}`;
  const admin = await new Admin(base).login();
  const { variantIds, apiKey } = await setUp(admin);
  const orders = await placeAll(base, admin, variantIds);
  const { driver } = app.get(TransactionalConnection).rawConnection;
  const content = driver.export();
  replaceFile(inData('store.sqlite'), content);
  replaceFile(inData('seeded.sqlite'), content);
  replaceFile(inData('seeded.json'), `${JSON.stringify({ apiKey, orders }, null, 2)}\n`);
  driver.options.autoSave = true;
}

async function main() {
  const settings = config({ port: Number(values.port), file: inData('store.sqlite'), seeding: values.seed });
  const start = () => bootstrap(settings);
  if (!values.seed) return start();
  return seed(await populate(start, initialData, productsFile));
}

main().catch(error => { console.error(error); process.exit(1); });
