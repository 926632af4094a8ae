/**
 * Small file systems in memory, to see what a full disk does. Comes in: a folder and a size. Goes out: what takes it away
 * again. Only Linux's root can mount; elsewhere there is a reason to skip.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Mounts a file system in memory of so many MB; gives what takes it away again. */
export function mountTmpfs(at: string, megabytes: number): () => void {
  mkdirSync(at, { recursive: true });
  execFileSync('/bin/mount', ['-t', 'tmpfs', '-o', `size=${String(megabytes)}m`, 'tmpfs', at], { stdio: 'pipe' });
  return () => {
    // Lazily: what a failed test has left open must not keep the mount.
    execFileSync('/bin/umount', ['-l', at]);
  };
}

/** Empty where a small file system can be mounted. */
export function reasonAgainstMounts(): string {
  const at = mkdtempSync(join(tmpdir(), 'bobbin-mount-'));
  try {
    mountTmpfs(at, 1)();
    return '';
  } catch {
    return ' (skipped: mounting a small file system needs root)';
  } finally {
    rmSync(at, { recursive: true });
  }
}
