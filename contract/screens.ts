/**
 * Wall screens: what one shows, and what the API says about them. A screen signs in with a token instead of a password.
 * Requests are schemas (they come from outside); answers are types. A token is only ever in the answer that makes it.
 */
import { z } from 'zod';
import { languages, type Language, type SessionAnswer } from './api.ts';
import { idSchema, writtenSchema } from './text.ts';

/** The whole zone, a park, or the lines of a workshop ("firm/workshop"). */
const showsSchema = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('zone') }),
  z.strictObject({ kind: z.literal('park'), id: idSchema }),
  z.strictObject({ kind: z.literal('workshop'), id: z.string().regex(/^[a-z0-9][a-z0-9-]{0,62}\/[a-z0-9][a-z0-9-]{0,62}$/) }),
]);
export type ScreenShows = z.infer<typeof showsSchema>;

export const newScreenSchema = z.strictObject({
  name: writtenSchema.trim().min(1).max(64),
  shows: showsSchema,
  language: z.enum(languages).default('zh'),
});
export type NewScreen = z.infer<typeof newScreenSchema>;

export const screenTokenSchema = z.strictObject({ token: z.string().min(1).max(128) });

export interface ScreenAnswer {
  readonly id: string;
  readonly name: string;
  readonly shows: ScreenShows;
  readonly language: Language;
  readonly createdAt: number;
  readonly createdBy: string;
  /** When it last asked for anything, to the minute; null before it ever did. */
  readonly seenAt: number | null;
  readonly seenFrom: string | null;
}

/** A new screen with its token, which nothing shows again. */
export type IssuedScreen = ScreenAnswer & { readonly token: string };

/** Who a session is of: a screen says what it shows. */
export type ScreenSession = SessionAnswer & { readonly screen?: Pick<ScreenAnswer, 'id' | 'name' | 'shows'> };
