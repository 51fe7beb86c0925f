import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { Client as OldClient } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport as OldTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import { ElicitationCompleteNotificationSchema } from '@modelcontextprotocol/sdk/types.js'
import { modernClient, textOf, unkept } from '../support/mcp.ts'
import { startMcpStack } from '../support/mcp-stack.ts'
import { outcomeOf } from '../support/person.ts'
import { untilRedisSees } from '../support/redis.ts'
import { signedIn, somebodyNew } from '../support/stack.ts'

let stack: Awaited<ReturnType<typeof startMcpStack>>
beforeAll(async () => {
  stack = await startMcpStack()
})
afterAll(() => stack.stop())

const EVENTS = 'list_calendar_events'

describe('a client of 2025-11-25', () => {
  async function oldClient(accessToken: string, capabilities: Record<string, unknown>) {
    const client = new OldClient({ name: 'Old client', version: '1.0.0' }, { capabilities })
    const requestInit = { headers: { authorization: `Bearer ${accessToken}` } }
    await client.connect(new OldTransport(new URL(stack.mcp ?? ''), { requestInit, fetch: unkept }))
    return client
  }

  test('gets the error with the link, and the result from the call that it sends again', async () => {
    const somebody = await signedIn(stack)
    const { accessToken } = await modernClient(stack, somebody)
    const client = await oldClient(accessToken(), { elicitation: { url: {} } })
    const completed: string[] = []
    client.setNotificationHandler(ElicitationCompleteNotificationSchema, ({ params }) => {
      completed.push(params.elicitationId)
    })
    const refused = await client.callTool({ name: EVENTS, arguments: {} }).then(
      () => undefined,
      (error: { code: number; data: { elicitations: { mode: string; url: string; elicitationId: string }[] } }) =>
        error,
    )
    expect(refused?.code).toBe(-32_042)
    const [elicitation] = refused?.data.elicitations ?? []
    expect(elicitation?.mode).toBe('url')

    // The call waits for the outcome once it has read the authorization a second time.
    const reads = new RegExp(`^get authorization:.*:${elicitation?.elicitationId}$`, 'i')
    let times = 0
    const { started: again } = await untilRedisSees(
      stack,
      (command) => reads.test(command) && ++times === 2,
      () => client.callTool({ name: EVENTS, arguments: {} }),
    )
    expect(outcomeOf(await somebody.consent(elicitation?.url ?? ''))).toBe('bound')
    expect(textOf(await again)).toContain(somebody.username)
    expect(completed).toEqual([elicitation?.elicitationId])
    await client.close()
  })

  test('that cannot show a link is told in words', async () => {
    const { accessToken } = await modernClient(stack, await somebodyNew(stack))
    const client = await oldClient(accessToken(), {})
    const result = await client.callTool({ name: EVENTS, arguments: {} })
    expect(textOf(result)).toContain(`${stack.app}/connections`)
    await client.close()
  })
})
