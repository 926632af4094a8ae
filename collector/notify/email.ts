/**
 * E-mail over SMTP. Comes in: a message. Goes out: one mail to everybody it is for, as text and as plain HTML. It reads no file and fetches nothing, whatever a
 * text says, and takes a mail for delivered once the server has accepted it for somebody.
 */
import { createTransport } from 'nodemailer';
import type { Clock } from '../../contract/clock.ts';
import type { ChannelOf } from '../../contract/duty.ts';
import { escapeHtml } from './harmless.ts';
import { bodyOf, headOf, languagesOf, urlOf, type Message, type Sender, type Sent } from './message.ts';
import { withinMs } from './post.ts';
import { labels } from './texts.ts';

const bodyBytes = 100_000;

export function emailSender(channel: ChannelOf<'email'>, clock: Clock): Sender {
  const { host, port, security, user, password, from } = channel;
  const transport = createTransport({
    host,
    port,
    secure: security === 'tls',
    requireTLS: security === 'starttls',
    ignoreTLS: security === 'none',
    ...(user !== undefined && password !== undefined ? { auth: { user, pass: password } } : {}),
    dnsTimeout: withinMs,
    connectionTimeout: withinMs,
    greetingTimeout: withinMs,
    socketTimeout: withinMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  return async (message) => {
    const late = timeUp(clock);
    const to = message.people.flatMap(({ name, email }) => (email === undefined ? [] : [{ name, address: email }]));
    const [language = 'zh'] = languagesOf(message);
    const sending = transport
      .sendMail({
        from: { name: 'Bobbin', address: from },
        to,
        subject: headOf(message, language),
        text: textOf(message),
        html: htmlOf(message),
        messageId: `<${message.key}@${from.split('@')[1] ?? 'bobbin'}>`,
      })
      .then(({ rejected }): Sent => ({
        result: 'sent',
        note: rejected.length > 0 ? `not accepted for ${String(rejected.length)} of them` : null,
      }))
      .catch(failureOf);
    try {
      return await Promise.race([sending, late.promise]);
    } finally {
      late.stop();
    }
  };
}

/** Steps of a conversation have limits of their own; this one is for all of it. */
function timeUp(clock: Clock): { readonly promise: Promise<Sent>; readonly stop: () => void } {
  let stop: () => void = () => undefined;
  const promise = new Promise<Sent>((resolve) => {
    stop = clock.after(withinMs, () => {
      resolve({ result: 'unreachable', error: 'no answer within 10 s' });
    });
  });
  return { promise, stop };
}

/** Replies of 5xx are final (RFC 5321, 4.2.1); all others, and no reply, may go better later. */
function failureOf(error: unknown): Sent {
  const { responseCode, response, code, message } = error as { responseCode?: number; response?: string; code?: string; message?: string };
  if (responseCode === undefined) return { result: 'unreachable', error: `cannot be reached: ${code ?? ''} ${message ?? ''}` };
  return { result: responseCode >= 500 ? 'refused' : 'unreachable', error: `answered ${response ?? String(responseCode)}` };
}

function textOf(message: Message): string {
  const parts = languagesOf(message).map((language) => [headOf(message, language), ...bodyOf(message, language, bodyBytes)].join('\n'));
  return [...parts, urlOf(message)].join('\n\n');
}

function htmlOf(message: Message): string {
  const url = escapeHtml(urlOf(message));
  const parts = languagesOf(message).map((language) => {
    const lines = bodyOf(message, language, bodyBytes).map((line) => `<p>${escapeHtml(line)}</p>`);
    return `<h3>${escapeHtml(headOf(message, language))}</h3>${lines.join('')}<p><a href="${url}">${labels.open[language]}</a></p>`;
  });
  return `<!doctype html><meta charset="utf-8">${parts.join('<hr>')}`;
}
