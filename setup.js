/**
 * What must be true before anything of the product runs: a recent Node.js, installed packages, a built web page.
 * Plain JavaScript on Node's own modules, because it runs before the packages are there. It never touches the data folder.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(fileURLToPath(import.meta.url));

/** Ends the process with a plain sentence where Node.js is older than package.json asks for. */
export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major > 20 || (major === 20 && minor >= 19)) return;
  console.error(`Bobbin needs Node.js 20.19 or newer; this is ${process.version}.`);
  process.exit(1);
}

/** Runs `npm ci` where node_modules is missing or older than the lock file, or lacks `needed`, a package's name. */
export function installPackages(needed) {
  const installed = join(root, 'node_modules', '.package-lock.json');
  const lock = join(root, 'package-lock.json');
  const current = existsSync(installed) && statSync(installed).mtimeMs >= statSync(lock).mtimeMs;
  if (current && existsSync(join(root, 'node_modules', needed))) return;
  console.log('Installing packages (npm ci) …');
  const npm = process.env.npm_execpath;
  const [command, before] = npm ? [process.execPath, [npm]] : ['npm', []];
  const args = [...before, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  const { status } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'], shell: command === 'npm' });
  if (status === 0) return;
  console.error('npm ci failed; see above.');
  process.exit(1);
}

/** Builds the web page where what it was built from has changed since; false where the build failed. */
export function buildWeb() {
  const dist = join(root, 'dashboard', 'web', 'dist');
  const stamp = join(dist, '.sources');
  const sources = webSources();
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === sources) return true;
  console.log('Building the web page …');
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  const { status } = spawnSync(process.execPath, [vite, 'build', 'dashboard/web', '--logLevel', 'warn'], { cwd: root, stdio: 'inherit' });
  if (status === 0) writeFileSync(stamp, sources);
  return status === 0;
}

/** A hash over everything the web page is built from. */
function webSources() {
  const hash = createHash('sha256');
  const add = (path) => {
    if (statSync(path).isDirectory()) {
      for (const name of readdirSync(path).sort()) if (name !== 'dist' && name !== 'node_modules') add(join(path, name));
    } else {
      hash.update(path.slice(root.length)).update('\0').update(readFileSync(path)).update('\0');
    }
  };
  for (const part of ['dashboard/web', 'contract', 'package-lock.json']) add(join(root, part));
  return hash.digest('hex');
}
