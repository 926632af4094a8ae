/**
 * A text as a QR code to draw. Comes in: a text. Goes out: the width of the code in modules, quiet zone included, and its dark modules as one path.
 * It is pure; the code itself is the library's, with so much correction that a smudge on paper does no harm.
 */
import { encode } from 'uqr';

/** The standard wants four modules of nothing around a code. */
const quiet = 4;

export interface Code {
  readonly size: number;
  readonly path: string;
}

export function codeOf(text: string): Code {
  const { size, data } = encode(text, { ecc: 'M', border: quiet });
  const runs = data.flatMap((row, y) =>
    row.flatMap((isDark, x) => {
      if (!isDark || row[x - 1] === true) return [];
      const end = row.indexOf(false, x);
      return [`M${String(x)} ${String(y)}h${String((end < 0 ? size : end) - x)}v1H${String(x)}z`];
    }),
  );
  return { size, path: runs.join('') };
}
