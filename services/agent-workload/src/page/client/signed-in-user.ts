import { callApi } from './api.ts'
import { element, find, link } from './elements.ts'
import { SESSION, signInPath } from './routes.ts'

/** In another tab the user may sign out, or another user may sign in. */
export function watchSignedInUser(subject: string): void {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void check()
  })
  // The Back button restores an old page, possibly of another user.
  addEventListener('pageshow', ({ persisted }) => {
    if (persisted) location.reload()
  })

  async function check(): Promise<void> {
    const answer = await callApi<{ user: { subject: string } }>('GET', SESSION)
    if (!answer.ok) {
      if (answer.problem.code === 'not_signed_in') sayAtTop('You are not signed in any more. ', signInLink())
    } else if (answer.body.user.subject !== subject) {
      sayAtTop('You are signed in as someone else now. ', link('Reload this page', location.href))
    } else {
      find('#page-notice', HTMLElement).hidden = true
    }
  }
}

export const signInLink = () => link('Sign in again', signInPath())

function sayAtTop(...content: (Node | string)[]): void {
  const notice = find('#page-notice', HTMLElement)
  notice.replaceChildren(element('span', {}, ...content))
  notice.hidden = false
}
