/** The words of the page that shows a new key, and of the question before a key is revoked. */
import { catalogue } from '../words.ts'

export const CREATED_KEY = catalogue({
  title: {
    en: 'Copy your new key',
    tr: 'Yeni anahtarınızı kopyalayın',
    es: 'Copie su clave nueva',
  },
  once: {
    en: 'This is the only time that the key is shown. We keep only a fingerprint of it and cannot show it again.',
    tr: 'Anahtar yalnızca bu kez gösterilir. Biz yalnızca parmak izini saklarız ve onu bir daha gösteremeyiz.',
    es: 'Esta es la única vez que se muestra la clave. Solo guardamos su huella y no podemos volver a mostrarla.',
  },
  key: { en: 'Key “{name}”', tr: '“{name}” anahtarı', es: 'Clave «{name}»' },
  copy: { en: 'Copy', tr: 'Kopyala', es: 'Copiar' },
  copied: { en: 'Copied', tr: 'Kopyalandı', es: 'Copiado' },
  copyWhat: { en: 'Copy: {what}', tr: 'Kopyala: {what}', es: 'Copiar: {what}' },
  tryTitle: { en: 'Call the API', tr: 'API’yi çağırın', es: 'Llame a la API' },
  tryLead: {
    en: 'Paste one of these lines into a terminal. The key is already in them.',
    tr: 'Bu satırlardan birini bir terminale yapıştırın. Anahtar zaten içlerinde.',
    es: 'Pegue una de estas líneas en un terminal. La clave ya está en ellas.',
  },
  done: { en: 'I have copied it', tr: 'Kopyaladım', es: 'La he copiado' },
})

export const REVOKE_KEY = catalogue({
  title: {
    en: 'Revoke this key?',
    tr: 'Bu anahtar iptal edilsin mi?',
    es: '¿Revocar esta clave?',
  },
  forever: {
    en: 'Every program that uses the key is refused within seconds. This cannot be undone.',
    tr: 'Bu anahtarı kullanan her program birkaç saniye içinde reddedilir. Bu geri alınamaz.',
    es: 'Todo programa que use la clave será rechazado en unos segundos. Esto no se puede deshacer.',
  },
  usedLately: {
    en: 'This key was used {ago}. Make sure that nothing needs it any more.',
    tr: 'Bu anahtar {ago} kullanıldı. Artık hiçbir şeyin ona gerek duymadığından emin olun.',
    es: 'Esta clave se usó {ago}. Asegúrese de que ya nada la necesita.',
  },
  neverUsed: {
    en: 'This key was never used.',
    tr: 'Bu anahtar hiç kullanılmadı.',
    es: 'Esta clave nunca se usó.',
  },
  confirm: { en: 'Revoke key', tr: 'Anahtarı iptal et', es: 'Revocar clave' },
  keep: { en: 'Keep it', tr: 'Vazgeç', es: 'Conservarla' },
})
