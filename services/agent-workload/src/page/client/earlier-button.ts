import type { RequestProblem } from './api.ts'
import { element, sameOriginPath } from './elements.ts'
import { REQUEST_PROBLEMS } from './words.ts'

export function createEarlierButton(show: (path: string) => Promise<RequestProblem | undefined>) {
  const button = element('button', { type: 'button', className: 'button-quiet' }, 'Show earlier messages')
  const problemLine = element('span', { className: 'problem', role: 'status' })
  const row = element('p', { hidden: true }, button, ' ', problemLine)
  let path = ''
  let showing = false

  button.addEventListener('click', () => void showMore())

  async function showMore(): Promise<void> {
    if (showing) return
    showing = true
    button.ariaDisabled = 'true'
    const problem = await show(path)
    showing = false
    button.ariaDisabled = 'false'
    problemLine.textContent = problem === undefined ? '' : REQUEST_PROBLEMS[problem.code]
  }

  return {
    element: row,
    offer(earlierUrl: string | undefined): void {
      path = earlierUrl === undefined ? '' : sameOriginPath(earlierUrl)
      row.hidden = earlierUrl === undefined
    },
  }
}
