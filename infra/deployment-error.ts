/** The deployment is impossible. The message is one sentence that says what to set. */
export class DeploymentError extends Error {
  override name = 'DeploymentError'
}
