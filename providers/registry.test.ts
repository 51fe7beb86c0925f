import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ProviderId } from '@agent-identity/contracts'
import { isOfTheSignIn } from '@agent-identity/provider-kit'
import { describe, expect, test } from '@jest/globals'
import { loadScriptedOf } from './load-scripted.ts'
import { loadStandIn, WITH_STAND_IN } from './load-stand-ins.ts'
import { PROVIDERS } from './registry.ts'

const settings = { url: 'http://127.0.0.1:9', timeoutMs: 1 }

test('every folder is in the list, under its own name', () => {
  const folders = readdirSync(import.meta.dirname).filter((name) =>
    existsSync(join(import.meta.dirname, name, 'provider.ts')),
  )
  expect([...PROVIDERS.keys()]).toEqual(folders.sort())
})

test('no two providers have a tool of the same name, or the same display name', async () => {
  const all = [...PROVIDERS.values()]
  const tools = (await Promise.all(all.map(({ atWork }) => atWork(settings)))).flatMap((work) => work.tools)
  for (const names of [tools.map(({ name }) => name), all.map(({ displayName }) => displayName)])
    expect(new Set(names).size).toBe(names.length)
})

describe.each([...PROVIDERS.values()])('$id', (provider) => {
  test('has a valid name, and describes every scope that it requests', async () => {
    expect(ProviderId.parse(provider.id)).toBe(provider.id)
    expect(provider.displayName).toMatch(/^.{1,64}$/)
    const { tools } = await provider.atWork(settings)
    const asked = [...provider.baseScopes, ...tools.flatMap(({ scopes }) => scopes)]
    expect(asked.filter((scope) => !provider.scopeDescriptions[scope])).toEqual([])
  })

  test('says of each tool in a few words what a call of it has done', async () => {
    const { tools } = await provider.atWork(settings)
    expect(tools.map(({ pastTense }) => pastTense).filter((words) => !/^[a-z].{0,79}$/.test(words))).toEqual([])
  })

  test('calls its API over https', () => {
    if (provider.apiUrl !== 'user-info') expect(provider.apiUrl).toMatch(/^https:\/\//)
  })

  test('has a script for each tool and for no other, the first one for reading', async () => {
    const { tools } = await provider.atWork(settings)
    const scripted = await loadScriptedOf(provider.id)
    expect(Object.keys(scripted).sort()).toEqual(tools.map(({ name }) => name).sort())
    const [first] = Object.keys(scripted)
    expect(tools.find(({ name }) => name === first)?.does).toBe('read')
    for (const { example, request } of Object.values(scripted)) expect(example).toMatch(request)
  })

  test('has a stand-in, unless it is the sign-in', async () => {
    if (!WITH_STAND_IN.includes(provider.id)) return expect(isOfTheSignIn(provider)).toBe(true)
    const { endpoints } = await loadStandIn(provider.id)
    for (const path of Object.values(endpoints)) expect(path).toMatch(/^\//)
  })
})
