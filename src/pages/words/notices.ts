/** The words of the mails about new keys and new browsers, and of who asked for a mail. */
import { catalogue } from '../words.ts'

export const NEW_KEY_MAIL = catalogue({
  subject: {
    en: 'A new API key on {site}',
    tr: '{site}: yeni bir API anahtarı',
    es: 'Una nueva clave de API en {site}',
  },
  made: {
    en: 'The API key “{name}” ({prefix}…) was created in your account {email}.',
    tr: '{email} hesabınızda “{name}” adlı API anahtarı ({prefix}…) oluşturuldu.',
    es: 'Se creó la clave de API «{name}» ({prefix}…) en su cuenta {email}.',
  },
  notYou: {
    en: 'If this was not you, revoke the key, and sign out everywhere on the account page.',
    tr: 'Bunu siz yapmadıysanız anahtarı iptal edin ve hesap sayfasında her yerde oturumu kapatın.',
    es: 'Si no fue usted, revoque la clave y cierre la sesión en todas partes en la página de la cuenta.',
  },
})

export const NOTICE_MAIL = catalogue({
  toAccount: { en: 'To your account', tr: 'Hesabınıza git', es: 'Ir a su cuenta' },
})

export const NEW_BROWSER_MAIL = catalogue({
  subject: {
    en: 'A new sign-in on {site}',
    tr: '{site}: yeni bir giriş',
    es: 'Un nuevo inicio de sesión en {site}',
  },
  signedIn: {
    en: 'A browser that we did not know has signed in to your account {email}.',
    tr: 'Tanımadığımız bir tarayıcı {email} hesabınıza giriş yaptı.',
    es: 'Un navegador que no conocíamos ha iniciado sesión en su cuenta {email}.',
  },
  notYou: {
    en: 'If this was not you, end it on the account page, and look at your API keys.',
    tr: 'Bunu siz yapmadıysanız hesap sayfasında oturumu sona erdirin ve API anahtarlarınıza bakın.',
    es: 'Si no fue usted, termínelo en la página de la cuenta y revise sus claves de API.',
  },
})

export const ASKED_BY = catalogue({
  who: { en: 'Asked for by: {browser}', tr: 'İsteyen: {browser}', es: 'Solicitado por: {browser}' },
  where: { en: 'Where: {place}', tr: 'Yer: {place}', es: 'Dónde: {place}' },
  when: { en: 'When: {time}', tr: 'Zaman: {time}', es: 'Cuándo: {time}' },
  unknown: { en: 'unknown', tr: 'bilinmiyor', es: 'desconocido' },
})
