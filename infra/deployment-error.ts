/** The message says what to do. */
export class DeploymentError extends Error {
  override name = 'DeploymentError'
}
