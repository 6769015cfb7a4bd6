// Speaks Novi's child protocol (README.md) for whatsapp-web.js, from the documentation of its public events.
// Lines of JSON on the descriptor NOVI_CHANNEL_FD; everything for people goes to standard error.

import { Socket } from 'node:net';
import process from 'node:process';

const VERSION = 1;
const LINE_BYTES = 256 * 1024;
const MEMORY_MS = 60_000;
/** After a session was accepted, chats have so long to appear; then a new process is better than a half-dead page. */
const SYNC_MS = 120_000;
/** Unread messages of a chat that are told again after a start; what is known already changes nothing. */
const UNREAD = 50;

const channel = new Socket({ fd: Number(process.env.NOVI_CHANNEL_FD ?? 3), readable: true, writable: true });
let client;
let stopping = false;

function tell(type, members = {}) {
  let line = JSON.stringify({ v: VERSION, ...members, type });
  if (Buffer.byteLength(line) >= LINE_BYTES && typeof members.text === 'string') {
    // No order is that long; what is cut is still an order or a question.
    const { quoted_text: _, ...rest } = members;
    line = JSON.stringify({ v: VERSION, ...rest, text: members.text.slice(0, 16_384), type });
  }
  if (Buffer.byteLength(line) < LINE_BYTES) channel.write(line + '\n');
  else console.error(`adapter: a ${type} is too long and was left out`);
}

async function finish(status) {
  if (stopping) return;
  stopping = true;
  // A browser that hangs must not hold us; what is left of the process group is killed by the bridge.
  const limit = setTimeout(() => process.exit(status), 5_000);
  try {
    await client?.destroy();
  } catch (error) {
    console.error('adapter: closing:', error?.message ?? error);
  }
  clearTimeout(limit);
  // What was told last is to arrive.
  channel.end(() => process.exit(status));
  setTimeout(() => process.exit(status), 1_000);
}

/** Kinds in the words of the bridge. */
function kind(type) {
  switch (type) {
    case 'chat': return 'text';
    case 'ptt': return 'audio';
    case 'vcard': case 'multi_vcard': return 'contacts';
    default: return String(type);
  }
}

async function tellMessage(message) {
  // Status posts, notices of groups and calls are no messages of people.
  if (message.isStatus || message.broadcast) return;
  if (['e2e_notification', 'notification', 'notification_template', 'gp2', 'call_log', 'protocol', 'ciphertext',
    'revoked'].includes(message.type)) return;
  const members = {
    external_id: message.id._serialized,
    chat: message.fromMe ? message.to : message.from,
    sender: message.author ?? message.from,
    sender_name: message._data?.notifyName,
    ts: message.timestamp,
    kind: kind(message.type),
    text: message.body || undefined,
    from_me: message.fromMe,
  };
  if (message.hasQuotedMsg) {
    try {
      const quoted = await message.getQuotedMessage();
      members.quoted_id = quoted?.id?._serialized;
      members.quoted_text = quoted?.body?.slice(0, 4_096);
    } catch (error) {
      console.error('adapter: a quoted message cannot be had:', error?.message ?? error);
    }
  }
  tell('message', members);
}

/** What came while nobody listened. */
async function tellUnread() {
  for (const chat of await client.getChats()) {
    if (!chat.unreadCount) continue;
    const messages = await chat.fetchMessages({ limit: Math.min(chat.unreadCount, UNREAD) });
    for (const message of messages) if (!message.fromMe) await tellMessage(message);
  }
}

