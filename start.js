/**
 * `npm start`: installs what is missing, builds what is stale, then runs main.ts in the foreground.
 * Ctrl-C and SIGTERM are passed on once, and the exit code is the product's own. It knows nothing of ports or settings.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { buildWeb, installPackages, requireNode, root } from './setup.js';

requireNode();
installPackages('tsx');
if (!buildWeb()) process.exit(1);

const product = spawn(process.execPath, ['--max-old-space-size=768', '--import', 'tsx', 'main.ts'], { cwd: root, stdio: 'inherit' });
const passed = new Set();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    if (!passed.has(signal)) product.kill(signal);
    passed.add(signal);
  });
}
product.on('exit', (code, signal) => {
  process.exitCode = code ?? 128 + constants.signals[signal];
});
