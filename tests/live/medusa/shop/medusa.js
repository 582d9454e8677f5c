'use strict';
// node medusa.js DIRECTORY COMMAND…: Medusa's own command line, at work in a directory that has its packages.
const path = require('path');

const [directory] = process.argv.splice(2, 1);
process.chdir(directory);
require(path.join(directory, 'node_modules', '@medusajs', 'cli', 'cli.js'));
