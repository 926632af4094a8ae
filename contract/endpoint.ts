/**
 * Where a server listens, and what it shows to prove who it is: shapes that broker, dashboard and settings share. It opens nothing itself.
 */
export interface Endpoint {
  readonly host: string;
  /** 0: any free port. */
  readonly port: number;
}

/** PEM texts. */
export interface Certificate {
  readonly cert: string | Buffer;
  readonly key: string | Buffer;
}

/** Said to every server, so that no flag of Node's can lower it. */
export const minVersion = 'TLSv1.2';
