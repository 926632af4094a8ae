/**
 * The recorder thread's door: Node 20 does not load TypeScript in a new thread by itself, so tsx is registered first.
 * It does nothing else.
 */
import { register } from 'tsx/esm/api';

register();
await import('./recorder.ts');
