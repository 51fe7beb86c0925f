import { startVendor } from '@agent-identity/stand-in-kit/test-support'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Octokit } from '@octokit/rest'
import { standIn } from './stand-in.ts'

let github: Awaited<ReturnType<typeof startVendor>>
beforeAll(async () => {
  github = await startVendor(standIn)
})
afterAll(() => github.close())

const octokit = (auth?: string) =>
  new Octokit({
    baseUrl: github.origin,
    ...(auth ? { auth } : {}),
    log: { debug() {}, info() {}, warn() {}, error() {} },
  })

describe('GitHub, authorization', () => {
  test('gives nothing to an application that is denied', async () => {
    const { browser, page } = await github.signIn('alice', 'repo')
    const { url } = await browser.submit(page, { decision: 'deny' })
    expect(url.searchParams.get('error')).toBe('access_denied')
    expect(url.searchParams.get('state')).toBe('the-state')
    expect(url.searchParams.get('code')).toBeNull()
  })

  test('shows application, scopes and user on the consent page, and that it is a stand-in', async () => {
    const { page } = await github.signIn('alice', 'repo read:user')
    for (const text of [
      'Authorize Agent workload',
      '<strong>alice</strong>',
      '>Authorize<',
      '>Deny<',
      'This is not github.com',
    ])
      expect(page.html).toContain(text)
    expect(page.html).toContain('<code>repo</code>')
    expect(page.html).toContain('<code>read:user</code>')
  })

  test('answers as GitHub does: scopes with commas, no lifetime, no refresh token', async () => {
    const { access_token, ...rest } = await github.consent('alice', 'read:user repo')
    expect(access_token).toBeTruthy()
    expect(rest).toEqual({ scope: 'read:user,repo', token_type: 'bearer' })
  })

  test('answers with a form unless JSON is asked for', async () => {
    const { browser, page } = await github.signIn('alice', 'repo')
    const { url } = await browser.submit(page, { decision: 'authorize' })
    const code = url.searchParams.get('code') ?? ''
    const redirect_uri = url.href.split('?')[0] ?? ''
    const response = await github.requestToken({ grant_type: 'authorization_code', code, redirect_uri }, {})
    expect(new URLSearchParams(await response.text()).get('scope')).toBe('repo')
  })

  test('reports a wrong code with status 200, as GitHub does', async () => {
    const redirect_uri = 'http://127.0.0.1:9/identities/oauth2/callback/the-provider'
    const response = await github.requestToken({ grant_type: 'authorization_code', code: 'wrong', redirect_uri })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ error: 'bad_verification_code' })
  })

  test('asks again only for scopes that were not granted before', async () => {
    const { browser, page } = await github.signIn('carol', 'read:user')
    await browser.submit(page, { decision: 'authorize' })
    const { page: same } = await github.signIn('carol', 'read:user', {}, browser)
    expect(same.url.searchParams.get('code')).toBeTruthy()
    const { page: more } = await github.signIn('carol', 'read:user repo', {}, browser)
    expect(more.html).toContain('<code>repo</code>')
  })
})

test('GitHub preselects the account of `login`, and another one may be chosen', async () => {
  const { browser } = await github.signIn('alice', 'read:user')
  const chooser = await github.request('read:user', { login: 'alice-home' }, browser)
  expect(chooser.html).toMatch(/value="alice-home" type="submit" class="primary"/)
  const page = await browser.submit(chooser, { account: 'alice-home' })
  expect(page.html).toContain('as <strong>alice-home</strong>')
  const first = await github.request('read:user', { login: 'alice-home' })
  expect(first.html).toMatch(/name="username" type="text" value="alice-home"/)
})

test('GitHub, as a GitHub App: tokens expire and are refreshed, once each, and have permissions in the place of scopes', async () => {
  const app = await startVendor(standIn, { variant: 'github-app' })
  try {
    const first = await app.consent('alice', 'read:user')
    expect(first).toMatchObject({ expires_in: 28_800, refresh_token_expires_in: 15_897_600, scope: '' })
    const refresh = async () => {
      const answer = await app.requestToken({ grant_type: 'refresh_token', refresh_token: first.refresh_token ?? '' })
      return (await answer.json()) as Record<string, string>
    }
    const { access_token: auth = '' } = await refresh()
    const client = new Octokit({ auth, baseUrl: app.origin })
    const { data, headers } = await client.rest.repos.listForAuthenticatedUser()
    expect([data.some((one) => one.private), headers['x-oauth-scopes']]).toEqual([true, ''])
    expect(await refresh()).toMatchObject({ error: 'bad_refresh_token' })
  } finally {
    await app.close()
  }
})

