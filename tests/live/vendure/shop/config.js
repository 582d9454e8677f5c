'use strict';
// A Vendure server in one process: no worker, no message queue, the database in one file.
const fs = require('fs');
const path = require('path');
const {
  AddressBasedTaxZoneStrategy, DefaultLogger, LogLevel, Order, TransactionalConnection,
} = require('@vendure/core');
const { handlers } = require('./payments');

const CREDENTIALS = { identifier: 'superadmin', password: 'live-store' };

/** Order codes in sequence. Vendure's own are random; here a test must find "the third order" on every machine. */
class SequentialOrderCodes {
  init(injector) { this.connection = injector.get(TransactionalConnection); }
  async generate(ctx) {
    return `V${1001 + await this.connection.getRepository(ctx, Order).count()}`;
  }
}

/** Replace the file in one step: the process may be killed while it writes. */
function replaceFile(file, bytes) {
  fs.writeFileSync(`${file}.new`, bytes);
  fs.renameSync(`${file}.new`, file);
}

/**
 * @param file the SQLite file, read at start when it exists
 * @param seeding builds the schema and writes nothing to disk: saving after each of the seed's
 *   thousands of statements would triple its time, so the seed saves once, at its end
 */
function database(file, seeding) {
  const bytes = !seeding && fs.existsSync(file) ? new Uint8Array(fs.readFileSync(file)) : new Uint8Array();
  return {
    type: 'sqljs', database: bytes, logging: false, synchronize: bytes.length === 0,
    autoSave: !seeding, autoSaveCallback: content => replaceFile(file, content),
  };
}

function config({ port, file, seeding }) {
  return {
    apiOptions: {
      hostname: '127.0.0.1', port, adminApiPath: 'admin-api', shopApiPath: 'shop-api', introspection: true, cors: false,
    },
    authOptions: {
      tokenMethod: ['bearer', 'api-key'], requireVerification: false, superadminCredentials: CREDENTIALS,
      cookieOptions: { secret: 'a store on the loopback interface only' },
    },
    logger: new DefaultLogger({ level: LogLevel.Warn, timestamp: false }),
    dbConnectionOptions: database(file, seeding),
    importExportOptions: { importAssetsDir: path.join(__dirname, 'assets') },
    orderOptions: { orderCodeStrategy: new SequentialOrderCodes() },
    paymentOptions: { paymentMethodHandlers: handlers },
    // An order is taxed where it is delivered: without this, an export is taxed like a sale at home.
    taxOptions: { taxZoneStrategy: new AddressBasedTaxZoneStrategy() },
  };
}

module.exports = { config, CREDENTIALS, replaceFile };
