/**
 * The token in the link of a wall screen, and taking it out of the address. It comes after the `#`, so no server and no referrer ever
 * gets it; once it is spent, the history of the browser does not have it either.
 */
export interface Ticket {
  readonly token: string;
  spend(): void;
}

export function ticketOf(window: Window): Ticket | null {
  const { pathname, search, hash } = window.location;
  const token = /^#token=([\w-]{16,128})$/.exec(hash)?.[1];
  if (token === undefined || pathname !== '/wall') return null;
  return {
    token,
    spend() {
      window.history.replaceState(null, '', `${pathname}${search}`);
    },
  };
}
