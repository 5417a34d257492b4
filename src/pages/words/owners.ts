/** The words of the owners' pages. */
import { catalogue } from '../words.ts'

export const OWNERS = catalogue({
  find: {
    en: 'E-mail address or account ID',
    tr: 'E-posta adresi ya da hesap kimliği',
    es: 'Dirección de correo o ID de la cuenta',
  },
  search: { en: 'Find', tr: 'Bul', es: 'Buscar' },
  all: { en: 'All accounts', tr: 'Tüm hesaplar', es: 'Todas las cuentas' },
  notFound: {
    en: 'No account has this e-mail address or ID.',
    tr: 'Bu e-posta adresine ya da kimliğe sahip bir hesap yok.',
    es: 'Ninguna cuenta tiene esta dirección de correo o este ID.',
  },
  empty: { en: 'There are no accounts.', tr: 'Hesap yok.', es: 'No hay cuentas.' },
  since: { en: 'Since', tr: 'Açılış', es: 'Desde' },
  id: { en: 'ID', tr: 'Kimlik', es: 'ID' },
  enabled: { en: 'Enabled', tr: 'Etkin', es: 'Activa' },
  disabled: { en: 'Disabled', tr: 'Devre dışı', es: 'Desactivada' },
  deleted: { en: 'Deleted', tr: 'Silindi', es: 'Eliminada' },
  owner: { en: 'Owner', tr: 'Sahip', es: 'Propietario' },
  disable: { en: 'Disable', tr: 'Devre dışı bırak', es: 'Desactivar' },
  enable: { en: 'Enable', tr: 'Etkinleştir', es: 'Activar' },
  actNamed: { en: '{act}: {email}', tr: '{act}: {email}', es: '{act}: {email}' },
  done: {
    en: 'It is done, and it holds everywhere within seconds.',
    tr: 'Yapıldı; birkaç saniye içinde her yerde geçerli olur.',
    es: 'Hecho; en unos segundos vale en todas partes.',
  },
  disableMeans: {
    en: 'The keys, sessions and connected apps of a disabled account do not work until it is enabled again.',
    tr: 'Devre dışı bir hesabın anahtarları, oturumları ve bağlı uygulamaları hesap yeniden etkinleştirilene kadar çalışmaz.',
    es: 'Las claves, sesiones y aplicaciones conectadas de una cuenta desactivada no funcionan hasta que se active de nuevo.',
  },
  isOwner: {
    en: 'This account is an owner’s. Take its e-mail address out of the config first.',
    tr: 'Bu hesap bir sahibin hesabı. Önce e-posta adresini yapılandırmadan çıkarın.',
    es: 'Esta cuenta es de un propietario. Quite primero su dirección de la configuración.',
  },
  next: { en: 'Older', tr: 'Daha eski', es: 'Más antiguas' },
  audit: { en: 'Audit', tr: 'Denetim', es: 'Auditoría' },
  auditLead: {
    en: 'Everything that was done to accounts, the latest first.',
    tr: 'Hesaplar üzerinde yapılan her şey, en yenisi başta.',
    es: 'Todo lo que se hizo con las cuentas, lo último primero.',
  },
  auditEmpty: {
    en: 'Nothing was done to any account yet.',
    tr: 'Henüz hiçbir hesap üzerinde işlem yapılmadı.',
    es: 'Todavía no se ha hecho nada con ninguna cuenta.',
  },
  who: { en: 'Who', tr: 'Kim', es: 'Quién' },
  what: { en: 'What', tr: 'Ne', es: 'Qué' },
  account: { en: 'Account', tr: 'Hesap', es: 'Cuenta' },
})

/** The acts of the audit list. */
export const ACTS = catalogue({
  disable: { en: 'disabled', tr: 'devre dışı bıraktı', es: 'desactivó' },
  enable: { en: 'enabled', tr: 'etkinleştirdi', es: 'activó' },
  delete: { en: 'deleted', tr: 'sildi', es: 'eliminó' },
})
