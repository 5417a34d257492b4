/** The words of the frame around every page. */
import { catalogue } from '../words.ts'

export const FRAME = catalogue({
  skip: {
    en: 'Skip to the content',
    tr: 'İçeriğe geç',
    es: 'Ir al contenido',
  },
  pages: {
    en: 'Your account',
    tr: 'Hesabınız',
    es: 'Su cuenta',
  },
  latest: {
    en: 'Only the latest {count} are shown.',
    tr: 'Yalnızca en yeni {count} tanesi gösterilir.',
    es: 'Solo se muestran las {count} entradas más recientes.',
  },
  signOut: {
    en: 'Sign out',
    tr: 'Çıkış yap',
    es: 'Cerrar sesión',
  },
  support: {
    en: 'Support',
    tr: 'Destek',
    es: 'Soporte',
  },
  terms: {
    en: 'Terms',
    tr: 'Koşullar',
    es: 'Condiciones',
  },
  privacy: {
    en: 'Privacy',
    tr: 'Gizlilik',
    es: 'Privacidad',
  },
  language: {
    en: 'Language',
    tr: 'Dil',
    es: 'Idioma',
  },
})

/** The name of each language, in itself. */
export const LANGUAGE_NAMES = { en: 'English', tr: 'Türkçe', es: 'Español' } as const
