/**
 * The smallest shapes everything else is made of: identifiers, texts for people, and texts by people.
 * Comes in: untrusted YAML or JSON. Goes out: checked values. Never touches language choice or formatting.
 */
import { z } from 'zod';

/** Lower-case letters, digits and hyphens, 1 to 63 characters, not starting with a hyphen. */
export const idSchema = z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}$/, 'must be 1 to 63 of a-z, 0-9 and "-", not starting with "-"');

/** What a person writes: in lines, but without other control characters and without halves of characters, which not every store and file can hold. */
export const writtenSchema = z.string().regex(/^(?:[^\p{Cc}\p{Cs}]|[\t\n\r])*$/u, 'must not contain control characters');

/** A text for people in both languages of the product. */
export const textSchema = z.strictObject({ zh: z.string().min(1), en: z.string().min(1) });

export type Text = z.infer<typeof textSchema>;
