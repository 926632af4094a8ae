/**
 * The address bar, reactive: the route now open, and the ways to another one.
 * Clicks on links within the app change the route without loading the page again.
 */
import { addressOf, routeOf, type Route } from '../core/view.ts';

export class Address {
  route: Route = $state.raw({ page: 'missing' });
  readonly #window: Window;
  #here = '';
  #kept: (() => void) | null = null;

  constructor(window: Window) {
    this.#window = window;
    this.#read();
    window.addEventListener('popstate', () => {
      this.#wentBack();
    });
    window.document.addEventListener('click', (event) => {
      this.#followed(event);
    });
  }

  /** The bare first page: nobody has asked for anything in particular. */
  get isFirst(): boolean {
    const { pathname, search } = this.#window.location;
    return pathname === '/' && search === '';
  }

  /** Until it is let go again nobody comes to another page, be it by a link or by the browser's Back; `kept` is told of every attempt. */
  keep(kept: () => void): () => void {
    this.#kept = kept;
    return () => {
      this.#kept = null;
    };
  }

  go(route: Route): void {
    this.#leave(addressOf(route));
  }

  /** Changes the address in place: for filters, which are no steps to go back through. */
  replace(route: Route): void {
    this.#move(addressOf(route), 'replace');
  }

  #followed(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    const link = event.target instanceof Element ? event.target.closest('a') : null;
    if (link?.target !== '' || link.hasAttribute('download') || link.origin !== this.#window.location.origin) return;
    event.preventDefault();
    if (link.href !== this.#window.location.href) this.#leave(link.href);
  }

  #leave(href: string): void {
    if (this.#kept) this.#kept();
    else this.#move(href, 'push');
  }

  /** Or forward: what is done already is taken back where the page is kept. */
  #wentBack(): void {
    if (!this.#kept) {
      this.#read();
      return;
    }
    this.#window.history.pushState(null, '', this.#here);
    this.#kept();
  }

  #move(href: string, how: 'push' | 'replace'): void {
    if (how === 'push') this.#window.history.pushState(null, '', href);
    else this.#window.history.replaceState(null, '', href);
    this.#read();
  }

  #read(): void {
    this.#here = this.#window.location.href;
    this.route = routeOf(this.#window.location);
  }
}
