import { startVendorStub } from '@agent-identity/provider-kit/vendor-stub'
import { startVendor } from '@agent-identity/stand-in-kit/test-support'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import { createSlackClient } from './client.ts'
import { standIn } from './stand-in.ts'
import { slackAtWork } from './tools.ts'

const { signal } = new AbortController()
const BOTH = 'channels:read chat:write'
let vendor: Awaited<ReturnType<typeof startVendor>>
let stub: Awaited<ReturnType<typeof startVendorStub>>
beforeAll(async () => {
  ;[vendor, stub] = await Promise.all([startVendor(standIn), startVendorStub()])
})
afterAll(() => Promise.all([vendor.close(), stub.stop()]))

const work = () => slackAtWork({ url: `${vendor.origin}/api`, timeoutMs: 60_000 })
async function acts(name: string, scope: string, input: object) {
  const { access_token: accessToken } = await vendor.consent('alice', scope)
  const tool = work().tools.find((one) => one.name === name)
  return tool?.act(tool.inputSchema.parse(input), { accessToken, effectId: 'e', now: 0, signal })
}
const post = (channel: string, scope = BOTH) => acts('post_slack_message', scope, { channel, text: 'Lunch' })

test('lists the channels of the user whose token it is, and knows the account by its name and workspace', async () => {
  expect(await acts('list_slack_channels', 'channels:read', {})).toEqual({ channels: ['general', 'notes-of-alice'] })
  const { access_token: accessToken } = await vendor.consent('bob', 'channels:read')
  expect(await work().account(accessToken, signal)).toEqual({
    id: 'T0 U-bob',
    name: 'bob at Example',
    granted: ['channels:read'],
  })
})

test('posts in a channel of the user, named with or without #', async () => {
  for (const channel of ['general', '#general'])
    expect(await post(channel)).toEqual({ channel: 'general', text: 'Lunch' })
})

test.each(['ทั่วไป', 'हिन्दी', 'tiếng-việt'.normalize('NFD')])(
  'posts in the channel %s, whose name has combining marks',
  async (name) => {
    stub.answer({
      'GET /users.conversations': { json: { ok: true, channels: [{ id: 'C1', name }] } },
      'POST /chat.postMessage': { json: { ok: true } },
    })
    const tool = slackAtWork({ url: stub.url, timeoutMs: 60_000 }).tools.find(
      (one) => one.name === 'post_slack_message',
    )
    const input = tool?.inputSchema.parse({ channel: name, text: 'Lunch' })
    expect(await tool?.act(input, { accessToken: 'token', effectId: 'e', now: 0, signal })).toMatchObject({
      channel: name,
    })
    expect(stub.calls.map(({ path }) => path)).toContain('/chat.postMessage')
  },
)

test('does not post in a channel that the user is not in, or without the scope', async () => {
  await expect(post('notes-of-bob')).rejects.toMatchObject({ reason: 'not-found' })
  await expect(post('general', 'channels:read')).rejects.toMatchObject({ reason: 'scope-missing' })
})

const client = () => createSlackClient({ url: stub.url, timeoutMs: 60_000 })

test('posts are plain text: they notify no channel and hide no link', async () => {
  stub.answer({ 'POST /chat.postMessage': { json: { ok: true } } })
  await client().post('token', { channel: 'C0', text: '<!channel> see <https://evil.example|the wiki> & go' }, signal)
  expect(stub.calls).toMatchObject([
    {
      authorization: 'Bearer token',
      body: { channel: 'C0', text: '&lt;!channel&gt; see &lt;https://evil.example|the wiki&gt; &amp; go' },
    },
  ])
})

const paged = (count: number, next?: string | null) => ({
  ok: true,
  channels: Array.from({ length: count }, (_, n) => ({ id: `C${n}`, name: `channel-${n}` })),
  ...(next === undefined ? {} : { response_metadata: { next_cursor: next } }),
})
const cursors = () => stub.calls.map(({ query }) => query.get('cursor'))

