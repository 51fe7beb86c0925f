import express, { type RequestHandler, Router } from 'express'
import { z } from 'zod'
import { errorStatuses } from '../aws-protocol/errors.ts'
import type { Clock } from '../clock.ts'
import { policyDocuments } from '../options.ts'
import type { Kept } from '../seed-state.ts'
import { Snapshot } from '../snapshot/snapshot-schema.ts'
import type { TokenVaultSettings } from '../state/token-vault-settings.ts'
import type { Calls } from './calls.ts'
import type { Changes } from './changes.ts'
import type { Faults } from './faults.ts'
import { requireJson } from './refuse-strangers.ts'

const clockInput = z.strictObject({
  advanceSeconds: z
    .number()
    .nonnegative()
    .max(10 * 365 * 24 * 3600),
})
const policiesInput = z.strictObject({ accessKeyId: z.string(), policies: policyDocuments.optional() })
const resetInput = z.strictObject({ keep: z.array(z.enum(['providers', 'identities'])).default([]) })
const nothing = z.strictObject({})
const faultInput = (operations: readonly string[]) =>
  z
    .strictObject({
      operation: z.enum(operations as [string, ...string[]]),
      user: z.string().min(1).max(1_000).optional(),
      status: z.number().int().min(400).max(599).optional(),
      error: z
        .string()
        .regex(/^[A-Za-z_]{1,100}$/)
        .optional(),
      delayMs: z.number().int().nonnegative().max(600_000).optional(),
      dropReply: z.boolean().optional(),
      times: z.number().int().min(1).max(10_000).default(1),
    })
    // Only calls of AWS's operations are matched by user. A fault of `authorize` or `vendor:token` with a user would never happen.
    .refine(({ operation, user }) => user === undefined || /^[A-Z]/.test(operation), 'only a call of AWS has a user')

type Deps = {
  calls: Calls
  faults: Faults
  clock: Clock
  changes: Changes
  operations: readonly string[]
  reset(keep: readonly Kept[]): void
  snapshots: { take(): Snapshot; restore(snapshot: Snapshot): void }
  tokenVault: TokenVaultSettings
  setPolicies(accessKeyId: string, policies: readonly unknown[] | undefined): Promise<void>
  vendor: Router
}

/** These routes need a guard in front: the vault may contain real tokens. */
export function controlRoutes({
  calls,
  faults,
  clock,
  changes,
  operations,
  snapshots,
  reset,
  setPolicies,
  tokenVault,
  vendor,
}: Deps): Router {
  const router = Router()
  const parseFault = faultInput(operations)
  const [small, large] = [express.json({ limit: '16kb' }), express.json({ limit: '64mb' })]
  /** A snapshot may contain a whole vault. */
  const json: RequestHandler = (request, response, next) =>
    (request.path === '/import' ? large : small)(request, response, next)
  router.use(requireJson, json, (request, response, next) => {
    if (request.method !== 'GET') response.once('finish', () => changes.announce())
    next()
  })

  router.get('/calls', (_request, response) => {
    response.json(calls.list())
  })
  router.post('/clock', (request, response) => {
    clock.advance(clockInput.parse(request.body).advanceSeconds)
    response.json({ now: new Date(clock.now()).toISOString() })
  })
  router.post('/faults', (request, response) => {
    const { status, error, ...fault } = parseFault.parse(request.body)
    const failure = status === undefined && error === undefined ? {} : { error: describeFailure(status, error) }
    faults.plan({ ...dropUndefined(fault), operation: fault.operation, times: fault.times, ...failure })
    response.status(204).end()
  })
  router.delete('/faults', (_request, response) => {
    faults.clear()
    response.status(204).end()
  })
  router.get('/export', (_request, response) => {
    response.json(snapshots.take())
  })
  router.post('/import', (request, response) => {
    snapshots.restore(Snapshot.parse(request.body))
    response.status(204).end()
  })
  router.post('/policies', async (request, response) => {
    const { accessKeyId, policies } = policiesInput.parse(request.body)
    await setPolicies(accessKeyId, policies)
    response.status(204).end()
  })
  router.post('/token-vault/delete-key', (request, response) => {
    nothing.parse(request.body ?? {})
    if (tokenVault.kmsConfiguration.keyType !== 'CustomerManagedKey')
      return void response.status(409).json({ message: 'The token vault has no customer managed key' })
    tokenVault.isKeyDeleted = true
    response.status(204).end()
  })
  router.use(vendor)
  router.post('/reset', (request, response) => {
    reset(resetInput.parse(request.body ?? {}).keep)
    response.status(204).end()
  })
  return router
}

function describeFailure(status?: number, error?: string) {
  const known: Record<string, number> = errorStatuses
  const type = error ?? Object.keys(known).find((name) => known[name] === status) ?? 'InternalServerException'
  return { type, status: status ?? known[type] ?? 400, message: 'Planned by /_emulator/faults' }
}

function dropUndefined<T extends object>(value: T) {
  return Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined))
}
