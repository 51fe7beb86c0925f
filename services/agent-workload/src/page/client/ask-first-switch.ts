import { callApi } from './api.ts'
import { askFirstPath } from './routes.ts'
import { signInLink } from './signed-in-user.ts'
import { REQUEST_PROBLEMS } from './words.ts'

/** @returns nothing for a row without a switch */
export function createAskFirstSwitch(row: HTMLTableRowElement, message: HTMLElement) {
  const control = row.querySelector<HTMLInputElement>('input[data-slot=ask-first]')
  return control === null ? undefined : createSwitch(control, row, message)
}

function createSwitch(control: HTMLInputElement, { dataset }: HTMLTableRowElement, message: HTMLElement) {
  let saving = false

  async function save(askFirst: boolean): Promise<void> {
    saving = true
    message.replaceChildren()
    const answer = await callApi('PUT', askFirstPath(dataset.provider ?? ''), { askFirst })
    saving = false
    if (answer.ok) return
    control.checked = !askFirst
    message.replaceChildren(REQUEST_PROBLEMS[answer.problem.code], ' ')
    if (answer.problem.code === 'not_signed_in') message.append(signInLink())
  }

  control.addEventListener('change', () => {
    // A click during a request has no effect: of two requests under way, the one that arrives last would win.
    if (saving) control.checked = !control.checked
    else void save(control.checked)
  })
  control.disabled = false

  return {
    show(askFirst: boolean): void {
      if (!saving) control.checked = askFirst
    },
  }
}
