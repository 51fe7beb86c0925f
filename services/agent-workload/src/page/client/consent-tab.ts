import type { Answer } from './api.ts'
import { newTabLink, sameOriginPath } from './elements.ts'
import { signInLink } from './signed-in-user.ts'
import { REQUEST_PROBLEMS } from './words.ts'

/** Without an address no consent is needed. */
export interface MayLeadToConsent {
  startUrl?: string
}

/** `here`: the message has a link to follow. */
export async function goToConsent(
  displayName: string,
  message: HTMLElement,
  request: () => Promise<Answer<MayLeadToConsent | undefined>>,
): Promise<'in-other-tab' | 'here' | 'done' | 'refused'> {
  message.replaceChildren('One moment…')
  const tab = openEmptyTab(displayName)
  const answer = await request()
  if (!answer.ok) {
    tab?.close()
    showProblem(message, answer)
    return 'refused'
  }
  return goOn(displayName, message, answer.body?.startUrl, tab)
}

export function showProblem(message: HTMLElement, { problem }: Extract<Answer<unknown>, { ok: false }>): void {
  message.replaceChildren(REQUEST_PROBLEMS[problem.code], ' ')
  if (problem.code === 'not_signed_in') message.append(signInLink())
}

/** @param tab without one, a link is left to follow */
export function goOn(
  displayName: string,
  message: HTMLElement,
  startUrl: string | undefined,
  tab: Window | null | undefined,
): 'in-other-tab' | 'here' | 'done' | 'refused' {
  const path = startUrl === undefined ? undefined : ownPath(startUrl)
  if (path === undefined) {
    tab?.close()
    message.replaceChildren(...(startUrl === undefined ? [] : [ELSEWHERE]))
    return startUrl === undefined ? 'done' : 'refused'
  }
  if (!tab) {
    const why = tab === null ? 'The browser did not let this page open a tab. ' : ''
    message.replaceChildren(why, newTabLink(`Continue to ${displayName}`, path))
    return 'here'
  }
  tab.location.replace(path)
  message.replaceChildren('Continue in the other tab. This page goes on by itself.')
  return 'in-other-tab'
}

const ELSEWHERE = 'The answer led to another site, so this page did not follow it. Reload this page and try again.'

function ownPath(address: string): string | undefined {
  try {
    return sameOriginPath(address)
  } catch {
    return undefined
  }
}

/** To be called within the click: browsers may block a tab that opens later. */
function openEmptyTab(displayName: string): Window | null {
  const tab = window.open('', '_blank')
  if (tab === null) return null
  tab.opener = null
  tab.document.title = `Connect ${displayName}`
  tab.document.body.textContent = 'One moment…'
  return tab
}