test('reads five pages of channels at the most, and says when there are more', async () => {
  stub.answer({ 'GET /users.conversations': { json: paged(3, 'a cursor&limit=1') } })
  expect(await client().channels('token', signal)).toMatchObject({ channels: { length: 15 }, more: true })
  expect(cursors()).toEqual([null, ...Array(4).fill('a cursor&limit=1')])
})

test.each([
  ['is complete', paged(3), false],
  ['has more than was read', paged(3, 'a cursor'), true],
])('a channel that is not in a list that %s is not found, and nothing is posted', async (_which, json, more) => {
  stub.answer({ 'GET /users.conversations': { json } })
  const tool = slackAtWork({ url: stub.url, timeoutMs: 60_000 }).tools.find(({ name }) => name === 'post_slack_message')
  const posted = tool?.act(
    { channel: 'general', text: 'Lunch' },
    { accessToken: 'token', effectId: 'e', now: 0, signal },
  )
  await expect(posted).rejects.toMatchObject({ reason: 'not-found', more })
  expect(stub.calls.map(({ path }) => path)).not.toContain('/chat.postMessage')
})

test.each([
  ['while the channels are read, it was not posted', 'GET /users.conversations', false],
  ['while it is posted, it may have been', 'POST /chat.postMessage', true],
])('a message that Slack does not answer for %s', async (_when, failing, mayHaveChanged) => {
  stub.answer({
    'GET /users.conversations': { json: { ok: true, channels: [{ id: 'C1', name: 'general' }] } },
    'POST /chat.postMessage': { json: { ok: true } },
    [failing]: { status: 503 },
  })
  const tool = slackAtWork({ url: stub.url, timeoutMs: 60_000 }).tools.find(({ name }) => name === 'post_slack_message')
  const call = { accessToken: 'token', effectId: 'e', now: 0, signal }
  await expect(tool?.act({ channel: 'general', text: 'Lunch' }, call)).rejects.toMatchObject({
    reason: 'unavailable',
    mayHaveChanged,
  })
})

test.each([
  ['an empty cursor', paged(200, '')],
  ['no cursor', paged(200)],
  ['null in its place', paged(200, null)],
])('a list whose page has %s is complete', async (_which, json) => {
  stub.answer({ 'GET /users.conversations': { json } })
  const listed = await client().channels('token', signal)
  expect([listed.channels.length, 'more' in listed, cursors()]).toEqual([200, false, [null]])
})

test('cuts a list that is longer than requested, and says so', async () => {
  stub.answer({ 'GET /users.conversations': { json: paged(1_500) } })
  expect(await client().channels('token', signal)).toMatchObject({ channels: { length: 1_000 }, more: true })
})

test.each([
  ['token-rejected', { json: { ok: false, error: 'token_revoked' } }],
  ['scope-missing', { json: { ok: false, error: 'missing_scope', needed: 'chat:write' } }],
  ['rate-limited', { status: 429, headers: { 'retry-after': '30' }, json: { ok: false, error: 'ratelimited' } }],
  ['scope-missing', { status: 403, json: { ok: false, error: 'missing_scope' } }],
  ['unavailable', { status: 503, json: { ok: false, error: 'constructor' } }],
  ['forbidden', { json: { ok: false, error: 'restricted_action' } }],
  ['invalid', { json: { ok: false, error: 'constructor' } }],
  ['unavailable', { json: { ok: false, error: 'internal_error' } }],
  ['unavailable', { json: { ok: true } }],
  ['unavailable', { html: '<p>Maintenance</p>' }],
] as const)('an answer without a result is refused with a reason: %s', async (reason, reply) => {
  stub.answer({ 'GET /auth.test': reply })
  await expect(client().account('token', signal)).rejects.toMatchObject({ name: 'VendorError', reason })
})

test('an unknown error code is not passed on: it could be the token', async () => {
  stub.answer({ 'GET /auth.test': { json: { ok: false, error: 'xoxp-the-token' } } })
  const refused = await client()
    .account('xoxp-the-token', signal)
    .catch((error: unknown) => error)
  expect(refused).toMatchObject({ name: 'VendorError', reason: 'invalid' })
  expect(JSON.stringify({ ...(refused as object), message: (refused as Error).message })).not.toContain('xoxp')
})
