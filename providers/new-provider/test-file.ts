import { camelCase, type NewProvider } from './new-provider.ts'

const EXCHANGE = `
  const subject = vendor.people.withUsername('alice')?.subject ?? ''
  const answer = await vendor.requestToken({
    grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
    subject_token: await issuer.token(subject),
    subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
    scope: 'read',
  })
  const { access_token: accessToken } = (await answer.json()) as { access_token: string }`

const ACCESS = {
  user: `
  const { access_token: accessToken } = await vendor.consent('alice', 'read')`,
  'on-behalf-of': EXCHANGE,
  machine: `
  const answer = await vendor.requestToken({ grant_type: 'client_credentials', scope: 'read' })
  const { access_token: accessToken } = (await answer.json()) as { access_token: string }`,
  'api-key': `
  const accessToken = vendor.client.secret`,
} as const

export function test({ id, credential }: NewProvider): string {
  const exchanges = credential === 'on-behalf-of'
  const whose = credential === 'user' || exchanges ? 'alice' : 'everyone'
  return `import { ${exchanges ? 'startIssuer, ' : ''}startVendor } from '@agent-identity/stand-in-kit/test-support'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { standIn } from './stand-in.ts'
import { ${camelCase(id)}AtWork } from './tools.ts'

const { signal } = new AbortController()
${exchanges ? 'let issuer: Awaited<ReturnType<typeof startIssuer>>\n' : ''}let vendor: Awaited<ReturnType<typeof startVendor>>
beforeAll(async () => {
  ${exchanges ? 'issuer = await startIssuer()\n  vendor = await startVendor(standIn, { signIn: issuer.signIn })' : 'vendor = await startVendor(standIn)'}
})
afterAll(() => ${exchanges ? 'Promise.all([vendor.close(), issuer.close()])' : 'vendor.close()'})

const work = () => ${camelCase(id)}AtWork({ url: vendor.origin, timeoutMs: 60_000 })
const list = (accessToken: string) => work().tools[0]?.act({}, { accessToken, effectId: 'e', now: 0, signal })

test('lists the items', async () => {${ACCESS[credential]}
${credential === 'user' ? "  expect(await work().account(accessToken, signal)).toMatchObject({ name: 'alice' })\n" : ''}  expect(await list(accessToken)).toEqual({ items: ['The first item of ${whose}'] })
})

test('an invalid ${credential === 'api-key' ? 'key' : 'token'} is refused', async () => {
  await expect(list('wrong')).rejects.toMatchObject({ reason: '${credential === 'api-key' ? 'forbidden' : 'token-rejected'}' })
})
`
}
