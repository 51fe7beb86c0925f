import { callApi } from './api.ts'
import { confirmIn } from './dialogs.ts'
import { find } from './elements.ts'
import { END_USER } from './routes.ts'
import { signInLink, watchSignedInUser } from './signed-in-user.ts'
import { REQUEST_PROBLEMS } from './words.ts'

const page = find('#users', HTMLElement)
const form = find('#end-user', HTMLFormElement)
const message = find('#end-message', HTMLElement)
let ending = false

async function end(): Promise<void> {
  const subject = find('#subject', HTMLInputElement).value.trim()
  const issuer = find('#issuer', HTMLInputElement).value.trim()
  find('[data-slot=subject]', HTMLElement).textContent = subject
  if (ending || !(await confirmIn('end-dialog', 'end'))) return
  ending = true
  message.replaceChildren('One moment…')
  const answer = await callApi('POST', END_USER, { subject, issuer })
  ending = false
  if (answer.ok) {
    form.reset()
    message.replaceChildren(
      `${subject} is signed out everywhere, their accounts are disconnected, and their conversations are erased.`,
    )
    return
  }
  const { code } = answer.problem
  message.replaceChildren(REQUEST_PROBLEMS[code], ' ')
  if (code === 'not_signed_in') message.append(signInLink())
}

watchSignedInUser(page.dataset.userSubject ?? '')
form.hidden = false
form.addEventListener('submit', (event) => {
  event.preventDefault()
  void end()
})
