import { isLive } from '../connections/decide.ts'
import { SESSIONS, type Trip } from './outside.ts'
import { createProcesses } from './processes.ts'
import { randomFrom } from './random.ts'
import { createWorld, type World } from './world.ts'

export interface Rules {
  entries: 'separate' | 'shared'
  vendorEnds: 'token' | 'grant'
  revokesSuperseded?: true
  /** How many things happen. */
  moves: number
}

export interface Played {
  violation?: string
  used: number
  connected: number
  ended: number
  wrongAccounts: number
  killed: number
}

const ACCOUNTS = ['1', '2', '3']

/**
 * Plays one random game with the real code: people ask, open links, reload, consent with any account, disconnect, accept, sign out; completions come
 * late; vendors and AgentCore are away; and a process may die at each point at which it waits. At the end no process dies any more, all that is due is
 * done, and nothing may be left over.
 */
async function play(seed: number, rules: Rules): Promise<Played> {
  const random = randomFrom(seed)
  const chance = (p: number) => random() < p
  const pick = <T>(of: readonly T[]): T | undefined => of[Math.floor(random() * of.length)]
  let isCalm = false
  let killed = 0
  let ended = 0
  const late: Trip[] = []
  const processes = createProcesses(random)
  const { run, step } = processes
  let violation: string | undefined
  const violate = (what: string) => {
    violation ??= what
  }
  const world: World = createWorld({
    ...rules,
    step,
    run,
    isAway: () => !isCalm && chance(0.05),
    onRevoked({ account }) {
      const live = processes.noteOfCurrent()
      if (live instanceof Set && live.has(account) && hasLost(world, account))
        violate('a token was ended at the vendor, and with it a live connection')
    },
  })

  function settle(what: string): void {
    const claimed = { at: world.clock() + 30_000 }
    world.due.set(what, claimed)
    // A connection that begins after this look may lose its token with the one that is ended: nothing can be atomic with a vendor.
    const live = world.liveAccounts()
    run(async () => {
      const result = await world.settle(what)
      if (world.due.get(what) !== claimed) return
      if (result === 'settled') world.due.delete(what)
      else world.due.set(what, { at: result.later })
    }, live)
  }

  let checked = 0
  function check(): void {
    for (; checked < world.used.length; checked++) checkUse(world, checked, violate)
    if (processes.failures.length > 0) violate(`it failed: ${(processes.failures[0] as Error)?.stack}`)
  }

  const moves: [number, () => void][] = [
    [6, () => ask()],
    [8, () => open()],
    [8, () => consent()],
    [8, () => comeBack()],
    [2, () => late.splice(Math.floor(random() * late.length), 1).forEach(world.complete)],
    [10, () => settleOneThatIsDue()],
    [1.5, () => end()],
    [1.5, () => accept()],
    [0.5, () => signInOrOut()],
    [0.5, () => world.advance(pick([1_000, 15_000, 300_000]) as number)],
    [
      0.15,
      () => {
        if (processes.killOne()) killed += 1
      },
    ],
  ]

  function ask(): void {
    const userSession = pick([...world.signedIn])
    const connection = chance(0.3) ? pick(world.at()?.connections ?? [])?.id : undefined
    if (userSession)
      world.ask(userSession, [pick(['read', 'write']) as string], {
        ...(connection && { connection }),
        ...(chance(0.2) && { anySession: true }),
      })
  }
  function open(): void {
    const authorization = pick(world.authorizationsNow().filter(({ end }) => !end))
    const userSession = authorization?.userSession ?? pick([...world.signedIn])
    if (authorization && userSession) run(() => world.open(authorization.id, userSession))
  }
  function consent(): void {
    const trip = pick([...world.trips.values()].filter(({ consented }) => consented === undefined))
    if (trip) trip.consented = pick(ACCOUNTS) as string
  }
  function comeBack(): void {
    const trip = pick([...world.trips.values()].filter(({ consented }) => consented !== undefined))
    if (trip) run(() => world.return(trip, chance(0.25) ? (one) => void late.push(one) : undefined))
  }
  function settleOneThatIsDue(): void {
    const one = pick([...world.due].filter(([, { at }]) => at <= world.clock()))
    if (one) settle(one[0])
  }
  function end(): void {
    const id = chance(0.7) ? pick(world.at()?.connections ?? [])?.id : undefined
    run(async () => {
      ended += (await world.disconnect(id)).length
    })
  }
  function accept(): void {
    const held = pick((world.at()?.connections ?? []).filter(({ status }) => status === 'wrong_account'))
    if (held) run(() => world.accept(held))
  }
  function signInOrOut(): void {
    const away = SESSIONS.filter((one) => !world.signedIn.has(one))
    for (const one of away) run(() => world.signIn(one))
    const userSession = pick([...world.signedIn])
    if (away.length === 0 && userSession && chance(0.5)) run(() => world.signOut(userSession))
  }

  // --- the game
  const sum = moves.reduce((all, [weight]) => all + weight, 0)
  for (let i = 0; i < rules.moves && !violation; i++) {
    world.advance(1)
    let at = random() * sum
    const move = moves.find(([weight]) => {
      at -= weight
      return at < 0
    })
    move?.[1]()
    for (let steps = Math.floor(random() * 12); steps > 0; steps--) {
      if (!(await processes.letOneGoOn())) break
      check()
    }
  }

  // --- no process dies any more, AgentCore and the vendor answer, and the time goes by
  isCalm = true
  late.forEach(world.complete)
  for (let round = 0; round < 20_000 && !violation; round++) {
    const isBusy = await processes.letOneGoOn()
    check()
    if (isBusy) continue
    // Also after a sign-out that had begun before.
    const away = SESSIONS.filter((one) => !world.signedIn.has(one))
    for (const one of away) run(() => world.signIn(one))
    if (away.length > 0) continue
    const [next] = [...world.due].toSorted(([, one], [, other]) => one.at - other.at)
    if (!next) break
    world.advance(Math.max(1, next[1].at - world.clock()))
    settle(next[0])
  }
  if (rules.entries === 'separate') checkLeftovers(world, killed > 0, violate)

  const rows = world.at()?.connections ?? []
  return {
    ...(violation === undefined ? {} : { violation }),
    used: world.used.length,
    connected: rows.filter(isLive).length,
    ended,
    wrongAccounts: rows.filter(({ status }) => status === 'wrong_account').length,
    killed,
  }
}

