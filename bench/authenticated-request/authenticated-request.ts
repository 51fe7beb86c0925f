import { createHmac } from 'node:crypto'
import { ROUTES } from '@agent-identity/contracts'
import type { Benchmark } from '../report/benchmark.ts'
import { median } from '../report/statistics.ts'
import { withStack } from '../support/bench-stack.ts'
import { type Load, load } from '../support/load.ts'
import { countingCommands, sum } from '../support/redis-commands.ts'
import { startServer } from '../support/server-process.ts'
import { prepareUserSessions } from '../support/user-sessions.ts'
import { measureApache } from './apache.ts'

const SECRET = 'a secret of the floor, which protects nothing'
const SESSION_ID = 'abcdefghijklmnopqrstuvwxyz012345'

export const authenticatedRequest: Benchmark = {
  name: 'authenticated request',
  run: ({ quick, profileDirectory, say }) =>
    withStack(async (stack) => {
      const { redis: redisUrl, redisClient } = stack
      const environment = stack.environments['agent-workload']
      const [session] = await prepareUserSessions(redisClient, environment, 1)
      const user = { subject: 'subject-0', name: 'Person 0', email: '0@example.com' }
      const key = `sess:${SESSION_ID}`
      await redisClient.set(key, JSON.stringify({ cookie: { originalMaxAge: null, path: '/' }, user }), 'EX', 3_600)
      const signature = createHmac('sha256', SECRET).update(SESSION_ID).digest('base64').replace(/=+$/, '')
      const floorCookie = `connect.sid=${encodeURIComponent(`s:${SESSION_ID}.${signature}`)}`

      const nodeOptions = profileDirectory ? ['--cpu-prof', `--cpu-prof-dir=${profileDirectory}`] : []
      const ours = await startServer({ program: '../services/agent-workload/src/main.ts', environment, nodeOptions })
      const floor = await startServer({
        program: 'authenticated-request/express-session-server.ts',
        args: [redisUrl, SECRET],
      })
      const bare = await startServer({ program: 'authenticated-request/express-server.ts', args: [redisUrl, key] })

      const subjects = [
        { name: 'ours', server: ours, cookie: session?.cookie ?? '', loads: [] as Load[], commands: 0 },
        { name: 'floor', server: floor, cookie: floorCookie, loads: [] as Load[], commands: 0 },
        { name: 'bare Express', server: bare, cookie: '', loads: [] as Load[], commands: 0 },
      ]
      const seconds = quick ? 1 : 5
      const runs = quick ? 5 : 7
      const request = { path: ROUTES.session }
      for (const { server, cookie } of subjects) await load(server, { ...request, cookies: [cookie], seconds })
      for (let run = 1; run <= runs; run++) {
        for (const subject of subjects) {
          const commands = await countingCommands(redisClient)
          const measured = await load(subject.server, { ...request, cookies: [subject.cookie], seconds })
          subject.loads.push(measured)
          subject.commands = sum(await commands()) / (measured.perSecond * seconds)
          say(`run ${run}, ${subject.name}: ${Math.round(measured.perCpuSecond)} a CPU second`)
        }
      }
      await Promise.all(subjects.map(({ server }) => server.stop()))
      const peer = await measureApache(stack, { runs, seconds, say })

      const [mine, sessions, express] = subjects.map(({ loads }) => loads)
      return {
        unit: 'requests per second on one core',
        ours: rates(mine),
        floor: { name: 'Express with express-session and connect-redis', values: rates(sessions) },
        peer,
        details: [
          { what: 'bare Express with one Redis GET', value: median(rates(express)), unit: 'per second on one core' },
          ...subjects.flatMap(({ name, loads, commands }) => [
            { what: `${name}, by the clock on the wall`, value: median(loads.map((l) => l.perSecond)), unit: 'per s' },
            { what: `${name}, p99`, value: median(loads.map((l) => l.p99Ms)), unit: 'ms' },
            { what: `${name}, Redis commands a request`, value: commands, unit: '' },
          ]),
        ],
      }
    }),
}

const rates = (loads: readonly Load[] = []) => loads.map(({ perCpuSecond }) => perCpuSecond)
