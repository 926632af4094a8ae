/**
 * Where one can go: the pages of somebody's role, those of daily work and those that keep the system itself. Comes in: who is signed in.
 * Goes out: links with their names and signs. Whether somebody may is the server's to say; this only leaves out what would not open.
 */
import Activity from '@lucide/svelte/icons/activity';
import CalendarDays from '@lucide/svelte/icons/calendar-days';
import ChartNoAxesColumn from '@lucide/svelte/icons/chart-no-axes-column';
import Cpu from '@lucide/svelte/icons/cpu';
import FileText from '@lucide/svelte/icons/file-text';
import LayoutGrid from '@lucide/svelte/icons/layout-grid';
import MonitorPlay from '@lucide/svelte/icons/monitor-play';
import ScrollText from '@lucide/svelte/icons/scroll-text';
import TriangleAlert from '@lucide/svelte/icons/triangle-alert';
import Users from '@lucide/svelte/icons/users';
import type { SessionAnswer } from '../../../contract/api.ts';
import { isEmpty } from '../core/scope.ts';

const work = {
  board: { page: 'board', href: '/', icon: LayoutGrid },
  faults: { page: 'faults', href: '/faults', icon: TriangleAlert },
  zone: { page: 'zone', href: '/zone', icon: ChartNoAxesColumn },
  reports: { page: 'reports', href: '/reports', icon: FileText },
} as const;

const keeping = {
  devices: { page: 'devices', href: '/devices', icon: Cpu },
  users: { page: 'users', href: '/users', icon: Users },
  calendars: { page: 'calendars', href: '/calendars', icon: CalendarDays },
  screens: { page: 'screens', href: '/screens', icon: MonitorPlay },
  audit: { page: 'audit', href: '/audit', icon: ScrollText },
  system: { page: 'system', href: '/system', icon: Activity },
} as const;

export type WorkLink = (typeof work)[keyof typeof work];
export type KeepingLink = (typeof keeping)[keyof typeof keeping];

export function workLinks({ role }: SessionAnswer, seesAlarms: boolean): WorkLink[] {
  return [
    ...(role === 'official' ? [] : [work.board]),
    ...(seesAlarms ? [work.faults] : []),
    ...(role === 'official' || role === 'admin' ? [work.zone] : []),
    ...(role === 'maintenance' ? [] : [work.reports]),
  ];
}

/** People, screens and the audit trail concern the whole zone. */
export function keepingLinks({ role, scope }: SessionAnswer): KeepingLink[] {
  if (role !== 'admin') return [];
  const { devices, users, calendars, screens, audit, system } = keeping;
  return isEmpty(scope) ? [devices, users, calendars, screens, audit, system] : [devices, calendars, system];
}
