'use strict';
// Nothing but the server: no dashboard, no Redis; events, cache and workflows in memory.
const { defineConfig } = require('@medusajs/framework/utils');

module.exports = defineConfig({
  projectConfig: {
    databaseUrl: process.env.DATABASE_URL,
    // Both places are read, by different parts of Medusa. Without them it asks a local socket for TLS, and waits.
    databaseDriverOptions: { ssl: false, connection: { ssl: false } },
    http: { storeCors: '*', adminCors: '*', authCors: '*', jwtSecret: 'local', cookieSecret: 'local' },
  },
  admin: { disable: true },
  plugins: [{ resolve: '@medusajs/loyalty-plugin', options: {} }],
});
