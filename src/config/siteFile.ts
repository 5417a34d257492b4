/** The form of `site` in the config file, as an operator writes it. */

/** The names and links that every page and mail shows. */
export interface SiteConfig {
  /** The name of the site, at most 60 characters. Default: the host of `publicUrl`. */
  name?: string
  /**
   * The logo and icon: a file of the folder `assets`, named by its path, like "/assets/logo.svg".
   * Default: that file.
   */
  logo?: string
  /**
   * The colour of links and buttons, like "#1d4ed8". Pages make it darker or lighter as far as
   * people need to read it (WCAG 2.2, 1.4.3). Default "#1d4ed8".
   */
  colour?: string
  /** The address of support: an e-mail address or an https URL. Default: none is shown. */
  support?: string
  /** The https URL of the terms of use. Default: none is shown. */
  terms?: string
  /** The https URL of the privacy policy. Default: none is shown. */
  privacy?: string
}
