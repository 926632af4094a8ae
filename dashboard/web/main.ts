/**
 * The web app's entry: wires the browser's parts (fetch, socket, storage, address) to the desk and puts it on the page.
 * It decides nothing itself.
 */
import { io } from 'socket.io-client';
import { mount } from 'svelte';
import { systemClock } from '../../contract/clock.ts';
import App from './App.svelte';
import { Api } from './core/api.ts';
import type { LiveSocket } from './core/feed.ts';
import { Address } from './skin/address.svelte.ts';
import { Desk } from './skin/desk.svelte.ts';
import { Reminders } from './skin/reminders.svelte.ts';
import { Theme } from './skin/theme.svelte.ts';
import { ticketOf } from './skin/ticket.ts';
import { Tongue } from './skin/tongue.svelte.ts';
import { tellWhole } from './skin/whole.ts';
import './styles/tokens.css';
import './styles/base.css';

const desk = new Desk({
  api: new Api(window.fetch.bind(window)),
  clock: systemClock,
  tongue: new Tongue(window.localStorage, window.navigator.languages),
  theme: new Theme(window.localStorage, window),
  address: new Address(window),
  ticket: ticketOf(window),
  reminders: new Reminders(window.localStorage, window),
  socket: (): LiveSocket =>
    io('/live', {
      transports: ['websocket'],
      autoConnect: false,
      reconnectionDelay: 300,
      reconnectionDelayMax: 3000,
      timeout: 5000,
    }),
});

const target = document.querySelector('#app');
if (target) mount(App, { target, props: { desk } });
tellWhole(document);
void desk.begin();
