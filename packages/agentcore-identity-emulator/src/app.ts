import type { RequestListener } from 'node:http'
import express, { type ErrorRequestHandler } from 'express'
import { ZodError } from 'zod'
import { answerAwsCall } from './aws-protocol/answer-aws-call.ts'
import { AwsError } from './aws-protocol/errors.ts'
import { createRoutes, type Route } from './aws-protocol/routes.ts'
import { browserRoutes } from './browser/browser-routes.ts'
import type { Travel } from './browser/travel.ts'
import { ConfigurationError } from './configuration-error.ts'
import type { Calls } from './control/calls.ts'
import type { Changes } from './control/changes.ts'
import { controlRoutes } from './control/control-routes.ts'
import type { Faults } from './control/faults.ts'
import { refuseStrangers } from './control/refuse-strangers.ts'
import { vendorControl } from './control/vendor-control.ts'
import { describeBug } from './describe-error.ts'
import type { EmulatorState } from './emulator-state.ts'
import type { Authorizer } from './iam/authorizer.ts'
import { describeAuthorizations, describeEmulator } from './inspector/describe-emulator.ts'
import { inspectorRoutes } from './inspector/inspector-routes.ts'
import { namesOf } from './known-host.ts'
import type { Log } from './log.ts'
import type { Kept } from './seed-state.ts'
import type { Credentials } from './sigv4/credentials.ts'
import { verifySignature } from './sigv4/verify-signature.ts'
import { restoreSnapshot, takeSnapshot } from './snapshot/snapshot.ts'
import type { Snapshot } from './snapshot/snapshot-schema.ts'
import { type Browserless, NoConsent } from './vendor/browserless.ts'
import { VENDOR_OPERATIONS, vendorRoutes } from './vendor/vendor-routes.ts'

type Deps = {
  state: EmulatorState
  routes: readonly Route[]
  credentials: Credentials
  authorizer: Authorizer
  region: string
  calls: Calls
  changes: Changes
  faults: Faults
  controlHosts: readonly string[]
  operationHosts: readonly string[]
  carryOut(call: Promise<void>): void
  reset(keep: readonly Kept[]): void
  setPolicies(accessKeyId: string, policies: readonly unknown[] | undefined): Promise<void>
  travel: Travel
  browserless: Browserless
  log: Log
}

/** AWS’s operations bypass Express, which takes time. */
export function createApp(deps: Deps): RequestListener {
  const {
    state,
    routes,
    credentials,
    authorizer,
    region,
    calls,
    changes,
    faults,
    controlHosts,
    operationHosts,
    carryOut,
    reset,
    setPolicies,
    travel,
    browserless,
    log,
  } = deps
  // With `ownUrl`, because the emulator is a client of its built-in authorization server.
  const knownHosts = namesOf([state.publicUrl, state.ownUrl], [...controlHosts, ...operationHosts])
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  const operations = [
    ...routes.map(({ name }) => name),
    'authorize',
    'callback',
    ...(state.vendor ? VENDOR_OPERATIONS : []),
  ]
  const snapshots = {
    take: () => takeSnapshot(state),
    restore: (snapshot: Snapshot) => restoreSnapshot(snapshot, state),
  }
  const control = controlRoutes({
    snapshots,
    calls,
    faults,
    clock: state.clock,
    changes,
    operations,
    reset,
    setPolicies,
    tokenVault: state.tokenVault,
    vendor: vendorControl({ authorizations: () => describeAuthorizations(state), browserless, vendor: state.vendor }),
  })
  app.use('/_emulator', refuseStrangers(controlHosts), control)
  app.use(
    inspectorRoutes({
      view: () => describeEmulator(state, { calls, faults }),
      changes,
      operations: operations.filter((name) => routes.every((route) => route.name !== name || route.operation)),
      allowedHosts: controlHosts,
      publicUrl: state.publicUrl,
      control,
    }),
  )
  app.use(browserRoutes(state, travel))
  if (state.vendor) app.use(vendorRoutes({ state, vendor: state.vendor, calls, changes, faults, knownHosts }))
  const findRoute = createRoutes(routes)
  const answerCall = answerAwsCall({
    state,
    knownHosts,
    authenticate: (request) => verifySignature(request, { credentials, region, wallNow: state.clock.wallNow() }),
    authorizer,
    faults,
    calls,
    log,
  })
  app.use((request, response) => carryOut(answerCall(request, response, findRoute(request))))
  app.use(answerFailure(log))
  return (request, response) => {
    const found = findRoute(request)
    if (found.route) carryOut(answerCall(request, response, found))
    else app(request, response)
  }
}

function answerFailure(log: Log): ErrorRequestHandler {
  return (error, request, response, _next) => {
    if (response.headersSent) return void response.destroy()
    if (error instanceof ZodError) {
      const problems = error.issues.map(({ path, message }) => `${path.join('.') || 'body'}: ${message}`)
      return void response.status(400).json({ message: problems.join('; ') })
    }
    if (error instanceof NoConsent) return void response.status(error.status).json({ message: error.message })
    if (error instanceof ConfigurationError) return void response.status(400).json({ message: error.message })
    if (error instanceof AwsError) return void response.status(error.status).json({ message: error.message })
    const status: unknown = error?.status
    if (status === 413) {
      response.set('x-amzn-errortype', 'RequestEntityTooLargeException')
      return void response.status(413).json({ message: 'The request body is too large' })
    }
    if (typeof status === 'number' && status < 500) {
      response.set('x-amzn-errortype', 'MalformedHttpRequestException')
      return void response.status(400).json({ message: 'The request could not be read' })
    }
    log.error({ method: request.method, error: describeBug(error) })
    response
      .status(500)
      .set('x-amzn-errortype', 'InternalServerException')
      .json({ message: 'An internal error occurred' })
  }
}
