import {
  BedrockAgentCoreClient,
  CompleteResourceTokenAuthCommand,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenForUserIdCommand,
} from '@aws-sdk/client-bedrock-agentcore'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals'
import { type Emulator, startEmulator } from 'agentcore-identity-emulator'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { complaints } from '../support/axe.ts'
import { launchChromium } from '../support/chromium.ts'

let browser: Browser
let emulator: Emulator
let context: BrowserContext
let page: Page
beforeAll(async () => {
  ;[browser, emulator] = await Promise.all([launchChromium(), startEmulator({ vendor: true })])
})
afterAll(async () => {
  await browser.close()
  await emulator.close()
})
beforeEach(async () => {
  emulator.reset()
  context = await browser.newContext()
  page = await context.newPage()
})
afterEach(() => context.close())

async function ask(userId: string) {
  const { url: endpoint, region, credentials } = emulator
  const client = new BedrockAgentCoreClient({
    endpoint,
    region,
    credentials: credentials[0] as Emulator['credentials'][0],
  })
  const minted = await client.send(new GetWorkloadAccessTokenForUserIdCommand({ workloadName: 'agent', userId }))
  const input = {
    workloadIdentityToken: minted.workloadAccessToken,
    resourceCredentialProviderName: 'vendor',
    scopes: ['notes:read', 'notes:write'],
    oauth2Flow: 'USER_FEDERATION' as const,
    resourceOauth2ReturnUrl: `${endpoint}/vendor/return`,
  }
  const { authorizationUrl = '', sessionUri } = await client.send(new GetResourceOauth2TokenCommand(input))
  return {
    authorizationUrl,
    bind: () => client.send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier: { userId } })),
    token: async () => (await client.send(new GetResourceOauth2TokenCommand(input))).accessToken ?? '',
  }
}

async function whoami(token: string) {
  const answer = await fetch(`${emulator.url}/vendor/whoami`, { headers: { authorization: `Bearer ${token}` } })
  return ((await answer.json()) as { user?: string }).user
}

describe('the emulator in a browser', () => {
  test('consents on the pages of the built-in authorization server, which axe has nothing against', async () => {
    const { authorizationUrl, bind, token } = await ask('alice')
    await page.goto(authorizationUrl)
    expect(await complaints(page)).toEqual([])
    await page.getByRole('button', { name: 'bob' }).click()
    await page.getByRole('heading', { name: 'Allow access?' }).waitFor()
    expect(await page.getByRole('listitem').allTextContents()).toEqual(['notes:read', 'notes:write'])
    expect(await complaints(page)).toEqual([])
    await page.getByRole('button', { name: 'Sign in as somebody else' }).click()
    await page.getByRole('button', { name: 'alice' }).click()
    await page.getByRole('button', { name: 'Allow' }).click()
    await page.getByRole('heading', { name: 'Consent given' }).waitFor()
    expect(page.url()).toContain(`${emulator.url}/vendor/return?session_id=urn:`)
    expect(await complaints(page)).toEqual([])
    await bind()
    expect(await whoami(await token())).toBe('alice')

    await page.goto(authorizationUrl.replace('request_uri', 'other'))
    await page.goto(`${emulator.url}/vendor/authorize`)
    expect(await complaints(page)).toEqual([])
  })

  test('consents and denies at the buttons of the inspector, which axe has nothing against', async () => {
    const [consented, denied] = [await ask('alice'), await ask('bob')]
    await page.goto(emulator.url)
    const cardOf = (user: string) =>
      page.getByRole('listitem', { name: 'Authorization' }).filter({ hasText: `vendor for ${user} (user id)` })
    await cardOf('alice').getByRole('button', { name: 'Consent as bob' }).click()
    await cardOf('alice').getByText('returned', { exact: true }).waitFor()
    await cardOf('bob').getByRole('button', { name: 'Deny' }).click()
    await page.getByRole('status').filter({ hasText: 'Refused: Denied.' }).waitFor()
    expect(await cardOf('bob').getByText('waiting', { exact: true }).count()).toBe(1)
    await consented.bind()
    expect(await whoami(await consented.token())).toBe('bob')
    await cardOf('alice').getByText('completed', { exact: true }).waitFor()
    expect(await complaints(page)).toEqual([])
    expect(await denied.token()).toBe('')
  })

  test('an inspector that gets no events because too many are open says that it must be reloaded', async () => {
    const closing = new AbortController()
    try {
      for (let open = 0; open < 20; open++)
        expect((await fetch(`${emulator.url}/_inspector/events`, { signal: closing.signal })).status).toBe(200)
      await page.goto(emulator.url)
      await page.getByText('Not live. Reload this page').waitFor()
    } finally {
      closing.abort()
    }
  })
})
