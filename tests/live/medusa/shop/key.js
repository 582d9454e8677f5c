'use strict';
// node key.js KEY: lets a secret API key in. Through the API, somebody who is in already would have to make it.
const { randomBytes, scryptSync } = require('crypto');
const { knex } = require('@medusajs/deps/mikro-orm/postgresql');

const token = process.argv[2];
const salt = randomBytes(16).toString('hex');
const database = knex({ client: 'pg', connection: { connectionString: process.env.DATABASE_URL, ssl: false } });

database('api_key')
  .insert({
    id: 'apk_connector', title: 'Connector', type: 'secret', created_by: 'tests', salt,
    token: scryptSync(token, salt, 64).toString('hex'),
    // Medusa looks for a key among those that are shown like it.
    redacted: `${token.slice(0, 6)}***${token.slice(-3)}`,
  })
  .then(() => database.destroy())
  .catch(error => { console.error(error); process.exit(1); });
