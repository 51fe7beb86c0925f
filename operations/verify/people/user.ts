export interface User {
  username: string
  password: string
  /** A text that the agent's answer about the profile must contain. */
  email: string
  /** The next code of the user's authenticator app; absent when the user pool requires none. */
  oneTimeCode?: () => Promise<string>
}
