/**
 * What is cut short can be read whole: pointed at, it says all of itself. Comes in: the document. Goes out: nothing; text that ends in an
 * ellipsis gets its own words as its title. It leaves titles alone that somebody has written.
 */
export function tellWhole(document: Document): void {
  const told = new WeakSet<HTMLElement>();
  document.addEventListener('pointerover', ({ target }) => {
    if (!(target instanceof HTMLElement)) return;
    const cut = [target, target.parentElement].find((one) => one !== null && isCut(one));
    if (!cut || (cut.title !== '' && !told.has(cut))) return;
    cut.title = cut.innerText;
    told.add(cut);
  });
}

function isCut(element: HTMLElement): boolean {
  return element.scrollWidth > element.clientWidth && getComputedStyle(element).textOverflow === 'ellipsis';
}
