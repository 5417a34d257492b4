/** The words of the account page. */
import { catalogue } from '../words.ts'

export const ACCOUNT = catalogue({
  title: { en: 'Account', tr: 'Hesap', es: 'Cuenta' },
  email: { en: 'E-mail', tr: 'E-posta', es: 'Correo electrónico' },
  id: { en: 'Account ID', tr: 'Hesap kimliği', es: 'ID de la cuenta' },
  language: { en: 'Language', tr: 'Dil', es: 'Idioma' },
  languageLead: {
    en: 'The language of these pages and of the mails that you get.',
    tr: 'Bu sayfaların ve size gönderilen e-postaların dili.',
    es: 'El idioma de estas páginas y de los correos que recibe.',
  },
  save: { en: 'Save', tr: 'Kaydet', es: 'Guardar' },
  browsers: {
    en: 'Where you are signed in',
    tr: 'Giriş yaptığınız yerler',
    es: 'Dónde ha iniciado sesión',
  },
  browsersLead: {
    en: 'End a browser that you do not know. It stops working within seconds.',
    tr: 'Tanımadığınız bir tarayıcının oturumunu sona erdirin. Birkaç saniye içinde çalışmaz olur.',
    es: 'Termine un navegador que no conozca. Deja de funcionar en unos segundos.',
  },
  unknownBrowser: {
    en: 'An unknown browser',
    tr: 'Bilinmeyen bir tarayıcı',
    es: 'Un navegador desconocido',
  },
  thisBrowser: { en: 'This browser', tr: 'Bu tarayıcı', es: 'Este navegador' },
  place: { en: 'Place', tr: 'Yer', es: 'Lugar' },
  unknownPlace: { en: 'unknown', tr: 'bilinmiyor', es: 'desconocido' },
  signedIn: { en: 'Signed in', tr: 'Giriş', es: 'Inicio de sesión' },
  lastSeen: { en: 'Last seen', tr: 'Son görülme', es: 'Última actividad' },
  lastHour: { en: 'within the last hour', tr: 'son bir saat içinde', es: 'en la última hora' },
  end: { en: 'End', tr: 'Sona erdir', es: 'Terminar' },
  endNamed: {
    en: 'End the session of {name}',
    tr: '{name}: oturumu sona erdir',
    es: 'Terminar la sesión de {name}',
  },
  ended: {
    en: 'The session has ended.',
    tr: 'Oturum sona erdi.',
    es: 'La sesión ha terminado.',
  },
  endAll: {
    en: 'Sign out everywhere',
    tr: 'Her yerde oturumu kapat',
    es: 'Cerrar sesión en todas partes',
  },
  endAllLead: {
    en: 'Ends every session of the list, this one too. Your API keys and connected apps go on.',
    tr: 'Bu tarayıcı da dahil, listedeki tüm oturumları sona erdirir. API anahtarlarınız ve bağlı uygulamalarınız çalışmaya devam eder.',
    es: 'Termina todas las sesiones de la lista, también esta. Sus claves de API y aplicaciones conectadas siguen funcionando.',
  },
  remove: { en: 'Delete the account', tr: 'Hesabı sil', es: 'Eliminar la cuenta' },
  removeLead: {
    en: 'Your API keys, sessions and connected apps stop working within seconds, and your e-mail address, the names of your keys and your browsers are deleted. This cannot be undone.',
    tr: 'API anahtarlarınız, oturumlarınız ve bağlı uygulamalarınız birkaç saniye içinde çalışmaz olur; e-posta adresiniz, anahtarlarınızın adları ve tarayıcılarınız silinir. Bu geri alınamaz.',
    es: 'Sus claves de API, sesiones y aplicaciones conectadas dejan de funcionar en unos segundos, y se eliminan su dirección de correo, los nombres de sus claves y sus navegadores. No se puede deshacer.',
  },
  removeType: {
    en: 'Type {email} to confirm',
    tr: 'Onaylamak için {email} yazın',
    es: 'Escriba {email} para confirmar',
  },
  removeMismatch: {
    en: 'This is not the e-mail address of the account.',
    tr: 'Bu, hesabın e-posta adresi değil.',
    es: 'Esta no es la dirección de correo de la cuenta.',
  },
  removedTitle: {
    en: 'Your account is deleted',
    tr: 'Hesabınız silindi',
    es: 'Su cuenta ha sido eliminada',
  },
  removed: {
    en: 'Nothing opens it any more, and the e-mail address is free. You can make a new account with it at any time.',
    tr: 'Artık onu hiçbir şey açamaz ve e-posta adresi serbest. Onunla istediğiniz zaman yeni bir hesap açabilirsiniz.',
    es: 'Ya nada la abre y la dirección de correo queda libre. Puede crear una cuenta nueva con ella cuando quiera.',
  },
})