describe('GitHub, REST API', () => {
  test('refuses a wrong token', async () => {
    const refusal = octokit('wrong').rest.users.getAuthenticated()
    await expect(refusal).rejects.toMatchObject({ status: 401, message: expect.stringContaining('Bad credentials') })
  })

  test('lists no repository of another user, and hides their private ones', async () => {
    const { access_token } = await github.consent('alice', 'repo read:user')
    const client = octokit(access_token)
    const { data } = await client.rest.repos.listForAuthenticatedUser()
    expect(data.map(({ full_name }) => full_name)).toEqual(['alice/notes', 'alice/blog', 'alice/diary'])
    const secret = client.rest.issues.create({ owner: 'bob', repo: 'letters', title: 'Hello' })
    await expect(secret).rejects.toMatchObject({ status: 404 })
  })

  test('hides private repositories without the scope', async () => {
    const client = octokit((await github.consent('alice', 'read:user')).access_token)
    const { data, headers } = await client.rest.repos.listForAuthenticatedUser()
    expect(data.map(({ full_name }) => full_name)).toEqual(['alice/notes', 'alice/blog'])
    expect(headers['x-oauth-scopes']).toBe('read:user')
    await expect(client.rest.issues.create({ owner: 'alice', repo: 'blog', title: 'Hello' })).rejects.toMatchObject({
      status: 404,
    })
  })

  test('lets public_repo write to public repositories, and not find private ones', async () => {
    const client = octokit((await github.consent('alice', 'public_repo')).access_token)
    await client.rest.issues.create({ owner: 'alice', repo: 'blog', title: 'Hello' })
    const hidden = client.rest.issues.create({ owner: 'alice', repo: 'diary', title: 'Hello' })
    await expect(hidden).rejects.toMatchObject({ status: 404 })
  })

  test('leaves scopes that another one includes out of what was granted, and lists by visibility', async () => {
    const client = octokit((await github.consent('alice', 'public_repo read:user repo')).access_token)
    const { data, headers } = await client.rest.repos.listForAuthenticatedUser({ visibility: 'public' })
    expect(headers['x-oauth-scopes']).toBe('read:user, repo')
    expect(data.map(({ name }) => name)).toEqual(['notes', 'blog'])
  })

  test('opens and lists issues', async () => {
    const client = octokit((await github.consent('alice', 'repo')).access_token)
    const repository = { owner: 'alice', repo: 'notes' }
    const { data: opened, headers } = await client.rest.issues.create({
      ...repository,
      title: 'Water the plants',
      body: 'Now',
    })
    expect(opened).toMatchObject({ title: 'Water the plants', state: 'open', user: { login: 'alice' } })
    expect(headers['x-accepted-oauth-scopes']).toBe('public_repo, repo')
    await client.rest.issues.create({ ...repository, title: 'Feed the cat' })
    const all = await client.paginate(client.rest.issues.listForRepo, { ...repository, per_page: 1 })
    expect(all.map(({ title }) => title)).toEqual(['Feed the cat', 'Water the plants'])
  })

  test.each([
    [422, {}, { message: 'Validation Failed', errors: [{ resource: 'Issue', field: 'title', code: 'missing_field' }] }],
    [
      422,
      { title: 7 },
      { message: 'Validation Failed', errors: [{ resource: 'Issue', field: 'title', code: 'invalid' }] },
    ],
    [400, '{', { message: 'Problems parsing JSON' }],
  ])('answers %d to the issue %j', async (status, issue, answer) => {
    const { access_token } = await github.consent('alice', 'repo')
    const response = await fetch(`${github.origin}/repos/alice/notes/issues`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${access_token}` },
      body: typeof issue === 'string' ? issue : JSON.stringify(issue),
    })
    expect(response.status).toBe(status)
    expect(await response.json()).toMatchObject(answer)
  })

  test('revokes a whole grant when the application asks with its secret, and not without', async () => {
    const { access_token } = await github.consent('alice', 'repo')
    const { id, secret } = github.client
    const asApp = (what: string, password: string) =>
      fetch(`${github.origin}/applications/${id}/${what}`, {
        method: 'DELETE',
        headers: { Authorization: `Basic ${btoa(`${id}:${password}`)}` },
        body: JSON.stringify({ access_token }),
      })
    expect((await asApp('grant', 'wrong')).status).toBe(404)
    await octokit(access_token).rest.users.getAuthenticated()
    expect((await asApp('grant', secret)).status).toBe(204)
    await expect(octokit(access_token).rest.users.getAuthenticated()).rejects.toMatchObject({ status: 401 })
  })
})
