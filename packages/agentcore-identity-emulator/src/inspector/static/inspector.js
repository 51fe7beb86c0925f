const view = /** @type {HTMLElement} */ (document.getElementById('view'))
const connection = /** @type {HTMLElement} */ (document.getElementById('connection'))
const outcome = /** @type {HTMLElement} */ (document.getElementById('outcome'))

let looking = false
let lookAgain = false

async function look() {
  lookAgain = true
  if (looking) return
  looking = true
  while (lookAgain) {
    lookAgain = false
    try {
      const response = await fetch('/_inspector/view')
      if (response.ok) show(await response.text())
    } catch {
      // The event stream reports a change when the emulator is back.
    }
  }
  looking = false
}

function show(/** @type {string} */ markup) {
  if (view.innerHTML === markup) return
  const focused = document.activeElement?.id
  const scrolled = new Map(
    [...view.querySelectorAll('.scroll')].map((table) => [table.getAttribute('aria-labelledby'), table.scrollLeft]),
  )
  view.innerHTML = markup
  for (const table of view.querySelectorAll('.scroll'))
    table.scrollLeft = scrolled.get(table.getAttribute('aria-labelledby')) ?? 0
  if (focused) document.getElementById(focused)?.focus({ preventScroll: true })
}

async function post(/** @type {string} */ route, /** @type {unknown} */ body) {
  outcome.textContent = ''
  try {
    const response = await fetch(`/_inspector/control/${route}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    outcome.textContent = response.ok ? 'Done.' : `Refused: ${(await response.json()).message}`
  } catch {
    outcome.textContent = 'The emulator does not answer.'
  }
}

const bodies = {
  clock: (/** @type {FormData} */ form) => ({ advanceSeconds: Number(form.get('advanceSeconds')) }),
  faults: (/** @type {FormData} */ form) => ({
    operation: form.get('operation'),
    times: Number(form.get('times')),
    ...JSON.parse(String(form.get('fault'))),
  }),
  reset: () => ({}),
}

document.addEventListener('submit', (event) => {
  event.preventDefault()
  const form = /** @type {HTMLFormElement} */ (event.target)
  const route = /** @type {keyof typeof bodies} */ (form.dataset.post)
  if (form.dataset.confirm && !confirm(form.dataset.confirm)) return
  void post(route, bodies[route](new FormData(form)))
})

document.addEventListener('click', (event) => {
  const button = event.target instanceof HTMLElement ? event.target.closest('button') : null
  if (button?.dataset.post && button.dataset.body) void post(button.dataset.post, JSON.parse(button.dataset.body))
})

const events = new EventSource('/_inspector/events')
events.addEventListener('open', () => {
  connection.textContent = 'Live.'
})
events.addEventListener('changed', () => void look())
events.addEventListener('error', () => {
  // After an answer such as 503 the browser does not connect again.
  connection.textContent =
    events.readyState === EventSource.CLOSED
      ? 'Not live. Reload this page; too many of them may be open.'
      : 'The emulator does not answer. This page connects again when it is back.'
})
