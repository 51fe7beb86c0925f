import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createApp } from './app.ts'
import { createArns, partitionOf } from './arns.ts'
import { createTravel } from './browser/travel.ts'
import { createClock } from './clock.ts'
import { ConfigurationError } from './configuration-error.ts'
import { Calls } from './control/calls.ts'
import { Changes } from './control/changes.ts'
import { Faults } from './control/faults.ts'
import { createEmulatorState } from './create-state.ts'
import { createDrain } from './drain.ts'
import type { Emulator } from './emulator.ts'
import type { EmulatorOptions } from './emulator-options.ts'
import { createAuthorizer } from './iam/authorizer.ts'
import { policyProblems } from './iam/policies-of.ts'
import { type Log, silentLog } from './log.ts'
import { emulated } from './operations/index.ts'
import { notEmulated } from './operations/not-emulated.ts'
import { parseOptions } from './options.ts'
import { type Kept, seedState } from './seed-state.ts'
import { ownAddress } from './self-address.ts'
import { createCredentials } from './sigv4/credentials.ts'
import { generatedKey, repeatedAccessKeys, resolveCredentials } from './sigv4/resolve-credentials.ts'
import { keepState } from './snapshot/keep-state.ts'
import { type Lock, lockStateFile } from './snapshot/lock.ts'
import { restoreSnapshot, takeSnapshot } from './snapshot/snapshot.ts'
import { deleteLeftovers, readStateFile, realPathOf, type StateFile } from './snapshot/state-file.ts'
import { createBrowserless } from './vendor/browserless.ts'
import { describeBuiltIns } from './vendor/built-ins.ts'

/** An on-behalf-of exchange waits for the metadata, the actor token and the exchanged token. */
const MOST_VENDOR_ANSWERS = 3

/** Rejects with ConfigurationError, or with the system's error when it cannot listen. */
export async function startEmulator(input: EmulatorOptions = {}, log: Log = silentLog): Promise<Emulator> {
  const parsed = parseOptions({ port: 0, ...input })
  const options = parsed.stateFile === undefined ? parsed : { ...parsed, stateFile: realPathOf(parsed.stateFile) }
  // Locked before the file is read, which another emulator may still change.
  const lock = options.stateFile === undefined ? undefined : lockStateFile(options.stateFile)
  return start(options, { log, lock }).catch((error) => {
    lock?.release()
    throw error
  })
}

async function start(
  options: ReturnType<typeof parseOptions>,
  { log, lock }: { log: Log; lock: Lock | undefined },
): Promise<Emulator> {
  const arns = createArns({ ...options, partition: partitionOf(options.region) })
  const clock = createClock()
  if (options.stateFile !== undefined) await deleteLeftovers(options.stateFile)
  const saved = options.stateFile === undefined ? undefined : await readStateFile(options.stateFile)
  const state = createEmulatorState(options, { arns, clock })
  const credentials = createCredentials(resolveCredentials(options.credentials, arns, saved?.accessKey))
  const problems = [
    ...repeatedAccessKeys(options.credentials),
    ...policyProblems(credentials.all()),
    ...seedState(state, options),
  ]
  if (problems.length > 0) throw new ConfigurationError(problems)

  const changes = new Changes()
  const calls = new Calls(changes)
  const faults = new Faults()
  // Long, because a connection that closes when a call arrives looks like a lost reply.
  const server = createServer({ keepAliveTimeout: 65_000 })
  const longestCallMs = (MOST_VENDOR_ANSWERS * options.vendorTimeoutSeconds + 5) * 1000
  const { drain, carryOut } = createDrain(server, { longestCallMs })
  await listen(server, options.port, options.host)
  const { port } = server.address() as AddressInfo
  const url = ownAddress(options.host, port)
  state.publicUrl = (options.publicUrl ?? url).replace(/\/$/, '')
  state.ownUrl = url

  const reset = (keep: readonly Kept[] = []) => {
    calls.clear()
    faults.clear()
    credentials.reset()
    seedState(state, options, keep)
    changes.announce()
  }
  const setPolicies = async (accessKeyId: string, policies: readonly unknown[] | undefined) => {
    const found = credentials.find(accessKeyId)
    if (!found) throw new ConfigurationError(['accessKeyId: no credential has it'])
    const { policies: _former, ...credential } = found
    const changed = policies === undefined ? credential : { ...credential, policies }
    const problems = policyProblems([changed])
    if (problems.length > 0) throw new ConfigurationError(problems)
    credentials.replace(changed)
  }
  const travel = createTravel({ calls, faults, log })
  const browserless = createBrowserless(state, travel)
  // The application is attached before the first write of the state file, because requests may come during the write.
  server.on(
    'request',
    createApp({
      state,
      routes: [...emulated, ...notEmulated],
      credentials,
      authorizer: createAuthorizer({ ...options, wallNow: clock.wallNow, tagsOf: (arn) => state.tags.get(arn) ?? {} }),
      region: options.region,
      calls,
      changes,
      faults,
      controlHosts: options.controlHosts,
      operationHosts: options.operationHosts,
      carryOut,
      reset,
      setPolicies,
      travel,
      browserless,
      log,
    }),
  )
  const keeper = await beginWith(saved).catch(async (error) => {
    await drain()
    throw error
  })

  /** Seeds again, because the built-in return URL needs the address. */
  async function beginWith(file: StateFile | undefined) {
    seedState(state, options)
    if (file !== undefined) restoreSnapshot(file.snapshot, state)
    if (options.stateFile === undefined || lock === undefined) return undefined
    const content = () => ({
      ...generatedKey(options.credentials, credentials.all()),
      snapshot: takeSnapshot(state),
    })
    const keeper = keepState({ file: options.stateFile, changes, content, log, lock })
    state.save = keeper.save
    await keeper.started
    return keeper
  }

  const close = async () => {
    // Ends planned delays.
    faults.clear()
    await drain()
    await keeper?.stop()
  }
  let closing: Promise<void> | undefined

  return {
    url,
    port,
    region: options.region,
    credentials: credentials.all(),
    builtIn: describeBuiltIns(state),
    clock: {
      now: () => new Date(clock.now()),
      advance: (seconds) => {
        clock.advance(seconds)
        changes.announce()
      },
    },
    calls: () => calls.list(),
    reset,
    setPolicies,
    consent: (id, { as }) => browserless.consent(id, as),
    deny: browserless.deny,
    // Closes once: afterwards the state file may be another emulator's.
    close: () => {
      closing ??= close()
      return closing
    },
  }
}

function listen(server: Server, port: number, host: string) {
  return new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}
