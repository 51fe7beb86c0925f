import { callApi } from './api.ts'
import { element, find, link } from './elements.ts'
import { SESSION, signInPath } from './routes.ts'

/**
 * A tab can outlive its user: somebody signs out, or in as someone else, in another one. The server decides every request
 * by its own user session; this keeps the page from showing one person's name above another one's work.
 */
export function watchSignedInUser(subject: string): void {
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') void check()
  })
  // A page restored by the Back button is a picture of the past, perhaps of another user's.
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
