import type {
  AuthorizationFailedCode,
  AuthorizationRequired,
  ConfirmationRequired,
  TurnErrorCode,
  TurnEvent,
} from '@agent-identity/contracts'

/** `withdrawn`: still open when the turn ended or could not be read any more. */
export type AuthorizationOutcome = 'pending' | 'completed' | 'withdrawn' | AuthorizationFailedCode
/** `withdrawn`: still open when the turn asked another question, ended, or could not be read any more. */
export type ConfirmationOutcome = 'pending' | 'confirmed' | 'declined' | 'expired' | 'withdrawn'
export type ToolStatus = 'started' | 'succeeded' | 'failed' | 'unfinished'
export type LossReason = 'not_signed_in' | 'not_found'

/** A changed part is replaced, not mutated. */
export type TurnPart =
  | { kind: 'text'; text: string }
  | { kind: 'tool'; tool: string; status: ToolStatus }
  | {
      kind: 'authorization'
      request: AuthorizationRequired
      outcome: AuthorizationOutcome
      /** The one that was connected; with `wrong_account`, the one that came. */
      account?: string
      /** The service that the user went on with instead. */
      setAsideFor?: string
    }
  | { kind: 'confirmation'; request: ConfirmationRequired; outcome: ConfirmationOutcome }
  | { kind: 'error'; code: TurnErrorCode; requestId: string }
  | { kind: 'loss'; reason: LossReason }
export type AuthorizationPart = Extract<TurnPart, { kind: 'authorization' }>

export type ConfirmationPart = Extract<TurnPart, { kind: 'confirmation' }>

export interface TurnState {
  phase: 'running' | 'waiting' | 'ended'
  parts: readonly TurnPart[]
}

export const INITIAL_TURN: TurnState = { phase: 'running', parts: [] }

export function reduceTurn(state: TurnState, event: TurnEvent): TurnState {
  if (state.phase === 'ended') return state
  switch (event.event) {
    case 'text':
      return running(addText(state.parts, event.data.delta))
    case 'tool':
      return running(addTool(state.parts, event.data.tool, event.data.status))
    case 'authorization_required':
      return running(addAuthorization(state.parts, event.data))
    case 'authorization_completed':
      return running(
        changeAuthorization(state.parts, event.data.authorizationId, settled('completed', event.data.account)),
      )
    case 'authorization_failed':
      return running(
        changeAuthorization(state.parts, event.data.authorizationId, settled(event.data.code, event.data.account)),
      )
    case 'authorization_set_aside':
      return running(
        changeAuthorization(state.parts, event.data.authorizationId, { setAsideFor: event.data.instead.displayName }),
      )
    case 'confirmation_required':
      return running(addConfirmation(state.parts, event.data))
    case 'confirmation_settled':
      return running(changeConfirmations(state.parts, event.data.outcome, event.data.confirmationId))
    case 'error':
      return ended([...state.parts, { kind: 'error', ...event.data }])
    case 'done':
      return ended(state.parts)
    case 'restarted':
      return state
  }
}

export interface ShownEvent {
  id: string
  event: TurnEvent
}

/** Text and tools after the event `after` are void. Authorizations and confirmations stay: the user may have answered them. */
export function withoutDeadRun(events: readonly ShownEvent[], after: string): ShownEvent[] {
  const last = events.findIndex(({ id }) => id === after)
  return events.filter(({ event }, at) => at <= last || (event.event !== 'text' && event.event !== 'tool'))
}

export function loseTurn(state: TurnState, reason: LossReason): TurnState {
  return state.phase === 'ended' ? state : ended([...state.parts, { kind: 'loss', reason }])
}

/** Services by their display names. */
export interface WaitsFor {
  connect: string[]
  confirm: boolean
}

export function waitsFor({ parts }: TurnState): WaitsFor {
  return {
    connect: [...new Set(parts.filter(isOpenAuthorization).map(({ request }) => request.displayName))],
    confirm: parts.some(isOpenConfirmation),
  }
}

const isOpenConfirmation = (part: TurnPart): part is ConfirmationPart =>
  part.kind === 'confirmation' && part.outcome === 'pending'

const isOpenAuthorization = (part: TurnPart): part is AuthorizationPart =>
  part.kind === 'authorization' && part.outcome === 'pending'

const running = (parts: readonly TurnPart[]): TurnState => ({
  phase: parts.some((part) => isOpenAuthorization(part) || isOpenConfirmation(part)) ? 'waiting' : 'running',
  parts,
})

const ended = (parts: readonly TurnPart[]): TurnState => ({
  phase: 'ended',
  parts: parts.map((part) => {
    if (isOpenAuthorization(part) || isOpenConfirmation(part)) return { ...part, outcome: 'withdrawn' }
    if (part.kind === 'tool' && part.status === 'started') return { ...part, status: 'unfinished' }
    return part
  }),
})

function addText(parts: readonly TurnPart[], delta: string): readonly TurnPart[] {
  const last = parts.at(-1)
  if (last?.kind === 'text') return [...parts.slice(0, -1), { kind: 'text', text: last.text + delta }]
  // Line breaks at the start of a part would be a gap.
  const text = delta.replace(/^\n+/, '')
  return text === '' ? parts : [...parts, { kind: 'text', text }]
}

/** The model may call one tool several times at once: each call has its own line. */
function addTool(parts: readonly TurnPart[], tool: string, status: ToolStatus): readonly TurnPart[] {
  const open = parts.findIndex((part) => part.kind === 'tool' && part.tool === tool && part.status === 'started')
  // An agent loop may report a suspended tool as started again.
  const isNew = status === 'started' && !parts.slice(open).some(({ kind }) => kind !== 'tool' && kind !== 'text')
  return open === -1 || isNew
    ? [...parts, { kind: 'tool', tool, status }]
    : parts.with(open, { kind: 'tool', tool, status })
}

function addAuthorization(parts: readonly TurnPart[], request: AuthorizationRequired): readonly TurnPart[] {
  const known = parts.some(
    (part) => part.kind === 'authorization' && part.request.authorizationId === request.authorizationId,
  )
  return known ? parts : [...parts, { kind: 'authorization', request, outcome: 'pending' }]
}

const settled = (outcome: AuthorizationOutcome, account: string | undefined) => ({
  outcome,
  ...(account === undefined ? {} : { account }),
})

function changeAuthorization(
  parts: readonly TurnPart[],
  authorizationId: string,
  change: Partial<Pick<AuthorizationPart, 'outcome' | 'account' | 'setAsideFor'>>,
): readonly TurnPart[] {
  return parts.map((part) =>
    isOpenAuthorization(part) && part.request.authorizationId === authorizationId ? { ...part, ...change } : part,
  )
}

/** A turn asks one question at a time. */
function addConfirmation(parts: readonly TurnPart[], request: ConfirmationRequired): readonly TurnPart[] {
  return [...changeConfirmations(parts, 'withdrawn'), { kind: 'confirmation', request, outcome: 'pending' }]
}

/** Changes all open confirmations, or the named one. */
function changeConfirmations(
  parts: readonly TurnPart[],
  outcome: ConfirmationOutcome,
  confirmationId?: string,
): readonly TurnPart[] {
  return parts.map((part) =>
    isOpenConfirmation(part) && (confirmationId ?? part.request.confirmationId) === part.request.confirmationId
      ? { ...part, outcome }
      : part,
  )
}
