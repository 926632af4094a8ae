/**
 * Topics: what is built parses back to itself, and nothing else parses at all.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { channels, everyLine, parseTopic, topicOf } from './topics.ts';

const id = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/);
const place = fc.record({ park: id, firm: id, workshop: id, line: id });
const channel = fc.constantFrom(...channels);

describe('topics', () => {
  it('parse back to the parts they were built from', () => {
    fc.assert(
      fc.property(place, channel, (where, what) => {
        expect(parseTopic(topicOf(where, what))).toEqual({ ...where, channel: what });
      }),
    );
  });

  it('are built back from what parses, and from nothing else', () => {
    const near = fc.tuple(place, channel, fc.nat(), fc.string({ maxLength: 3 })).map(([where, what, at, part]) => {
      const topic = topicOf(where, what);
      const cut = at % (topic.length + 1);
      return topic.slice(0, cut) + part + topic.slice(cut + 1);
    });
    fc.assert(
      fc.property(fc.oneof(fc.string(), near), (topic) => {
        const parts = parseTopic(topic);
        if (parts !== null) expect(topicOf(parts, parts.channel)).toBe(topic);
      }),
      { numRuns: 1000 },
    );
  });

  it.each([
    '',
    'bobbin/v1/',
    'bobbin/v1/emb/f001/w1/emb-0001',
    'bobbin/v1/emb/f001/w1/emb-0001/',
    'bobbin/v1/emb/f001/w1/emb-0001/telemetry/',
    '/bobbin/v1/emb/f001/w1/emb-0001/telemetry',
    'bobbin/v2/emb/f001/w1/emb-0001/telemetry',
    'Bobbin/v1/emb/f001/w1/emb-0001/telemetry',
    'bobbin/v1/emb/f001/w1/emb-0001/Telemetry',
    'bobbin/v1/emb/f001/w1/emb-0001/constructor',
    'bobbin/v1/emb//w1/emb-0001/telemetry',
    'bobbin/v1/emb/-f001/w1/emb-0001/telemetry',
    'bobbin/v1/emb/f001/w1/EMB-0001/telemetry',
    'bobbin/v1/emb/f001/w1/emb_0001/telemetry',
    'bobbin/v1/emb/f001/w1/emb-0001\n/telemetry',
    `bobbin/v1/emb/f001/w1/${'x'.repeat(64)}/telemetry`,
    'bobbin/v1/+/+/+/+/telemetry',
    'bobbin/v1/#',
    '$SYS/broker/clients',
  ])('refuses %j', (topic) => {
    expect(parseTopic(topic)).toBeNull();
  });

  it('have a filter for one channel of every line', () => {
    expect(everyLine('live')).toBe('bobbin/v1/+/+/+/+/live');
  });
});
