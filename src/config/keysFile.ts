/** The form of the settings of API keys in the config file, as an operator writes them. */

/** The settings of API keys. */
export interface ApiKeysConfig {
  /** The beginning of every key: 1 to 8 lower-case letters or digits, then "_", like "xq_". */
  prefix: string
  /** The most active keys of one account, from 1 to 10,000. */
  limit: number
  /** Whether keys without the gateway's tag (imported ones) are looked up. Default false. */
  acceptUntagged?: boolean
  /**
   * Aliases of `x-api-key`, like ["acme-api-key"]: at most 8 lower-case header names, read in
   * this order after `x-api-key`, and never forwarded. Default: none.
   */
  headers?: readonly string[]
  /**
   * The forms of keys that were made elsewhere and imported by their SHA-256: at most 8. Such a
   * key is taken wherever a key of ours is, and looked up within `addressLimits.unauthenticated`.
   * Default: none.
   */
  imported?: readonly ImportedKeysConfig[]
}

/** The form of imported keys. */
export interface ImportedKeysConfig {
  /**
   * The beginning of the key, like "sk_live_": 2 to 32 letters, digits, "_" or "-", not all of them
   * hexadecimal.
   */
  prefix: string
  /**
   * The rest of the key, from 16 to 256 characters: letters, digits, "_", "-" and classes of them,
   * each with a number of times, like "[0-9a-f]{32}". Only the last may have a range of numbers,
   * like "[A-Za-z0-9]{24,32}".
   */
  pattern: string
}
