import { execFileSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { outcomeOf, Person } from '../support/person.ts'
import { startDemo } from '../support/start-demo.ts'

const ROOT = join(import.meta.dirname, '../..')

/** One vendor of each form: a client only, a tenant, a customer's own servers, and custom. */
const THROWAWAYS = [
  ['throw-away', 'NotionOauth2', 'Throw Away'],
  ['tenant', 'MicrosoftOauth2', 'A Tenant'],
  ['customer', 'OktaOauth2', 'A Customer'],
  ['custom', 'CustomOauth2', 'Any Other'],
] as const

/** Id, arguments of new-provider, and what the stand-in answers. */
const WITHOUT_CONSENT = [
  ['exchanged', ['--kind', 'on-behalf-of', '--vendor', 'CustomOauth2'], 'The first item of alice'],
  ['robot', ['--kind', 'machine', '--vendor', 'CustomOauth2'], 'The first item of everyone'],
  ['keyed', ['--kind', 'api-key'], 'The first item of everyone'],
] as const

/** A copy with the same installed packages: other tests use the checkout's own list of providers. */
function copyOfTheCheckout(): string {
  const copy = mkdtempSync(join(realpathSync(tmpdir()), 'agent-identity-new-provider-'))
  for (const name of ['packages', 'services', 'local', 'providers'])
    cpSync(join(ROOT, name), join(copy, name), { recursive: true, verbatimSymlinks: true })
  for (const name of ['package.json', 'biome.json', '.gitignore', 'tsconfig.base.json'])
    cpSync(join(ROOT, name), join(copy, name))
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'))
  // Biome uses git's ignore rules.
  mkdirSync(join(copy, '.git'))
  return copy
}

describe('a provider that new-provider has written, unchanged', () => {
  let copy: string
  beforeAll(() => {
    copy = copyOfTheCheckout()
    for (const [id, vendor, name] of THROWAWAYS)
      execFileSync(process.execPath, ['providers/new-provider/main.ts', id, '--vendor', vendor, '--name', name], {
        cwd: copy,
      })
    for (const [id, args] of WITHOUT_CONSENT)
      execFileSync(process.execPath, ['providers/new-provider/main.ts', id, ...args], { cwd: copy })
  })
  afterAll(() => rmSync(copy, { recursive: true, force: true }))

  const folders = [...THROWAWAYS, ...WITHOUT_CONSENT].map(([id]) => `providers/${id}`)
  const bin = (name: string, args: string[]) => execFileSync(join(copy, 'node_modules/.bin', name), args, { cwd: copy })

  test('has no type error and no lint error', () => {
    const config = { extends: './tsconfig.base.json', include: [...folders, 'providers/*.ts'] }
    writeFileSync(join(copy, 'tsconfig.json'), JSON.stringify(config))
    bin('tsc', ['-p', 'tsconfig.json'])
    bin('biome', ['check', '--error-on-warnings', ...folders, 'providers/index.ts'])
  })

  test('is connected and answers, against its own stand-in', async () => {
    const { stack, stop } = await startDemo(copy)
    try {
      expect(Object.keys(stack.vendors)).toEqual(expect.arrayContaining(folders.map((folder) => basename(folder))))
      const [user = { username: '', password: '' }] = stack.users
      const who = new Person(stack, user)
      await who.signIn()
      for (const [id, , name] of THROWAWAYS) {
        const { stream } = await who.ask(`List my ${name} items`)
        const { data } = await stream.next('authorization_required')
        expect(data).toMatchObject({ provider: id, displayName: name, scopes: ['Read your items'] })
        const page = await who.consent(data.startUrl)
        expect([outcomeOf(page), page.body.includes(`${name} connected`)]).toEqual(['bound', true])
        expect(await stream.answer()).toContain(`The first item of ${user.username}`)
        expect((await stream.next('authorization_completed')).data.account).toBe(user.username)
      }
      for (const [id, , item] of WITHOUT_CONSENT) {
        const { stream } = await who.ask(`List my ${id.replace(/^./, (letter) => letter.toUpperCase())} items`)
        expect(await stream.answer()).toContain(item)
        expect(stream.events.map(({ event }) => event)).not.toContain('authorization_required')
      }
    } finally {
      await stop()
    }
    // Longer than all attempts of a start.
  }, 600_000)
})
