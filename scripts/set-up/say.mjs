/** The command cannot start. The message is one sentence that says what to do instead. */
export class SetUpError extends Error {}

/** To stderr: a command's stdout may be read by a program. */
export const say = (message) => console.error(`set-up: ${message}`)
