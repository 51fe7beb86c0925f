import { readFileSync } from 'node:fs'
import { runInNewContext } from 'node:vm'
import { BINDING_OUTCOMES, type BindingOutcome, ROUTES } from '@agent-identity/contracts'
import { describe, expect, test } from '@jest/globals'
import { bindingPage } from './binding-page.ts'
import { bindingWords } from './binding-words.ts'

const outcomes = Object.keys(BINDING_OUTCOMES) as BindingOutcome[]
const displayNames = ['GitHub', 'Google Calendar']

describe.each(outcomes)('the page for %s', (outcome) => {
  const page = bindingPage({ outcome })

  test('carries its outcome, a heading and advice', () => {
    expect(page).toContain(`<main data-outcome="${outcome}">`)
    const { heading, advice } = bindingWords(outcome)
    expect(advice.length).toBeGreaterThan(0)
    for (const words of [heading, ...advice]) expect(words).toMatch(/^[A-Z].* .*|^Connected$/)
    for (const words of [`<h1>${heading}</h1>`, ...advice.map((text) => `<p>${text}</p>`)])
      expect(page).toContain(words)
  })

  test('says that the tab may be closed, and has the links that help, and no other', () => {
    expect(page).toContain('<p>You can close this tab.</p>')
    const actions = /<p class="actions">(.*?)<\/p>/s.exec(page)?.[1] ?? ''
    const links = [...actions.matchAll(/<a [^>]*href="([^"]*)"[^>]*>([^<]*)<\/a>/g)].map(([, href, text]) => [
      href,
      text,
    ])
    const chat = [ROUTES.chatPage, 'Go to the agent']
    // The script gives "Try again" its address: the page itself has no state and no session URI.
    const LINKS: Partial<Record<BindingOutcome, unknown>> = {
      try_again: [['', 'Try again'], chat],
      not_signed_in: [[ROUTES.signIn, 'Sign in']],
    }
    expect(links).toEqual(LINKS[outcome] ?? [chat])
    expect(actions.replaceAll(/<a [^>]*>[^<]*<\/a>/g, '').trim()).toBe('')
  })

  test('names no provider unless it gets one', () => {
    for (const name of displayNames) expect(page).not.toContain(name)
  })

  test('shows markup in a name as text', () => {
    const hostile = bindingPage({ outcome, displayName: `</title><img src=x onerror="alert(1)">` })
    expect(hostile).not.toContain('<img')
  })

  test('is a primitive string without inline content', () => {
    expect(typeof page).toBe('string')
    expect(page).not.toMatch(/<script(?![^>]* src="\/)|<style|\sstyle=|\son[a-z]+=|undefined|\[object/)
  })
})

test('every outcome has its own text', () => {
  const texts = outcomes.map((outcome) => JSON.stringify(bindingWords(outcome)))
  expect(new Set(texts).size).toBe(outcomes.length)
})

test('a connection is announced by the name of its provider', () => {
  expect(bindingPage({ outcome: 'bound', displayName: 'GitHub' })).toContain('<h1>GitHub connected</h1>')
  expect(bindingPage({ outcome: 'already_bound', displayName: 'GitHub' })).toContain('<h1>GitHub connected</h1>')
  expect(bindingPage({ outcome: 'denied', displayName: 'GitHub' })).toContain('<h1>GitHub not connected</h1>')
})

test.each(['bound', 'expired', 'try_again'] as const)('%s speaks of "the service" when it has no name', (outcome) => {
  const named = bindingWords(outcome, 'GitHub').advice.join()
  expect(named).toContain('GitHub')
  expect(bindingWords(outcome).advice.join()).toBe(named.replaceAll('GitHub', 'the service'))
})

test('an expired consent names all of its reasons, because the page cannot tell them apart', () => {
  expect(bindingPage({ outcome: 'expired', displayName: 'GitHub' })).toContain(
    'GitHub was cancelled, took too long, or went on in another tab',
  )
})

test('`not_recognized` and `not_signed_in` name no provider', () => {
  for (const outcome of ['not_recognized', 'not_signed_in'] as const)
    expect(bindingPage({ outcome, displayName: 'GitHub' })).toBe(bindingPage({ outcome }))
})

describe('the script of the page', () => {
  const RETURN = `https://app.example${ROUTES.sessionBinding}?session_id=urn%3Aone&state=secret`

  class Anchor {
    href = ''
  }

  function run(tryAgain: Anchor | null) {
    const address = new URL(RETURN)
    const replaced: unknown[] = []
    const posted: [string, unknown][] = []
    runInNewContext(readFileSync(new URL('./static/binding-page.js', import.meta.url), 'utf8'), {
      document: { getElementById: () => tryAgain },
      HTMLAnchorElement: Anchor,
      location: address,
      history: {
        replaceState(_state: null, _title: string, url: string) {
          replaced.push(url)
          address.search = ''
        },
      },
      BroadcastChannel: class {
        name: string
        constructor(name: string) {
          this.name = name
        }
        postMessage(message: unknown) {
          posted.push([this.name, message])
        }
        close() {}
      },
    })
    return { replaced, posted }
  }

  test('removes state and session_id from the address bar and the history', () => {
    expect(run(null).replaced).toEqual([ROUTES.sessionBinding])
  })

  test('tells the other tabs to refresh, and nothing else', () => {
    expect(run(null).posted).toEqual([['authorizations', { type: 'authorization-settled' }]])
  })

  test('lets the user try again with the whole return', () => {
    const link = new Anchor()
    run(link)
    expect(link.href).toBe(RETURN)
  })
})
