/**
 * A webhook: whatever takes JSON, for instance a gateway that sends text messages to phones. Comes in: a message. Goes out: one signed POST with everything
 * to pass it on; docs/notifications.md describes it. Any answer of status 2xx is taken for delivered, whatever it says.
 */
import { createHmac } from 'node:crypto';
import type { Clock } from '../../contract/clock.ts';
import type { ChannelOf } from '../../contract/duty.ts';
import { headOf, mostUrgent, urlOf, type Message, type Sender } from './message.ts';
import { post } from './post.ts';

export function webhookSender({ url, secret }: ChannelOf<'webhook'>, clock: Clock): Sender {
  return (message) => {
    const timestamp = String(clock.now());
    const body = JSON.stringify(contentOf(message, clock.now()));
    const signature = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
    const headers = {
      'X-Bobbin-Signature': `sha256=${signature}`,
      'X-Bobbin-Timestamp': timestamp,
      'Idempotency-Key': message.key,
    };
    return post({ url, body, headers }, clock, () => ({ result: 'sent', note: null }));
  };
}

function contentOf(message: Message, at: number): object {
  return {
    id: message.key,
    at,
    priority: mostUrgent(message.notices),
    text: { zh: headOf(message, 'zh'), en: headOf(message, 'en') },
    url: urlOf(message),
    to: message.people.map(({ id, name, phone = null, email = null, language }) => ({ id, name, phone, email, language })),
    notices: message.notices.map(({ head, body, url, priority, occasion }, index) => ({
      delivery: message.deliveries[index] ?? null,
      occasion,
      priority,
      text: head,
      detail: body,
      url,
    })),
  };
}
