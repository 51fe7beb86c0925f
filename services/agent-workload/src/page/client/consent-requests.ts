import type { ListedConsentRequest } from '@agent-identity/contracts'
import { callApi } from './api.ts'
import { countDown } from './count-down.ts'
import { element, find, sameOriginPath } from './elements.ts'
import { CONSENT_REQUESTS } from './routes.ts'

/**
 * Items that stay keep their element, and with it the focus.
 *
 * @param section absent where there is no MCP server
 */
export function createConsentRequests(section: HTMLElement | null, onTimeUp: () => unknown) {
  const items = new Map<string, { item: HTMLElement; stop(): void }>()

  /** Also for an item of the server, to start its countdown. */
  function show(list: HTMLElement, template: HTMLTemplateElement, request: ListedConsentRequest): HTMLElement {
    const { startUrl, displayName, expiresAt } = request
    const known = items.get(startUrl)
    if (known) return known.item
    const item =
      [...list.querySelectorAll<HTMLElement>('[data-start]')].find((one) => one.dataset.start === startUrl) ??
      filledIn(find('li', HTMLElement, document.importNode(template.content, true)), request)
    const time = find('[data-slot=time-left]', HTMLElement, item)
    items.set(startUrl, { item, stop: countDown({ expiresAt, toWhat: `connect ${displayName}` }, time, onTimeUp) })
    return item
  }

  return {
    /** Without an answer, what is shown stays. */
    async update(): Promise<void> {
      if (section === null) return
      const answer = await callApi<ListedConsentRequest[]>('GET', CONSENT_REQUESTS)
      if (!answer.ok) return
      const list = find('[data-slot=requests]', HTMLElement, section)
      const template = find('template', HTMLTemplateElement, section)
      const next = answer.body.map((request) => show(list, template, request))
      for (const [startUrl, { item, stop }] of items) {
        if (next.includes(item)) continue
        stop()
        items.delete(startUrl)
      }
      if (next.length !== list.children.length || next.some((item, n) => item !== list.children[n]))
        list.replaceChildren(...next)
      section.hidden = next.length === 0
    },
  }
}

function filledIn(item: HTMLElement, request: ListedConsentRequest): HTMLElement {
  const { startUrl, displayName, clientName = '', clientId, scopes } = request
  item.dataset.start = startUrl
  const slots = (name: string) => item.querySelectorAll<HTMLElement>(`[data-slot=${name}]`)
  for (const [name, text] of Object.entries({ name: clientName, client: clientId, service: displayName }))
    for (const slot of slots(name)) slot.textContent = text
  find('[data-slot=scopes]', HTMLElement, item).replaceChildren(...scopes.map((scope) => element('li', {}, scope)))
  find('[data-slot=start]', HTMLAnchorElement, item).href = sameOriginPath(startUrl)
  return item
}