async function start({ session_dir: sessionDirectory, options = {} }) {
  const { default: library } = await import('whatsapp-web.js');
  let syncLimit;
  client = new library.Client({
    authStrategy: new library.LocalAuth({ dataPath: sessionDirectory }),
    takeoverOnConflict: false,
    puppeteer: {
      headless: true,
      args: ['--disable-dev-shm-usage', '--disable-gpu', '--no-first-run', ...(options.browser_arguments ?? [])],
      executablePath: options.browser,
    },
  });

  client.on('qr', (data) => tell('qr', { data, expires: 20 }));
  client.on('authenticated', () => {
    tell('state', { state: 'authenticated' });
    tell('state', { state: 'syncing' });
    // "ready" sometimes never comes; saying it without it would lose messages.
    clearTimeout(syncLimit);
    syncLimit = setTimeout(() => {
      tell('state', { state: 'disconnected', reason: 'TIMEOUT' });
      finish(1);
    }, SYNC_MS);
  });
  client.on('ready', () => {
    clearTimeout(syncLimit);
    tell('state', { state: 'ready' });
    tellUnread().catch((error) => console.error('adapter: unread messages:', error?.message ?? error));
  });
  client.on('auth_failure', (reason) => {
    tell('state', { state: 'auth_failure', reason: String(reason).slice(0, 200) });
    finish(1);
  });
  client.on('disconnected', (reason) => {
    tell('state', { state: 'disconnected', reason: String(reason) });
    finish(1);
  });
  client.on('message_create', (message) => {
    tellMessage(message).catch((error) => console.error('adapter: a message:', error?.message ?? error));
  });
  client.on('message_ack', (message, level) => {
    if (message.fromMe) tell('ack', { external_id: message.id._serialized, level });
  });
  await client.initialize();
}

async function send({ id, to, text, reply_to: replyTo }) {
  const state = await client?.getState().catch(() => null);
  if (state !== 'CONNECTED') return tell('error', { id, code: 'not_ready', retryable: true });
  if (to.endsWith('@c.us') && !(await client.isRegisteredUser(to))) {
    return tell('error', { id, code: 'not_on_whatsapp', retryable: false });
  }
  let sent;
  try {
    sent = await client.sendMessage(to, text, { quotedMessageId: replyTo ?? undefined, linkPreview: false });
  } catch (error) {
    // From here on it may have gone out.
    console.error('adapter: sending:', error?.message ?? error);
    return tell('error', { id, code: 'unknown', retryable: true });
  }
  tell('sent', { id, external_id: sent.id._serialized });
}

async function obey(command) {
  if (command.v !== VERSION) {
    console.error(`adapter: the bridge speaks version ${command.v}`);
    return finish(1);
  }
  switch (command.type) {
    case 'start': return start(command);
    case 'send': return send(command);
    case 'ping': return tell('pong', { id: command.id });
    case 'logout':
      await client?.logout();
      return tell('state', { state: 'logged_out', reason: 'LOGOUT' });
    case 'stop': return finish(0);
    default: return undefined; // "stored" and what comes later.
  }
}

let rest = '';
let sending = Promise.resolve();
channel.setEncoding('utf8');
channel.on('data', (data) => {
  const lines = (rest + data).split('\n');
  rest = lines.pop();
  for (const line of lines) {
    let command;
    try {
      command = JSON.parse(line);
    } catch {
      console.error('adapter: a line of the bridge is no JSON');
      continue;
    }
    const run = () => obey(command).catch((error) => {
      console.error(`adapter: ${command.type}:`, error?.message ?? error);
      if (command.type === 'start') finish(1);
      if (command.type === 'send') tell('error', { id: command.id, code: 'failed', retryable: true });
    });
    // In the order they were given; a ping is answered in between.
    if (command.type === 'send') sending = sending.then(run);
    else run();
  }
});
// Without a bridge there is nothing to do: two bridges on one number would fight.
channel.on('end', () => finish(0));
channel.on('error', () => finish(1));
process.on('SIGTERM', () => finish(0));
process.on('SIGINT', () => finish(0));
process.on('unhandledRejection', (error) => {
  console.error('adapter:', error);
  finish(1);
});

setInterval(() => {
  const { heapUsed, heapTotal, rss, external } = process.memoryUsage();
  tell('memory', { heapUsed, heapTotal, rss, external });
}, MEMORY_MS).unref();

tell('hello', { name: 'whatsapp-web.js', version: '1.0.0' });
