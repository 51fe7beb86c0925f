import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import {
  BedrockAgentCoreClient,
  CompleteResourceTokenAuthCommand,
  GetResourceOauth2TokenCommand,
  GetWorkloadAccessTokenForUserIdCommand,
} from '@aws-sdk/client-bedrock-agentcore'
import { startEmulator } from 'agentcore-identity-emulator'
import { launchChromium } from '../support/chromium.ts'

/** `node tests/browser/emulator-screenshots.ts [DIRECTORY [all]]`, for the emulator's README. `all`: also the vendor's pages, and a phone's width. */
const [directory = join(import.meta.dirname, '../../packages/agentcore-identity-emulator/images'), all] =
  process.argv.slice(2)
const RETURN_URL = 'https://app.example.com/return'
const AGENT = { accessKeyId: 'LOCALAGENT', secretAccessKey: 'local-secret' }
const ALLOW = [
  {
    Version: '2012-10-17',
    Statement: [
      { Sid: 'Identity', Effect: 'Allow', Action: 'bedrock-agentcore:*', Resource: '*' },
      { Sid: 'Secrets', Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource: '*' },
    ],
  },
]
const provider = (name: string, credentialProviderVendor: string, key: string) => ({
  name,
  credentialProviderVendor,
  oauth2ProviderConfigInput: { [key]: { clientId: `${name}-client`, clientSecret: 'a-secret' } },
  endpoints: 'vendor' as const,
})

const emulator = await startEmulator({
  port: 8082,
  credentials: [{ ...AGENT, principal: 'agent', policies: ALLOW }],
  workloadIdentities: [{ name: 'agent', allowedResourceOauth2ReturnUrls: [RETURN_URL] }],
  oauth2CredentialProviders: [
    provider('github', 'GithubOauth2', 'githubOauth2ProviderConfig'),
    provider('calendar', 'GoogleOauth2', 'googleOauth2ProviderConfig'),
  ],
})
const client = new BedrockAgentCoreClient({ endpoint: emulator.url, region: emulator.region, credentials: AGENT })

async function ask(userId: string, resourceCredentialProviderName: string, scopes: string[]) {
  const { workloadAccessToken: workloadIdentityToken } = await client.send(
    new GetWorkloadAccessTokenForUserIdCommand({ workloadName: 'agent', userId }),
  )
  const input = { workloadIdentityToken, resourceCredentialProviderName, scopes, resourceOauth2ReturnUrl: RETURN_URL }
  const { sessionUri = '', authorizationUrl = '' } = await client.send(
    new GetResourceOauth2TokenCommand({ ...input, oauth2Flow: 'USER_FEDERATION' }),
  )
  const bind = () => client.send(new CompleteResourceTokenAuthCommand({ sessionUri, userIdentifier: { userId } }))
  return { sessionUri, authorizationUrl, bind }
}

const browser = await launchChromium()
try {
  const done = await ask('alice', 'github', ['repo'])
  await emulator.consent(done.sessionUri, { as: 'alice' })
  await done.bind()
  const returned = await ask('bob', 'calendar', ['calendar.readonly'])
  await emulator.consent(returned.sessionUri, { as: 'bob' })
  const { authorizationUrl } = await ask('alice', 'calendar', ['calendar.readonly'])

  await mkdir(directory, { recursive: true })
  const sizes = all ? { '': 1280, '-phone': 390 } : { '': 1280 }
  for (const [suffix, width] of Object.entries(sizes)) {
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await browser.newPage({ colorScheme, viewport: { width, height: 1150 } })
      const shoot = (name: string, fullPage = false) =>
        page.screenshot({ path: join(directory, `${name}-${colorScheme}${suffix}.png`), fullPage })
      await page.goto(emulator.url)
      await page.getByText('Live.').waitFor()
      await shoot('inspector', Boolean(all))
      if (!all) continue
      await page.goto(authorizationUrl)
      await shoot('sign-in')
      await page.getByRole('button', { name: 'alice' }).click()
      await page.getByRole('heading', { name: 'Allow access?' }).waitFor()
      await shoot('consent')
      await page.goto(`${emulator.url}/vendor/return?session_id=x`)
      await shoot('return')
    }
  }
} finally {
  await browser.close()
  await emulator.close()
}
