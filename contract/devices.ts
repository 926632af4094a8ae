/**
 * Device accounts: one a line, issued once, checked by the broker at every connect.
 * The dashboard issues and revokes them, the broker verifies them; both through this interface.
 */
import type { Stop } from './clock.ts';

export interface DeviceAccount {
  readonly username: string;
  readonly line: string;
  readonly createdAt: number;
}

/** The password is known only here, once. */
export interface IssuedDevice {
  readonly username: string;
  readonly password: string;
  readonly line: string;
}

export interface DeviceAccounts {
  /** A new account for the line; an earlier one of the same line is revoked. The user name is the line's id. */
  issue(line: string): IssuedDevice;
  /** Many at once, in one transaction. */
  issueAll(lines: readonly string[]): IssuedDevice[];
  /** False where there is no such account. */
  revoke(username: string): boolean;
  /** Many at once, in one transaction; gives those that there were. */
  revokeAll(usernames: readonly string[]): string[];
  list(): DeviceAccount[];
  /** The account, or null for an unknown name or a wrong password; takes equally long for both. */
  verify(username: string, password: string): DeviceAccount | null;
  /** Tells of every account that stops being valid, so that its session can be cut. */
  onRevoked(listener: (username: string) => void): Stop;
  close(): void;
}
