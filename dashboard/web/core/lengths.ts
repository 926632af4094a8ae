/**
 * Lengths that follow the size of text the reader has set in the browser. The design gives every length in pixels at the usual size of 16;
 * style sheets are turned into these when the page is built, scripts do it here. Nothing is remembered: the reader may choose another size.
 */

const usualPx = 16;

/** A length of the design, for a style or an attribute. */
export function rem(px: number): string {
  return `${String(px / usualPx)}rem`;
}

/** How many pixels of the screen one of the design takes: 1 at the usual size, 2 where text is twice as large. For what is measured or drawn in pixels. */
export function enlargement(): number {
  return Number.parseFloat(getComputedStyle(document.documentElement).fontSize) / usualPx;
}
