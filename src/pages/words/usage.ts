/** The words of the page of usage. */
import { catalogue } from '../words.ts'

export const USAGE = catalogue({
  title: { en: 'Usage', tr: 'Kullanım', es: 'Uso' },
  lead: {
    en: 'Calls that your API keys were accepted for. New calls appear here within seconds.',
    tr: 'API anahtarlarınızla kabul edilen çağrılar. Yeni çağrılar birkaç saniye içinde burada görünür.',
    es: 'Llamadas aceptadas con sus claves de API. Las nuevas aparecen aquí en unos segundos.',
  },
  total: { en: 'Calls in all', tr: 'Toplam çağrı', es: 'Llamadas en total' },
  activeKeys: { en: 'Active keys', tr: 'Etkin anahtar', es: 'Claves activas' },
  last: { en: 'Last call', tr: 'Son çağrı', es: 'Última llamada' },
  byKey: { en: 'By key', tr: 'Anahtara göre', es: 'Por clave' },
  none: {
    en: 'There is nothing to count yet. Create a key and call the API with it.',
    tr: 'Henüz sayılacak bir şey yok. Bir anahtar oluşturup API’yi onunla çağırın.',
    es: 'Todavía no hay nada que contar. Cree una clave y llame a la API con ella.',
  },
})
