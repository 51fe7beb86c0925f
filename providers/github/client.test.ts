import { startVendorStub } from '@agent-identity/provider-kit/vendor-stub'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { createGitHub } from './client.ts'

const signal = new AbortController().signal
let stub: Awaited<ReturnType<typeof startVendorStub>>
beforeAll(async () => {
  stub = await startVendorStub()
})
afterAll(() => stub.stop())

const github = () => createGitHub({ url: stub.url, timeoutMs: 60_000 })

it.each([
  ['repo, read:org', ['repo', 'read:org']],
  // A GitHub App's token has permissions, and no scopes.
  ['', undefined],
  [undefined, undefined],
])('knows the account by its login, and what was granted by a header (%s)', async (scopes, granted) => {
  const headers = scopes === undefined ? {} : { 'x-oauth-scopes': scopes }
  stub.answer({ 'GET /user': { json: { id: 7, login: 'alice' }, headers } })
  expect(await github().account('token', signal)).toEqual({ id: '7', name: 'alice', granted })
})

describe('a redirect', () => {
  const repositories = () => github().repositories('token', 'all', signal)
  const moved = (location: string, status = 301) => ({ status, headers: { location } })

  it('is not followed to another origin: it could be an address inside our network', async () => {
    const metadata = await startVendorStub()
    try {
      metadata.answer({ 'GET /v2/credentials': { json: [{ full_name: 'stolen', private: true }] } })
      for (const location of [
        `${metadata.url}/v2/credentials`,
        `//${new URL(metadata.url).host}/v2/credentials`,
        'http:',
      ]) {
        stub.answer({ 'GET /user/repos': moved(location) })
        await expect(repositories()).rejects.toMatchObject({ reason: 'unavailable' })
      }
      expect(metadata.calls).toEqual([])
    } finally {
      await metadata.stop()
    }
  })

  it('is followed within its own, with the same request, and not endlessly', async () => {
    stub.answer({
      'POST /repos/alice/old/issues': moved('/repositories/1/issues', 307),
      'POST /repositories/1/issues': { status: 201, json: { number: 7 } },
      'GET /user/repos': moved('/user/repos'),
    })
    const issue = { owner: 'alice', repository: 'old', title: 'Moved' }
    expect(await github().openIssue('token', issue, signal)).toEqual({ number: 7 })
    expect(stub.calls.map(({ path, body }) => [path, body])).toEqual([
      ['/repos/alice/old/issues', { title: 'Moved' }],
      ['/repositories/1/issues', { title: 'Moved' }],
    ])
    await expect(repositories()).rejects.toMatchObject({ reason: 'unavailable' })
  })
})

it('reads an answer that is as long as the limit, and cuts a list that is longer than requested', async () => {
  const repositories = (count: number) =>
    JSON.stringify(Array.from({ length: count }, (_, n) => ({ full_name: `alice/${n}`, private: true })))
  stub.answer({ 'GET /user/repos': { text: repositories(500).padEnd(1024 * 1024) } })
  expect(await github().repositories('token', 'all', signal)).toMatchObject({
    repositories: { length: 50 },
    more: true,
  })
  stub.answer({ 'GET /user/repos': { text: repositories(500).padEnd(1024 * 1024 + 1) } })
  await expect(github().repositories('token', 'all', signal)).rejects.toMatchObject({ reason: 'unavailable' })
})

it.each([
  [
    'another page',
    '<https://api.github.com/user/repos?page=2>; rel="next", <https://api.github.com/user/repos?page=2>; rel="last"',
    true,
  ],
  ['only pages before', '<https://api.github.com/user/repos?page=1>; rel="prev"', undefined],
  ['no other page', undefined, undefined],
])('says that there are more repositories where there is %s', async (_which, link, more) => {
  const json = [{ full_name: 'alice/notes', private: false }]
  stub.answer({ 'GET /user/repos': { json, ...(link ? { headers: { link } } : {}) } })
  const repositories = [{ name: 'alice/notes', visibility: 'public' }]
  expect(await github().repositories('token', 'all', signal)).toEqual({ repositories, more })
})
