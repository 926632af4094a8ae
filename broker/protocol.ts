/**
 * Bobbin's rules as Aedes's hooks: who may connect, publish, subscribe and be sent to, and what happens to a message.
 * Comes in: Aedes's questions. Goes out: its answers, what is for the journal to the intake, refusals counted. The rules themselves
 * are in access.ts; nothing here opens a socket.
 */
import type { AedesOptions, Client, ConnectPacket, PublishPacket } from 'aedes';
import type { DeviceAccounts } from '../contract/devices.ts';
import type { Plant } from '../contract/plant.ts';
import { isSystemName } from '../contract/system.ts';
import {
  isWellFormed,
  nameAllowed,
  openRights,
  publishVerdict,
  rightsOf,
  subscribeAllowed,
  systemPasswordMatches,
  systemRightsOf,
  willAllowed,
  type Rights,
} from './access.ts';
import type { Intake } from './intake.ts';
import type { Limits } from './limits.ts';
import type { RefusalReason, Refusals } from './refusals.ts';
import type { Session } from './session.ts';

/** Return codes of CONNACK (MQTT 3.1.1, section 3.2.2.3). */
const identifierRejected = 2;
const badNameOrPassword = 4;
const notAuthorized = 5;

export interface ProtocolParts {
  readonly devices: DeviceAccounts;
  /** Of the system's own processes; null: they cannot sign in. */
  readonly systemPassword: string | null;
  /** Whoever is nobody else is let in as anybody. */
  readonly isOpen: boolean;
  readonly plant: Plant;
  readonly intake: Intake;
  readonly refusals: Refusals;
  readonly limits: Limits;
  readonly sessionOf: (client: Client) => Session;
}

type Hooks = Required<Pick<AedesOptions, 'preConnect' | 'authenticate' | 'authorizePublish' | 'authorizeSubscribe' | 'authorizeForward'>>;

/** An error that has been counted already. */
export class Refused extends Error {
  override readonly name = 'Refused';
}

export function protocolHooks(parts: ProtocolParts): Hooks {
  const { intake, refusals, limits, sessionOf } = parts;
  return {
    preConnect(client, packet, callback) {
      const session = sessionOf(client);
      takeConnect(session, packet);
      if (isQos(packet.will?.qos ?? 0)) {
        callback(null, true);
        return;
      }
      refusals.note('protocol', { ...session.about(), error: 'a will of a QoS there is not' });
      callback(new Refused('protocol'), false);
    },

    authenticate(client, username, password, callback) {
      const session = sessionOf(client);
      const refusal = signIn(session, username, password, parts);
      if (refusal === null) {
        callback(null, true);
        return;
      }
      refusals.note(refusal.reason, session.about());
      callback(Object.assign(new Refused(refusal.reason), { returnCode: refusal.returnCode }), false);
    },

    authorizePublish(client, packet, callback) {
      const session = client && sessionOf(client);
      if (session && isMalformed(packet)) {
        refusals.note('protocol', { ...session.about(), error: 'a PUBLISH as it must not be' });
        callback(new Refused('protocol'));
        return;
      }
      const verdict = session?.rights ? publishVerdict(session.rights, messageOf(packet), limits.statusBytes) : 'refused';
      if (session === null || verdict === 'refused') {
        refusals.note('publish', { ...session?.about(), topic: packet.topic.slice(0, 256) });
        callback(new Refused('publish'));
        return;
      }
      // A retained flag on what is not to be kept is taken off.
      if (verdict !== 'kept') packet.retain = false;
      if (verdict === 'telemetry' || verdict === 'action') intake.take(verdict, session, packet, callback);
      else callback(null);
    },

    authorizeSubscribe(client, subscription, callback) {
      const session = sessionOf(client);
      const isAllowed = session.rights !== null && subscribeAllowed(session.rights, subscription.topic);
      if (!isAllowed) refusals.note('subscribe', { ...session.about(), filter: subscription.topic.slice(0, 256) });
      callback(null, isAllowed ? subscription : null);
    },

    authorizeForward(client, packet) {
      const session = sessionOf(client);
      const backlogBytes = session.rights?.role === 'system' ? limits.systemBacklogBytes : limits.backlogBytes;
      if (client.conn.writableLength <= backlogBytes) return packet;
      session.cut('backlog');
      return null;
    },
  };
}

/** CONNECT has arrived; one of its wishes is not granted. */
function takeConnect(session: Session, packet: ConnectPacket): void {
  session.clientId = packet.clientId;
  session.wantsClean = packet.clean === true;
  session.will = packet.will ? messageOf(packet.will) : null;
  // No sessions outlive a connection here, and CONNACK says so: queues for absent devices would have no bound.
  packet.clean = true;
}

interface SignInRefusal {
  readonly reason: RefusalReason;
  readonly returnCode: number;
}

function signIn(session: Session, username: string | undefined, password: Buffer | undefined, parts: ProtocolParts): SignInRefusal | null {
  const isNamed = username !== undefined && nameAllowed(session.clientId, username);
  if (!isNamed && !(parts.isOpen && isAnybody(session))) return { reason: 'identifier', returnCode: identifierRejected };
  const known = isNamed ? identify(username, password?.toString('utf8') ?? '', parts) : null;
  const rights = known ?? (parts.isOpen ? openRights : null);
  if (rights === null) return { reason: 'password', returnCode: badNameOrPassword };
  if (session.will && !willAllowed(rights, session.will, parts.limits.statusBytes)) {
    return { reason: 'will', returnCode: notAuthorized };
  }
  session.rights = rights;
  return null;
}

/** The plant has no line with a system name, so each name is looked up in one place only. */
function identify(username: string, password: string, { devices, plant, systemPassword }: ProtocolParts): Rights | null {
  if (isSystemName(username)) return systemPasswordMatches(systemPassword, password) ? systemRightsOf(username) : null;
  const account = devices.verify(username, password);
  return account && rightsOf(account.line, plant);
}

/** Without an id there is nothing to come back to (section 3.1.3.1), so the session must be asked for as clean. */
function isAnybody({ clientId, wantsClean }: Session): boolean {
  return clientId === '' ? wantsClean : isWellFormed(clientId);
}

/** The will's QoS has two bits, and 3 is none (section 3.1.2.6); Aedes takes it, and would send the will out like that. */
function isQos(bits: number): boolean {
  return bits <= 2;
}

/** A packet id is not 0 (section 2.3.1), and what is never sent again is no repetition (3.3.1.1); Aedes takes both. */
function isMalformed({ qos, dup, messageId }: PublishPacket): boolean {
  return qos === 0 ? dup : messageId === 0;
}

function messageOf({ topic, payload }: Pick<PublishPacket, 'topic' | 'payload'>): { topic: string; payloadBytes: number } {
  return { topic, payloadBytes: Buffer.byteLength(payload) };
}
