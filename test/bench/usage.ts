/**
 * What processes take of the machine over a stretch of time, as Linux counts it in /proc.
 * Comes in: process ids. Goes out: processor time, all threads included, resident memory, and what everybody else took.
 */
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

/** Linux counts processor time in hundredths of a second wherever Node runs. */
const ticksPerSecond = 100;
const sampleMs = 250;

export interface Usage {
  readonly seconds: number;
  /** Processor seconds by name. */
  readonly cpuSeconds: Readonly<Record<string, number>>;
  /** The largest resident memory seen, by name. */
  readonly peakBytes: Readonly<Record<string, number>>;
  /** Cores taken by processes that were not watched. */
  readonly otherCores: number;
}

export function pidOf({ pid }: ChildProcess): number {
  if (pid === undefined) throw new Error('the process could not be started');
  return pid;
}

interface Watched {
  readonly name: string;
  readonly pid: number;
  readonly beganAt: number;
  cpuSeconds: number;
  peakBytes: number;
}

/** Watches until what it gives back is called. Of a process that has ended, what was last seen counts. */
export function watch(pids: Readonly<Record<string, number>>): () => Usage {
  const startedAt = performance.now();
  const machineBefore = machineSeconds();
  const all: Watched[] = Object.entries(pids).map(([name, pid]) => {
    const beganAt = cpuSecondsOf(pid);
    return { name, pid, beganAt, cpuSeconds: beganAt, peakBytes: 0 };
  });
  const sampling = setInterval(() => {
    all.forEach(sample);
  }, sampleMs);
  return () => {
    clearInterval(sampling);
    all.forEach(sample);
    const seconds = (performance.now() - startedAt) / 1000;
    const spent = all.map((one) => one.cpuSeconds - one.beganAt);
    const others = machineSeconds() - machineBefore - spent.reduce((sum, one) => sum + one, 0);
    return {
      seconds,
      cpuSeconds: Object.fromEntries(all.map(({ name }, index) => [name, spent[index] ?? 0])),
      peakBytes: Object.fromEntries(all.map(({ name, peakBytes }) => [name, peakBytes])),
      otherCores: Math.max(0, others / seconds),
    };
  };
}

function sample(watched: Watched): void {
  // One that has ended but is not yet collected has no memory any more.
  if (!existsSync(`/proc/${String(watched.pid)}/stat`)) return;
  watched.cpuSeconds = cpuSecondsOf(watched.pid);
  watched.peakBytes = Math.max(watched.peakBytes, residentBytes(watched.pid));
}

function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${String(pid)}/stat`, 'utf8');
  // The name before it stands in brackets and may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
}

function residentBytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${String(pid)}/status`, 'utf8'))?.[1] ?? 0) * 1024;
}

/** Everything but idle and waiting. */
function machineSeconds(): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0] = (readFileSync('/proc/stat', 'utf8').split('\n')[0] ?? '')
    .split(/\s+/)
    .slice(1)
    .map(Number);
  return (user + nice + system + irq + softirq) / ticksPerSecond;
}
