/**
 * What a text must not begin with in a file that spreadsheets open. Comes in: any text, such as a name from a plant file that anybody may have
 * written. Goes out: the same text, marked as one where a spreadsheet would otherwise work it out. It is pure, and knows nothing of commas.
 */

/** What begins a formula, in its full-width form too, blanks before it or not; and what spreadsheets cut lines at. */
const formula = /^[\s\p{Cc}]*[=+\-@＝＋－＠]|^[\t\r\n]/u;

export function plainText(text: string): string {
  return formula.test(text) ? `'${text}` : text;
}