/** @returns what went wrong, each with the seed of the first game in which it did */
export async function violations(games: number, of: Partial<Rules>, from = 1): Promise<string[]> {
  const found = new Map<string, number>()
  for (let seed = from; seed < from + games; seed++) {
    const { violation } = await play(seed, { entries: 'separate', vendorEnds: 'token', moves: 200, ...of })
    if (violation !== undefined && !found.has(violation)) found.set(violation, seed)
  }
  return [...found].map(([violation, seed]) => `${violation} (seed ${seed})`)
}

function checkUse({ used, endedAt, acceptedAt }: World, i: number, violate: (what: string) => void): void {
  const { token, connection } = used[i] as World['used'][number]
  const { account, askedAt, expected } = token
  if (account !== connection?.account)
    violate(`a call for account ${connection?.account} is made with a token of account ${account}`)
  if (askedAt < (endedAt.get(account) ?? 0))
    violate('a call is made with a token of a consent from before the end of its connection')
  if (expected !== undefined && expected !== account && (acceptedAt.get(account) ?? -1) < askedAt)
    violate('a call is made with an account that its user did not expect, and has not accepted')
}

const hasLost = ({ at, vault, keyOf }: World, account: string): boolean =>
  (at()?.connections ?? []).some((one) => isLive(one) && one.account === account && vault.get(keyOf(one.entry))?.isDead)

function checkLeftovers(world: World, hasKilled: boolean, violate: (what: string) => void): void {
  const rows = world.at()?.connections ?? []
  const pointed = new Set(rows.flatMap(({ entry }) => (entry ? [world.keyOf(entry)] : [])))
  if ([...world.vault.keys()].some((entry) => !pointed.has(entry)))
    violate('an entry that nothing points to was not cleared')
  if (world.authorizationsNow().some(({ end }) => !end)) violate('an authorization never ended')
  if (world.at()?.left.length) violate('what was left is left for ever')
  if (world.due.size > 0) violate(`something is due for ever: ${[...world.due.keys()][0]?.split(' ')[0]}`)
  // A process that dies between two steps may have cleared the entry.
  const alarms = world.alarms.filter((one) => !(hasKilled && one === 'completed-and-empty'))
  if (alarms.length > 0) violate(`an alarm was raised: ${alarms[0]}`)
  if (rows.some(({ status }) => status === 'disconnecting')) violate('a connection never came to its end')
  if (world.turns.some(({ waitsFor, over }) => waitsFor && !over)) violate('a turn waits for ever')
}
