type Child = Node | string

/** Strings become text nodes: markup of a vendor, a model or a user stays text. */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  properties: Partial<HTMLElementTagNameMap[Name]> = {},
  ...children: Child[]
): HTMLElementTagNameMap[Name] {
  const created = Object.assign(document.createElement(name), properties)
  created.append(...children)
  return created
}

/** @throws Error when page and script do not match. */
export function find<T extends Element>(selector: string, type: new () => T, within: ParentNode = document): T {
  const found = within.querySelector(selector)
  if (!(found instanceof type)) throw new Error(`The page has no ${selector}`)
  return found
}

/** Elements that are in their place are not moved: an element that is moved loses the focus. */
export function placeInOrder(parent: Element, elements: readonly Element[]): void {
  let place: Element | null = parent.firstElementChild
  for (const one of elements) {
    if (one === place) place = one.nextElementSibling
    else parent.insertBefore(one, place)
  }
}

export const link = (text: string, href: string) => element('a', { href }, text)

/** `noopener`: the vendor's page must not have access to this one. */
export function newTabLink(text: string, path: string): HTMLAnchorElement {
  return element('a', { href: sameOriginPath(path), target: '_blank', rel: 'noopener' }, text)
}

/** Refuses other origins, and `javascript:`. */
export function sameOriginPath(address: string): string {
  const { origin, pathname, search } = new URL(address, location.origin)
  // A path that begins with two slashes is an address of another origin.
  if (origin !== location.origin || pathname.startsWith('//')) throw new Error('The address is not of this origin')
  return pathname + search
}
