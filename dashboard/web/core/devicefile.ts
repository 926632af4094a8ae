/**
 * What a technician takes along to the devices: for each line its broker, account and topic, as a table for spreadsheets and as the text of a
 * QR code. Comes in: accounts that were just issued, and where the broker is. Goes out: texts. Nothing of them is kept.
 */
import type { DeviceAnswer } from '../../../contract/api.ts';
import { plainText } from '../../../contract/spreadsheet.ts';
import { topicOf } from '../../../contract/topics.ts';
import type { PlantLine } from './plant.ts';

/** What a device needs to know to connect; its MQTT client id is its user name. */
export interface DeviceCard {
  readonly line: PlantLine;
  readonly broker: string;
  readonly username: string;
  readonly password: string;
  readonly topic: string;
}

export function cardOf(line: PlantLine, broker: string, { username, password }: { username: string; password: string }): DeviceCard {
  const place = { park: line.park.id, firm: line.firm.id, workshop: line.workshop.id, line: line.id };
  return { line, broker, username, password, topic: topicOf(place, 'telemetry') };
}

/** For whoever reads the code: short keys would save nothing that a camera notices. */
export function codeText({ broker, username, password, topic }: DeviceCard): string {
  return JSON.stringify({ broker, username, password, topic });
}

/** Headings first; opens in Excel as it is: its mark of UTF-8 before it, CRLF between rows, and no text that is taken for a formula. */
export function tableText(rows: readonly (readonly string[])[]): string {
  return `\uFEFF${rows.map((row) => row.map(cellText).join(',')).join('\r\n')}\r\n`;
}

function cellText(text: string): string {
  const plain = plainText(text);
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}

/** Every line has one at most. */
export function accountsByLine(accounts: readonly DeviceAnswer[]): ReadonlyMap<string, DeviceAnswer> {
  return new Map(accounts.map((account) => [account.line, account]));
}

/** `mqtt://host:port`, or `mqtts` where the broker speaks TLS. */
export function brokerAddress(host: string, { port, tls }: { readonly port: number; readonly tls: boolean }): string {
  return `${tls ? 'mqtts' : 'mqtt'}://${host}:${String(port)}`;
}
