// SPDX-License-Identifier: Apache-2.0

// A Node program that knows what it waits for; arguments and output as of truth.go.
'use strict';
const net = require('net');

const now = () => Number(process.hrtime.bigint()) * 1e-9;
let inbound = 0, blocked = 0, told = 0;

function tell() {
  if (now() - told < 0.1) return;
  told = now();
  process.stdout.write(`truth ${inbound.toFixed(6)} ${blocked.toFixed(6)}\n`);
}

function burnNode(seconds) {
  for (const begin = now(); now() - begin < seconds;) {
  }
}

function connect(then) {
  const service = net.connect(Number(process.argv[3]), '127.0.0.1', () => then(service));
  service.setNoDelay(true);
}

/** Asks the service once; `then` runs with its answer. */
function ask(service, then) {
  const begin = now();
  service.once('data', () => {
    blocked += now() - begin;
    then();
  });
  service.write('x');
}

function listen(onClient) {
  const server = net.createServer(onClient);
  server.listen(0, '127.0.0.1', () => process.stdout.write(`port ${server.address().port}\n`));
}

const modes = {
  ask: () => connect((service) => {
    const turn = () => {
      burnNode(0.002);
      ask(service, () => {
        tell();
        turn();
      });
    };
    turn();
  }),
  serve: () => connect((service) => listen((client) => {
    client.setNoDelay(true);
    client.on('data', () => {
      const begin = now();
      burnNode(0.002);
      ask(service, () => {
        client.write('x');
        inbound += now() - begin;
        tell();
      });
    });
  })),
  quiet: () => listen(() => {}),
  spin: () => {
    while (true) burnNode(0.1);
  },
};
modes[process.argv[2]]();
