/** Problem details, RFC 9457. */
export const API_ERRORS = {
  invalid_request: { status: 400, title: 'The request is not valid.' },
  not_signed_in: { status: 401, title: 'Sign in first.' },
  cross_site_request: { status: 403, title: 'This request must come from the application itself.' },
  sign_in_too_old: {
    status: 403,
    title: 'You signed in too long ago for this. Sign out, sign in again, and repeat it.',
  },
  not_found: { status: 404, title: 'There is nothing here that you can see.' },
  method_not_allowed: { status: 405, title: 'This address does not take that method.' },
  turn_in_progress: { status: 409, title: 'This conversation is still answering your last message.' },
  conversation_full: { status: 409, title: 'This conversation is as long as it may become. Start a new one.' },
  storage_full: { status: 409, title: 'Your conversations take as much room as they may. Erase one of them first.' },
  other_consent_open: { status: 409, title: 'Another consent is already open in this browser.' },
  too_many_accounts: { status: 409, title: 'You have as many accounts there as there may be. Disconnect one first.' },
  authorization_settled: { status: 409, title: 'This authorization has already come to its end.' },
  disconnect_first: { status: 409, title: 'Disconnect your account there first. Only one can be connected at a time.' },
  confirmation_settled: { status: 409, title: 'This was answered before, or its time is over.' },
  payload_too_large: { status: 413, title: 'The message is too long.' },
  unsupported_media_type: { status: 415, title: 'Send JSON.' },
  too_many_requests: { status: 429, title: 'That was too often. Wait a moment, then try again.' },
  internal_error: { status: 500, title: 'Something went wrong on our side.' },
  temporarily_unavailable: { status: 503, title: 'The service is not available right now. Try again in a moment.' },
  try_again: { status: 503, title: 'That did not work this time. Nothing is lost: try again.' },
} as const satisfies Record<string, { status: number; title: string }>
export type ApiErrorCode = keyof typeof API_ERRORS

export const TURN_ERROR_CODES = ['signed_out', 'model_unavailable', 'turn_failed'] as const
export type TurnErrorCode = (typeof TURN_ERROR_CODES)[number]

/** `<main data-outcome>` of the session binding page, and the status of the answer. */
export const BINDING_OUTCOMES = {
  bound: 200,
  already_bound: 200,
  not_signed_in: 401,
  not_recognized: 403,
  denied: 403,
  expired: 410,
  try_again: 503,
} as const
export type BindingOutcome = keyof typeof BINDING_OUTCOMES
