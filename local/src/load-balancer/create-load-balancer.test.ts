import { get, type IncomingMessage, type RequestListener } from 'node:http'
import { type LocalServer, listenOnLoopback } from '@agent-identity/stand-in-kit'
import { afterEach, describe, expect, test } from '@jest/globals'
import { createLoadBalancer } from './create-load-balancer.ts'

const running: { close(): unknown }[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.close()
})

async function serve(handler: RequestListener): Promise<LocalServer & { url: string }> {
  const server = await listenOnLoopback(handler, 0)
  running.push(server)
  return { ...server, url: `http://127.0.0.1:${server.port}` }
}

const replica = (name: string) =>
  serve(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    response.setHeader('Content-Type', 'application/json')
    response.end(
      JSON.stringify({ name, path: request.url, headers: request.headers, body: Buffer.concat(chunks).toString() }),
    )
  })

async function balance(targets: { 'agent-workload'?: string[]; 'session-binding'?: string[] }) {
  const balancer = createLoadBalancer()
  balancer.route({ 'agent-workload': [], 'session-binding': [], ...targets })
  const { url } = await serve(balancer.listener)
  return {
    url,
    async get(path: string, init?: RequestInit) {
      return (await (await fetch(`${url}${path}`, init)).json()) as {
        name: string
        path: string
        body: string
        headers: Record<string, string>
      }
    },
  }
}

const closing = (url: string) =>
  new Promise<IncomingMessage>((resolve, reject) => {
    get(url, { agent: false, headers: { connection: 'close' } }, (answer) => {
      answer.resume().once('end', () => resolve(answer))
    }).once('error', reject)
  })

const DEAD_URL = 'http://127.0.0.1:1'

describe('the load balancer', () => {
  test.each([
    ['/', 'workload'],
    ['/api/turns?conversation=1', 'workload'],
    ['/oauth2/session-binding', 'binding'],
    ['/oauth2/session-binding?session_id=urn:x&state=y', 'binding'],
    ['/oauth2/session-binding/assets/page.css', 'binding'],
    ['/oauth2/session-bindings', 'workload'],
    ['/oauth2/Session-Binding', 'workload'],
    ['//oauth2/session-binding', 'workload'],
  ])('sends %s to %s, as it is', async (path, name) => {
    const [workload, binding] = await Promise.all([replica('workload'), replica('binding')])
    const { get } = await balance({ 'agent-workload': [workload.url], 'session-binding': [binding.url] })
    expect(await get(path)).toMatchObject({ name, path })
  })

  test('uses the replicas in turn', async () => {
    const replicas = await Promise.all(['1', '2', '3'].map(replica))
    const { get } = await balance({ 'agent-workload': replicas.map(({ url }) => url) })
    const names = []
    for (let time = 0; time < 6; time += 1) names.push((await get('/')).name)
    expect(names.join('')).toBe('123123')
  })

  test('skips a dead replica, and loses nothing of the body', async () => {
    const alive = await replica('alive')
    const { get } = await balance({ 'agent-workload': [DEAD_URL, alive.url, DEAD_URL] })
    const body = 'x'.repeat(300_000)
    for (let time = 0; time < 6; time += 1)
      expect(await get('/', { method: 'POST', body })).toMatchObject({ name: 'alive', body })
  })

  test('continues without a replica that dies, with and without kept-alive connections', async () => {
    const [first, second] = await Promise.all([replica('first'), replica('second')])
    const { get } = await balance({ 'agent-workload': [first.url, second.url] })
    for (let time = 0; time < 4; time += 1) await get('/')
    await first.close()
    for (let time = 0; time < 4; time += 1) expect((await get('/')).name).toBe('second')
  })

  test('keeps its connection to a replica when a client closes its own, and passes on no Connection header of the replica', async () => {
    const connections = new Set<unknown>()
    const workload = await serve((request, response) => {
      connections.add(request.socket)
      request.resume()
      response.setHeader('Connection', 'keep-alive')
      response.end(JSON.stringify({ name: 'workload' }))
    })
    const { url } = await balance({ 'agent-workload': [workload.url] })
    for (let time = 0; time < 3; time += 1) {
      const answer = await closing(url)
      expect([answer.statusCode, answer.headers.connection]).toEqual([200, 'close'])
    }
    expect(connections.size).toBe(1)
  })

  test('does not send a request twice: a replica that dies during it is a 502', async () => {
    let seen = 0
    const dies: RequestListener = (request) => {
      seen += 1
      request.socket.destroy()
    }
    const replicas = await Promise.all([serve(dies), serve(dies)])
    const { url } = await balance({ 'agent-workload': replicas.map((one) => one.url) })
    const response = await fetch(url, { method: 'POST', body: 'once' })
    expect([response.status, seen]).toEqual([502, 1])
    expect(await response.text()).toContain('<h1>502 Bad Gateway</h1>')
  })

  test('answers 503 while there is no replica', async () => {
    const { url } = await balance({ 'session-binding': [DEAD_URL] })
    expect((await fetch(url)).status).toBe(503)
    const response = await fetch(`${url}/oauth2/session-binding`)
    expect(response.status).toBe(503)
    expect(response.headers.get('content-type')).toBe('text/html')
  })

  test('does not route the health checks', async () => {
    const workload = await replica('workload')
    const { url } = await balance({ 'agent-workload': [workload.url] })
    for (const path of ['/healthz', '/readyz', '/healthz?x=1']) expect((await fetch(`${url}${path}`)).status).toBe(404)
  })

  test('keeps the Host, appends to X-Forwarded-For, and overwrites the client’s other forwarded headers, as an ALB behind CloudFront', async () => {
    const workload = await replica('workload')
    const { get, url } = await balance({ 'agent-workload': [workload.url] })
    const claims = { 'X-Forwarded-For': '203.0.113.7', 'X-Forwarded-Proto': 'https', 'X-Forwarded-Port': '443' }
    const { headers } = await get('/', { headers: claims })
    expect(headers).toMatchObject({
      host: new URL(url).host,
      'x-forwarded-for': '203.0.113.7, 127.0.0.1, 127.0.0.1',
      'x-forwarded-proto': 'http',
      'x-forwarded-port': new URL(url).port,
    })
  })

  test('passes events on without buffering, and closes the replica’s connection when the reader disconnects', async () => {
    const closed = Promise.withResolvers<void>()
    const workload = await serve((_request, response) => {
      response.writeHead(200, { 'Content-Type': 'text/event-stream' })
      response.write('data: 1\n\n')
      response.once('close', () => closed.resolve())
    })
    const { url } = await balance({ 'agent-workload': [workload.url] })
    const reading = new AbortController()
    const response = await fetch(url, { signal: reading.signal })
    const { value } = (await response.body?.getReader().read()) ?? {}
    expect(Buffer.from(value ?? []).toString()).toBe('data: 1\n\n')
    reading.abort()
    await closed.promise
  })
})
