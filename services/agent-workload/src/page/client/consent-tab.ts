import type { Answer } from './api.ts'
import { newTabLink, sameOriginPath } from './elements.ts'
import { signInLink } from './signed-in-user.ts'
import { REQUEST_PROBLEMS } from './words.ts'

export interface LeadsToConsent {
  startUrl: string
}

/** `here`: the message has a link to follow. */
export async function goToConsent(
  displayName: string,
  message: HTMLElement,
  request: () => Promise<Answer<LeadsToConsent>>,
): Promise<'in-other-tab' | 'here' | 'refused'> {
  message.replaceChildren('One moment…')
  const tab = openEmptyTab(displayName)
  const answer = await request()
  if (!answer.ok) {
    tab?.close()
    showProblem(message, answer)
    return 'refused'
  }
  const path = ownPath(answer.body.startUrl)
  if (path === undefined) {
    tab?.close()
    message.replaceChildren(ELSEWHERE)
    return 'refused'
  }
  if (!tab) {
    const follow = newTabLink(`Continue to ${displayName}`, path)
    message.replaceChildren('The browser did not let this page open a tab. ', follow)
    return 'here'
  }
  tab.location.replace(path)
  message.replaceChildren('Continue in the other tab. This page goes on by itself.')
  return 'in-other-tab'
}

export function showProblem(message: HTMLElement, { problem }: Extract<Answer<unknown>, { ok: false }>): void {
  message.replaceChildren(REQUEST_PROBLEMS[problem.code], ' ')
  if (problem.code === 'not_signed_in') message.append(signInLink())
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
