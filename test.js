/**
 * `npm test`: installs what is missing, runs every check to its end, whatever failed before it, and adds up.
 * The last line is "N passed, N failed, N skipped": vitest's tests, plus one for each other check; the exit code is 1
 * where anything failed. Whatever is skipped is named, with the reason.
 */
import { execFile, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { installPackages, requireNode, root } from './setup.js';

const stepMinutes = 14;

/** Parts of the system that some tests need: where each is found, Debian's package of it, and what goes untested without. */
const parts = [
  { command: 'chromium', package: 'chromium', without: 'the page in a real browser' },
  { folder: '/usr/share/fonts/opentype/noto', package: 'fonts-noto-cjk', without: 'Chinese text as it looks' },
  { command: 'mosquitto_pub', package: 'mosquitto-clients', without: "another vendor's MQTT client" },
  { folder: '/usr/lib/python3/dist-packages/paho', package: 'python3-paho-mqtt', without: 'paho, yet another MQTT client' },
  { command: 'influxd', package: 'influxdb', without: 'InfluxDB' },
  { command: 'redis-server', package: 'redis-server', without: 'Redis' },
];

const total = { passed: 0, failed: 0, skipped: 0 };

requireNode();
installPackages('vitest');
installParts();
mkdirSync(join(root, '.cache'), { recursive: true });

await checks([
  ['web lint', 'eslint', '--max-warnings', '0', 'dashboard/web'],
  ['lint', 'eslint', '--max-warnings', '0', '--ignore-pattern', 'dashboard/web/', '.'],
  ['web types', 'svelte-check', '--tsconfig', 'dashboard/web/tsconfig.json', '--fail-on-warnings'],
  ['types', 'tsc', '-p', '.'],
  ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['web build', 'vite', 'build', 'dashboard/web', '--logLevel', 'warn'],
  ['structure', 'depcruise', '--config', '.dependency-cruiser.cjs', '.'],
  ['unused', 'knip'],
]);
tests('unit');
tests('system');

if (!process.env.BOBBIN_RECORDINGS) console.log('\nBOBBIN_RECORDINGS is not set: the full recordings were not replayed, only the excerpt.');
console.log(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
process.exitCode = total.failed > 0 ? 1 : 0;

/** Runs checks that only read the tree, two at a time, the longest first; what each prints comes in one piece. */
async function checks(list) {
  const waiting = [...list];
  const lane = async () => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [title, tool, ...args] = next;
      total[(await check(title, tool, args)) ? 'passed' : 'failed'] += 1;
    }
  };
  await Promise.all([lane(), lane()]);
}

function check(title, tool, args) {
  const started = Date.now();
  const options = { cwd: root, timeout: stepMinutes * 60_000, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 };
  return new Promise((resolve) => {
    execFile(process.execPath, [bin(tool), ...args], options, (error, output, complaints) => {
      console.log(`\n── ${title}\n${output}${complaints}`.trimEnd());
      told(title, started, error?.code ?? 0, error?.signal ?? null);
      resolve(error === null);
    });
  });
}

/** Runs one vitest project and counts its tests; a file that could not even be loaded counts as one failed test. */
function tests(project) {
  const file = join(root, '.cache', `${project}.json`);
  rmSync(file, { force: true });
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${file}`];
  const ok = run(`${project} tests`, 'vitest', ['run', '--project', project, ...reporters]);
  const results = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')).testResults : [];
  const failedBefore = total.failed;
  for (const { status, assertionResults, name } of results) {
    for (const { status: outcome, fullName } of assertionResults) {
      if (outcome === 'passed' || outcome === 'failed') total[outcome] += 1;
      else {
        total.skipped += 1;
        console.log(`skipped: ${name.slice(root.length + 1)}: ${fullName}`);
      }
    }
    if (status === 'failed' && assertionResults.every((result) => result.status !== 'failed')) total.failed += 1;
  }
  if (!ok && total.failed === failedBefore) total.failed += 1;
}

function run(title, tool, args) {
  console.log(`\n── ${title}`);
  const started = Date.now();
  const { status, signal } = spawnSync(process.execPath, [bin(tool), ...args], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: stepMinutes * 60_000,
  });
  told(title, started, status, signal);
  return status === 0;
}

function told(title, started, status, signal) {
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  const outcome = status === 0 ? 'ok' : signal === null ? 'FAILED' : `ended by ${signal}`;
  console.log(`── ${title}: ${outcome}, ${seconds} s`);
}

/** The script behind a package's command, so that no shell stands between. */
function bin(tool) {
  const packages = { depcruise: 'dependency-cruiser', tsc: 'typescript' };
  const folder = join(root, 'node_modules', packages[tool] ?? tool);
  const { bin: command } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  return join(folder, typeof command === 'string' ? command : command[tool]);
}

/** Installs missing parts with apt where this is Debian and the user is root; otherwise says what goes untested. */
function installParts() {
  let missing = parts.filter((part) => !isThere(part));
  if (missing.length === 0) return;
  const canInstall = existsSync('/etc/debian_version') && process.getuid?.() === 0;
  if (canInstall) {
    console.log(`Installing ${missing.map((part) => part.package).join(', ')} (apt-get) …`);
    apt('update', '-qq');
    for (const part of missing) apt('install', '-y', '-qq', '--no-install-recommends', part.package);
    missing = missing.filter((part) => !isThere(part));
  }
  const reason = canInstall ? 'apt-get could not install it' : 'not installed, and only root on Debian can have it installed here';
  for (const part of missing) console.log(`without ${part.command ?? part.package} (${reason}): not tested with ${part.without}`);
}

function apt(...args) {
  // Run level 1 keeps Debian's scripts from starting what they install as a service.
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' };
  const { status, stderr } = spawnSync('apt-get', args, { env, stdio: ['ignore', 'ignore', 'pipe'], encoding: 'utf8' });
  if (status !== 0) console.log(`apt-get ${args.join(' ')} failed: ${stderr.trim().split('\n').at(-1)}`);
}

function isThere({ command, folder }) {
  if (folder) return existsSync(folder);
  return (process.env.PATH ?? '').split(delimiter).some((path) => existsSync(join(path, command)));
}
