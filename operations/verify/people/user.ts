/** Who signs in. */
export interface User {
  username: string
  password: string
  /** What the agent's answer about the profile must contain. */
  email: string
  /** Of an authenticator app; absent where the user pool does not ask for one. */
  oneTimeCode?: () => Promise<string>
}
