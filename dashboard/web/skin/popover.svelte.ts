/**
 * What opens beside its button, reactive: whether it is open, and what closes it again: a tap elsewhere, the focus leaving it, Escape, which
 * gives the focus back to the button. Comes in: the box around both, and what happens in the window. It draws nothing.
 */

export class Popover {
  open = $state.raw(false);
  box: HTMLElement | undefined = $state.raw();

  readonly toggle = (): void => {
    this.open = !this.open;
  };

  /** For `pointerdown` and `focusin`. */
  readonly leave = (event: Event): void => {
    if (this.open && event.target instanceof Node && !this.box?.contains(event.target)) this.open = false;
  };

  /** For `keydown`, before anybody else: the key closes this and nothing around it. */
  readonly escape = (event: KeyboardEvent): void => {
    if (event.key !== 'Escape' || !this.open) return;
    this.open = false;
    event.stopPropagation();
    this.box?.querySelector('button')?.focus();
  };
}
