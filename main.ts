/**
 * The one process's door: has the recorder's thread load its part of the code while this thread loads the rest, and runs the product. Loading is most of
 * a start, and each thread has a core. It wires nothing.
 */
import { Worker } from 'node:worker_threads';

/**
 * V8 lets a heap grow to four times what lives in it where it may become very large, and to about one and a half times
 * where it may not. start.js says the same of the main thread.
 */
const heapLimitMb = 768;

const thread = new Worker(new URL('./recorder.js', import.meta.url), { resourceLimits: { maxOldGenerationSizeMb: heapLimitMb } });
const { run } = await import('./product.ts');
await run(thread);
