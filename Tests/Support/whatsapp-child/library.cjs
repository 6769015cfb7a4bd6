'use strict';
// Stands in for whatsapp-web.js: the events and methods that the adapter uses, without a browser or WhatsApp.
const { EventEmitter } = require('node:events');

class LocalAuth {
  constructor({ dataPath }) { this.dataPath = dataPath; }
}

function message(id, more) {
  return {
    id: { _serialized: id }, from: '1203630@g.us', to: 'me@c.us', author: '2348030001122@c.us', type: 'chat',
    timestamp: 1781080200, body: `text of ${id}`, fromMe: false, hasQuotedMsg: false, isStatus: false,
    _data: { notifyName: 'Amara' }, ...more,
  };
}

class Client extends EventEmitter {
  constructor(options) {
    super();
    if (!(options.authStrategy instanceof LocalAuth)) throw new Error('no LocalAuth');
  }

  async initialize() {
    this.emit('qr', '2@code');
    this.emit('authenticated');
    this.emit('ready');
    this.emit('message_create', message('typed', { body: 'hello' }));
    this.emit('message_create', message('picture', { type: 'image', body: '' }));
    this.emit('message_create', message('status', { isStatus: true }));
    this.emit('message_create', message('notice', { type: 'gp2' }));
    this.emit('message_create', message('own', { fromMe: true, from: 'me@c.us', to: '1203630@g.us' }));
    this.emit('message_create', message('reply', {
      hasQuotedMsg: true,
      getQuotedMessage: async () => ({ id: { _serialized: 'quoted' }, body: 'Order QWE-20260610-001' }),
    }));
  }

  async getChats() {
    return [
      { unreadCount: 0, fetchMessages: async () => { throw new Error('not asked for'); } },
      { unreadCount: 2, fetchMessages: async ({ limit }) => [message('unread-1'), message('unread-2')].slice(0, limit) },
    ];
  }

  async getState() { return 'CONNECTED'; }

  async isRegisteredUser(user) { return user !== '1@c.us'; }

  async sendMessage(to, text, options) {
    if (text === 'fail') throw new Error('page closed');
    const id = `sent-${to}-${options.quotedMessageId}`;
    setTimeout(() => this.emit('message_ack', { id: { _serialized: id }, fromMe: true }, 2), 10);
    return { id: { _serialized: id } };
  }

  async logout() { this.emit('disconnected', 'LOGOUT'); }

  async destroy() {}
}

module.exports = { Client, LocalAuth };
