// An app in Node: reports through `noviSupervisor notify`, because Node has no Unix datagrams of its own.
'use strict';

const { execFile } = require('node:child_process');

// Tells the supervisor something; does nothing without one. The supervisor's own folder is in our PATH, and the
// command inherits NOTIFY_SOCKET from us.
function notify(...options) {
  if (!process.env.NOTIFY_SOCKET) return;
  execFile('noviSupervisor', ['notify', ...options], (error) => {
    if (error) console.error(`cannot notify the supervisor: ${error.message}`);
  });
}

console.log(`${process.env.NOVI_PROCESS || 'node-example'} started as pid ${process.pid}`);

let count = 0;
const timer = setInterval(() => {
  count += 1;
  console.log(`line ${count}`);
}, 1000);

function end() {
  clearInterval(timer);
  console.log('ended in order');
}

process.on('SIGTERM', end);
process.on('SIGINT', end);

notify('--ready', '--status', 'counting');
