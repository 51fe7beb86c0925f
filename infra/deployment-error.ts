/** An expected failure: its message says what to do, and is printed without a stack trace. */
export class DeploymentError extends Error {
  override name = 'DeploymentError'
}
